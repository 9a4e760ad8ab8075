"""Texts with their fixes applied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jaxlint.config import Config
from jaxlint.engine import run_projects
from jaxlint.files import Project
from jaxlint.repair import repair

FILE = Path("/somewhere/text.py")


def fixed(text: str, config: Config | None = None) -> str:
    """The text after `--fix --unsafe-fixes`."""
    config = replace(config or Config(), unsafe_fixes=True)
    project = Project(FILE.parent, config, (FILE,), frozenset({FILE}), {FILE: text}, is_alone=True)
    repaired = repair(run_projects([project]), everywhere=True)
    assert repaired.left == {}
    return repaired.texts.get(FILE, text)
