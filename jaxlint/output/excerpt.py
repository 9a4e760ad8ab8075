"""The piece of source that a diagnostic speaks of, with marks under its span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jaxlint.diagnostics import Span
from jaxlint.output.cells import Line, split_lines

MAX_ROWS = 6
"""A span of more rows than this is shown by its head and its last row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One shown row: its number, its text, and the cells from ``start`` to ``end`` that are marked."""

    number: int
    text: str
    start: int
    end: int

    @property
    def marks(self) -> str:
        """Write the carets that go under the text."""
        return " " * self.start + "^" * (self.end - self.start)


def excerpt(text: str, span: Span, width: int) -> Iterator[Row | None]:
    """Give the rows of ``span`` in ``text``; ``None`` stands for rows left out."""
    lines = split_lines(text)
    first, last = span.start.row, min(_last_row(span), len(lines))
    if not 1 <= first <= len(lines):
        return
    gap = range(first + MAX_ROWS - 2, last) if last - first >= MAX_ROWS else range(0)
    for number in range(first, last + 1):
        if number not in gap:
            yield _row(lines[number - 1], number, span, width)
        elif number == gap.start:
            yield None


def _last_row(span: Span) -> int:
    """Give the last row that has characters of ``span``: an end before the first column is the row above."""
    end = span.end
    return max(span.start.row, end.row - 1 if end.column <= 1 else end.row)


def _row(source: str, number: int, span: Span, width: int) -> Row:
    # Rows after the first are marked from their code on, not under the indentation.
    indent = len(source) - len(source.lstrip())
    first = span.start.column if number == span.start.row else indent + 1
    # Trailing blanks are not shown, so they are not marked either.
    last = span.end.column if number == span.end.row else len(source.rstrip()) + 1
    line = Line.of(source)
    shown, start, end = line.window(line.cell(first), line.cell(last), width)
    return Row(number, shown, start, end)
