"""The README says what is so: its commands, its output, its tables and its examples."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jaxlint import cli, config
from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Level
from jaxlint.engine import check_source

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LEFT_OUT = "[…]\n"

FIRST = "python -m pip install . && jaxlint fixtures/tour"
SECOND = "python -m pip install -e '.[dev]' && python -m pytest -n auto"


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_tour_prints_what_the_readme_shows() -> None:
    """Every part of the output that the README quotes is printed, in that order, to the last line."""
    command = [sys.executable, "-m", "jaxlint", "fixtures/tour", "--color", "never"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr
    (shown,) = blocks("text")
    position = 0
    for part in shown.split(LEFT_OUT):
        assert part in done.stdout[position:]
        position = done.stdout.index(part, position) + len(part)
    assert position == len(done.stdout)


def test_two_commands_do_the_set_up() -> None:
    """One installs and lints the tour, one installs and tests, before anything else is asked."""
    commands = blocks("sh")
    assert [command.strip() for command in commands[:2]] == [FIRST, SECOND]


def test_ci_installs_and_tests_as_the_readme_says() -> None:
    """What the README tells people to do is what is checked."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^python -m pip install .*-e '\.\[dev\]'$", script, re.MULTILINE)
    assert re.search(r"^python -m pytest .*-n ", script, re.MULTILINE)


def test_nobody_is_sent_to_the_project_of_the_same_name() -> None:
    """The name on the package index is another project's: only paths and Git addresses are installed."""
    targets = re.findall(r"(?:pip|pipx|tool) install (?:-e )?('[^']*'|\S+)", README)
    assert targets
    assert all(re.search(r"git\+URL|^'?\.", target) for target in targets)


def test_every_command_line_makes_sense() -> None:
    """The options and subcommands in the examples exist."""
    known = {name for param in cli.program.params for name in param.opts} | {"--help", "--"}
    lines = [line.split("#")[0].split() for block in blocks("sh") for line in block.splitlines()]
    for words in (line for line in lines if line[0] == "jaxlint"):
        assert {word for word in words if word.startswith("--")} <= known
    assert "rule" in cli.program.commands


def test_the_rules_are_those_of_the_catalogue() -> None:
    """The table has every rule once, in order, with its name and level."""
    rows = re.findall(r"^\| (JAX\d+) \| (\S+) \| (\S+) \| .+ \|$", README, re.MULTILINE)
    assert rows == [(rule.code, rule.name, rule.level.value) for rule in catalogue().values()]


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    """The sample is valid, and it says something."""
    (sample,) = blocks("toml")
    path = tmp_path / "pyproject.toml"
    path.write_text(sample, encoding="utf-8")
    loaded = config.load(path)
    assert "JAX309" not in loaded.enabled()
    assert loaded.level_of("JAX204") == Level.WARNING.value


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_comments_suppress(number: int) -> None:
    """Each of the samples hides what would be found without it."""
    (sample,) = blocks("python")
    forms = re.findall(r"(?:^#.*\n)?^y = .*\n", sample, re.MULTILINE)
    assert len(forms) == 3

    def found(form: str) -> list[str]:
        body = "".join(f"    {line}\n" for line in form.splitlines())
        text = f"import jax\nimport numpy as np\n\n@jax.jit\ndef f(x):\n{body}    return y\n"
        return [diagnostic.code for diagnostic in check_source(text)]

    assert found(forms[number]) == []
    assert found(re.sub("#.*", "", forms[number])) != []


def test_the_hook_exists() -> None:
    """The sample of a pre-commit configuration names our hook."""
    (sample,) = blocks("yaml")
    hook = re.search(r"id: (\S+)", sample)
    assert hook is not None
    assert f"- id: {hook[1]}\n" in (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_links_lead_somewhere(target: str) -> None:
    """Files that the README points to exist."""
    assert (ROOT / target).exists()
