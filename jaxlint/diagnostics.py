"""Frozen records that travel from the checks to the output: positions, edits, notes, diagnostics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Level(Enum):
    """How bad a diagnostic is; the values order from most to least severe.

    ``ERROR``: JAX raises, or the result is silently wrong. ``WARNING``: works today at a cost.
    ``INFO``: style.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: ``row`` and ``column`` both count from 1, columns in code points."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of one file, from ``start`` up to and without ``end``."""

    path: Path
    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of ``span`` by ``content``."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits of one file that remove a diagnostic; ``safe`` when they keep the meaning of the program.

    They count on what stands in ``region``: where anything else changes it, they have to be made anew.
    """

    message: str
    edits: tuple[Edit, ...]
    safe: bool
    region: Span | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """One more sentence about a diagnostic, with the place that it speaks of where there is one."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding, complete: what is wrong, where, why, and what to write instead."""

    code: str
    name: str
    level: Level
    message: str
    span: Span
    notes: tuple[Note, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    verdict: str | None = None
    """What ``jaxlint trace`` says of it: confirmed, not reproduced, …; None where it says nothing."""

    @property
    def sort_key(self) -> tuple[str, Position, str]:
        """Order of reports: by file, then by place, then by code."""
        return (self.span.path.as_posix(), self.span.start, self.code)
