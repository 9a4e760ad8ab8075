"""What the interpreter infers: every ``reveal(x)  # value: …`` of the fixtures, read statically.

`test_fixtures.py` holds the same assertions against what the real JAX has there at run time.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from support import fixtures
from support.fixtures import Case

from jaxlint import analysis
from jaxlint.config import Config
from jaxlint.display import describe
from jaxlint.engine import run
from jaxlint.events import Event, Reveal

CASES = [case for case in fixtures.collect() if any(program.assertions for program in case.programs)]

Revealed = dict[tuple[str, int], set[str]]


@pytest.fixture
def reveals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Reveal]]:
    """Every ``reveal`` that an analysis runs into, with the run that can tell where it stands."""
    found: list[tuple[Any, Reveal]] = []
    on_event = analysis._Run._on_event

    def spy(self: Any, event: Event) -> None:
        if isinstance(event, Reveal):
            found.append((self, event))
        on_event(self, event)

    monkeypatch.setattr(analysis._Run, "_on_event", spy)
    return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_inferred(case: Case, tmp_path: Path, reveals: list[tuple[Any, Reveal]]) -> None:
    """The abstract value that is displayed is among those with which the line is reached."""
    run([case.write(tmp_path)], config=None if case.is_project else Config())
    shown: Revealed = defaultdict(set)
    for analysed, event in reveals:
        path = event.frame.module.path
        row = analysed._locator(path).span(event.node).start.row
        name = path.resolve().relative_to(tmp_path.resolve()).as_posix()
        shown[name, row] |= {describe(event.value), describe(event.value, origin=True)}
    wrong = []
    for program in case.programs:
        name = _relative(case, program.path)
        for row, stated in program.assertions.items():
            if not _matches(stated, shown[name, row]):
                wrong.append(f"{name}:{row}: stated `{stated}`, inferred {sorted(shown[name, row])}")

    assert wrong == []


def _relative(case: Case, path: Path) -> str:
    """The path of a program below the folder that the case is written to."""
    return path.relative_to(case.root if case.is_project else case.root.parent).as_posix()


def _matches(stated: str, shown: set[str]) -> bool:
    """Alternatives of a union stand in no particular order."""
    alternatives = set(stated.split(" | "))
    return any(set(text.split(" | ")) == alternatives for text in shown)


def test_more_values_than_findings() -> None:
    """Inference is tested by at least as many assertions as the rules are."""
    every = fixtures.collect()
    values = sum(len(program.assertions) for case in every for program in case.programs)
    findings = sum(len(case.expected()) for case in every)

    assert values >= findings
