"""Fixes applied to one text: of those that collide all but the first wait for the next round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from jaxlint.diagnostics import Fix, Position, Span
from jaxlint.source import split_lines


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    """An edit in offsets of the text."""

    start: int
    end: int
    content: str

    def collides(self, other: _Change) -> bool:
        """Whether the two change the same place, or insert at the same."""
        return self.start == other.start or (self.start < other.end and other.start < self.end)


@dataclass(frozen=True, slots=True, order=True)
class _Plan:
    """A fix in offsets; what lies between ``start`` and ``end`` must change by it alone."""

    changes: tuple[_Change, ...]
    start: int
    end: int

    def collides(self, other: _Plan) -> bool:
        """Whether only one of the two can be applied."""
        return (
            any(mine.collides(theirs) for mine in self.changes for theirs in other.changes)
            or self._encloses(other)
            or other._encloses(self)
        )

    def _encloses(self, other: _Plan) -> bool:
        return any(self.start < change.end and change.start < self.end for change in other.changes)


def apply(text: str, fixes: Iterable[Fix], newline: str = "\n") -> str:
    """Return the text with the fixes that go together; of those that collide, with the first.

    New lines end with ``newline``. Fixes that say the same are one.
    """
    offsets = _Offsets(text)
    chosen: list[_Plan] = []
    for plan in sorted({offsets.plan(fix, newline) for fix in fixes if fix.edits}):
        if not any(plan.collides(other) for other in chosen):
            chosen.append(plan)
    pieces: list[str] = []
    position = 0
    for change in sorted(change for plan in chosen for change in plan.changes):
        pieces += text[position : change.start], change.content
        position = change.end
    return "".join((*pieces, text[position:]))


class _Offsets:
    """Where rows start in a text."""

    def __init__(self, text: str) -> None:
        """Count the rows as Python does."""
        self._starts = list(accumulate(map(len, split_lines(text)), initial=0))
        self._length = len(text)

    def plan(self, fix: Fix, newline: str) -> _Plan:
        """Return a fix with offsets in place of rows and columns."""
        changes = sorted(
            _Change(*self._range(edit.span), edit.content.replace("\n", newline)) for edit in fix.edits
        )
        start, end = self._range(fix.region) if fix.region is not None else (0, 0)
        return _Plan(tuple(changes), start, end)

    def _range(self, span: Span) -> tuple[int, int]:
        return self._offset(span.start), self._offset(span.end)

    def _offset(self, position: Position) -> int:
        if position.row > len(self._starts):
            return self._length
        return min(self._starts[position.row - 1] + position.column - 1, self._length)
