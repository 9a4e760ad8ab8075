"""What is documented is what is there: the options, the examples, the links between the documents."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jaxlint.config import load
from jaxlint.options import OPTIONS

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
MORE = [ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"]
DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), *MORE])


def test_the_table_of_options_is_current() -> None:
    """`python tools/document_options.py` would change nothing."""
    command = [sys.executable, "tools/document_options.py", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("sample", re.findall(r"```toml\n(.*?)```", CONFIGURATION, re.DOTALL))
def test_the_examples_are_accepted(sample: str, tmp_path: Path) -> None:
    """What people copy is valid."""
    path = tmp_path / "pyproject.toml"
    path.write_text(sample, encoding="utf-8")
    load(path)


def test_the_first_example_shows_most_options() -> None:
    """An option that nobody shows is one that nobody finds."""
    sample = CONFIGURATION.partition("```toml\n")[2].partition("```")[0]
    shown = set(re.findall(r"^([a-z-]+) =", sample, re.MULTILINE))
    assert {option.key for option in OPTIONS} - shown == {"extend-select", "exclude"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Files that a document points to exist."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_the_architecture_names_every_part() -> None:
    """Each module of the package, or the folder that it is in, has its place in the description."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "jaxlint"
    parts = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    parts |= {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    assert {part for part in parts if f"`{part}" not in text and f"/{part}" not in text} == set()
