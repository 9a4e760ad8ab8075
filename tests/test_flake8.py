"""The flake8 plugin gives what the command gives."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from support import stand_in

from jaxlint import flake8_plugin
from jaxlint.flake8_plugin import Plugin

RELU = """\
import jax

@jax.jit
def relu(x):
    if x > 0:{comment}
        return x
    return 0.0 * x
"""

# Whether `helper.py` is traced is decided in `train.py`.
HELPER = """\
def scale(x):
    while x > 1:
        x = x / 2
    return x
"""
TRAIN = """\
import jax

from helper import scale

step = jax.jit(scale)
"""

# Left out: after "noqa", letters (noqax) or a name that is not the rule's (noqa: traced-while). flake8 takes
# both for a noqa without codes, the command does not.
COMMENTS = [
    "  # noqa",
    "  # NOQA",
    "  #noqa",
    "  # noqa: JAX301",
    "  # noqa:JAX301",
    "  # noqa : JAX301",
    "  # noqa:  JAX301",
    "  # noqa: jax301",
    "  # noqa: JAX3",
    "  # noqa: JAX302",
    "  # noqa: E501,JAX301",
    "  # noqa: E501 JAX301",
    "  # noqa: E501 , JAX301",
    "  # noqa: E501",
    "  # noqa: JAX301 because it is static",
    "  # noqa because it is static",
    "  # noqa: because it is static",
    "  # noqa: traced-branch",
    "  # noqa:traced-branch, E501",
    "  # type: ignore # noqa: JAX301",
    "  # see noqa",
    "  # noqa-ish",
    "  # jaxlint: disable=JAX301",
    "  # jaxlint: disable=traced-branch",
    "  # jaxlint: disable",
    "\n        y = '''\n        # noqa\n        '''",
    "\n        # flake8: noqa",
]

Finding = tuple[str, int, int, str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project of some files."""
    (tmp_path / "pyproject.toml").write_text('[tool.jaxlint]\nextend-exclude = ["left_out.py"]\n')
    (tmp_path / "model.py").write_text(RELU.format(comment=""))
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "left_out.py").write_text(RELU.format(comment=""))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(module: str, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def by_flake8(*arguments: str, text: str | None = None) -> list[Finding]:
    """Give what flake8 prints of ours: file, row, column, and code with message."""
    done = run("flake8", *arguments, text=text)
    assert done.stderr == ""
    matches = [re.fullmatch(r"(.+?):(\d+):(\d+): (.*)", line) for line in done.stdout.splitlines()]
    found = [(os.path.normpath(m[1]), int(m[2]), int(m[3]), m[4]) for m in matches if m]
    return sorted(item for item in found if item[3].startswith("JAX"))


def by_command(*arguments: str, text: str | None = None) -> list[Finding]:
    """Give what the command prints in the same form."""
    done = run("jaxlint", "--output-format", "concise", "-q", *arguments, text=text)
    assert done.stderr == ""
    matches = [re.fullmatch(r"(.+?):(\d+):(\d+): (.*)", line) for line in done.stdout.splitlines()]
    # flake8 has no place for the mark of a fix.
    return sorted((m[1], int(m[2]), int(m[3]), m[4].replace(" [*]", "", 1)) for m in matches if m)


def test_installed() -> None:
    """The package declares the plugin under its prefix."""
    (entry,) = entry_points(group="flake8.extension", name="JAX")
    assert entry.load() is Plugin


class TestRealFlake8:
    """In the real flake8, with the real analyzer."""

    def test_on_by_default(self, project: Path) -> None:
        """Without any option flake8 reports our codes, under our name."""
        found = by_flake8("model.py")
        assert [(*item[:3], item[3][:6]) for item in found] == [("model.py", 5, 8, "JAX301")]
        assert "jaxlint: " in run("flake8", "--version").stdout

    def test_same_as_command(self, project: Path) -> None:
        """The whole project, one file that another decides about, and several processes: the same."""
        assert by_flake8(".") == by_flake8("--jobs", "2", ".") == by_command(".")
        assert by_flake8("helper.py") == by_command("helper.py") != []

    def test_excluded(self, project: Path) -> None:
        """A file that our configuration excludes stays silent even where flake8 names it."""
        assert by_flake8("left_out.py") == by_command("left_out.py", "--force-exclude") == []

    def test_configuration(self, project: Path) -> None:
        """`[tool.jaxlint]` counts, and so do flake8's own options."""
        assert by_flake8("--extend-ignore", "JAX3", ".") == []
        assert by_flake8("--select", "JAX302", ".") == by_command("--select", "JAX302", ".") != []
        (project / "pyproject.toml").write_text('[tool.jaxlint]\nignore = ["traced-branch"]\n')
        assert by_flake8("model.py") == []

    def test_broken_configuration(self, project: Path) -> None:
        """A configuration that cannot be read is named, and flake8 fails."""
        (project / "pyproject.toml").write_text('[tool.jaxlint]\nselct = ["JAX3"]\n')
        done = run("flake8", "model.py")
        assert done.returncode != 0
        assert "did you mean `select`?" in done.stdout + done.stderr

    def test_editor(self, project: Path) -> None:
        """Text on standard input stands for the file that an editor shows."""
        text = "# a new first line\n" + RELU.format(comment="")
        found = by_flake8("--stdin-display-name", "model.py", "-", text=text)
        assert [(item[0], item[1]) for item in found] == [("model.py", 6)]
        assert found == by_command("--stdin-filename", "model.py", "-", text=text)

    def test_editor_beside_saved_files(self, project: Path) -> None:
        """The rest of the project is that on disk."""
        text = HELPER.replace("while x > 1", "while 1 < x")
        found = by_flake8("--stdin-display-name", "helper.py", "-", text=text)
        assert found == by_command("--stdin-filename", "helper.py", "-", text=text) != []

    def test_unnamed_stdin(self, project: Path) -> None:
        """Text without a name is linted alone."""
        assert [item[:3] for item in by_flake8("-", text=RELU.format(comment=""))] == [("stdin", 5, 8)]

    def test_syntax_error(self, project: Path) -> None:
        """flake8 reports what Python cannot parse itself, as E999, and asks nobody else."""
        (project / "broken.py").write_text("def f(:\n")
        assert by_flake8("broken.py") == []

    def test_noqa(self, project: Path) -> None:
        """What a comment suppresses is the same in both, whatever its form."""
        for number, comment in enumerate(COMMENTS):
            (project / f"case_{number:02}.py").write_text(RELU.format(comment=comment))
        assert by_flake8("--ignore", "JAX002,JAX003", ".") == by_command("--ignore", "JAX002,JAX003", ".")

    def test_noqa_in_statements_of_several_lines(self, project: Path) -> None:
        """A comment on any line of a statement speaks for all of it."""
        for place in range(3):
            comments = ["  # noqa: JAX301" if row == place else "" for row in range(3)]
            test = "    if ({}\n        x > 0{}\n    ):{}\n".format(*comments)
            (project / "model.py").write_text(RELU.format(comment="").replace("    if x > 0:\n", test))
            assert by_flake8("model.py") == by_command("model.py") == []


@pytest.fixture
def calls(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the analyses, and the files of each."""
    counted: list[int] = []

    def analyse(project: Any, *arguments: Any, **options: Any) -> stand_in.Analysis:
        counted.append(len(project.files))
        return stand_in.analyse(project, *arguments, **options)

    stand_in.install(monkeypatch, analyse)
    monkeypatch.setattr(flake8_plugin, "_MEMORY", flake8_plugin._Memory())
    for name in ("model.py", "helper.py"):
        (project / name).write_text("x = 1  # find JAX301\n")
    return counted


Lint = Callable[[str], list[Any]]


def lint(name: str, text: str | None = None) -> list[Any]:
    """Do with the plugin what flake8 does."""
    text = Path(name).read_text() if text is None else text
    return list(Plugin(ast.parse(text), name, text.splitlines(keepends=True)).run())


class TestMemory:
    """The project is analysed once, and again when it has changed."""

    def test_finding(self, calls: list[int]) -> None:
        """A finding has flake8's form: column from 0, code before the message."""
        message = "JAX301 found by `comment`: the comment says so (model.py:1)"
        assert lint("model.py") == [(1, 0, message, Plugin)]

    def test_once(self, calls: list[int]) -> None:
        """All files of a project are answered by one analysis."""
        assert lint("model.py") != []
        assert lint("helper.py") != []
        assert lint("train.py") == []
        assert calls == [3]

    def test_excluded_files_cost_nothing(self, calls: list[int]) -> None:
        """Files that are left out do not start an analysis."""
        assert lint("left_out.py") == []
        assert calls == []

    @pytest.mark.parametrize("name", ["model.py", "train.py", "pyproject.toml"])
    def test_changes(
        self, calls: list[int], project: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """After a change of any file of the project, or of its configuration, nothing old is told."""
        monkeypatch.setattr(flake8_plugin, "TRUST", 0)
        lint("model.py")
        lint("model.py")
        assert len(calls) == 1
        with (project / name).open("a") as file:
            file.write("# changed\n")
        lint("model.py")
        assert len(calls) == 2

    def test_text_of_an_editor(self, calls: list[int]) -> None:
        """Text that is not on disk is analysed for itself and not remembered."""
        assert len(lint("model.py", "x = 1  # find JAX301\ny = 1  # find JAX302\n")) == 2
        assert len(lint("model.py")) == 1

    def test_before_forking(self, calls: list[int]) -> None:
        """flake8's workers inherit the answers: they are there before the first file."""
        Plugin.parse_options(type("Options", (), {"filenames": ["model.py", "helper.py"]})())
        assert lint("model.py") != []
        assert lint("helper.py") != []
        assert len(calls) == 1

    def test_broken_configuration_does_not_stop_flake8_early(self, calls: list[int], project: Path) -> None:
        """What is wrong is met again at the file, where flake8 can report it."""
        (project / "pyproject.toml").write_text("[tool.jaxlint]\nselct = 1\n")
        Plugin.parse_options(type("Options", (), {"filenames": []})())
        with pytest.raises(Exception, match="did you mean `select`"):
            lint("model.py")

    def test_failures_are_told(self, calls: list[int], capsys: pytest.CaptureFixture[str]) -> None:
        """An internal error in one file is told on standard error, in one line."""
        Path("train.py").write_text("x = 1  # fail\n")
        assert lint("model.py") != []
        assert capsys.readouterr().err == "jaxlint: error: train.py: internal error: ValueError: asked to\n"


def test_json_and_flake8_positions_agree(project: Path) -> None:
    """Columns count code points in both, wide characters and tabs included."""
    text = "import jax\n\n@jax.jit\ndef f(x):\n\tname = 'é日'; y = 1 if x > 0 else 2\n\treturn y\n"
    (project / "model.py").write_text(text, encoding="utf-8")
    (found,) = json.loads(run("jaxlint", "--output-format", "json", "model.py").stdout)
    (item,) = by_flake8("model.py")
    assert item[1:3] == (found["location"]["row"], found["location"]["column"])
