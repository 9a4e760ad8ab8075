"""What tracing did, for people: a row for each function, then what could not be traced, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jaxlint.diagnostics import Diagnostic
from jaxlint.tracing.costs import summary
from jaxlint.tracing.model import Model
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Traced
from jaxlint.tracing.targets import describe

if TYPE_CHECKING:
    from jaxlint.output import View

HEADINGS = ("function", "arguments", "from", "errors", "measured")
WIDEST = 48
"""Longer names and arguments are cut in the middle."""


def table(outcomes: Sequence[Outcome], diagnostics: Iterable[Diagnostic], view: View, model: Model) -> str:
    """Write the functions that were traced as a table, then one line for each thing that was not."""
    rows = [row for outcome in outcomes for row in _rows(outcome, view, model)]
    lines = list(_aligned([HEADINGS, *rows])) if rows else []
    lines += [line for outcome in outcomes for line in _troubles(outcome, view)]
    verdicts = Counter(one.verdict for one in diagnostics if one.verdict is not None)
    if verdicts:
        lines.append("Verdicts: " + ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    return "".join(f"{line}\n" for line in lines)


def _rows(outcome: Outcome, view: View, model: Model) -> Iterator[tuple[str, ...]]:
    for number, traced in sorted(outcome.traced.items()):
        if traced.reason is None:
            yield (_shortened(_name(outcome, number, view)), *_cells(traced, model))


def _cells(traced: Traced, model: Model) -> tuple[str, ...]:
    words = ", ".join(f"{name}={word}" if name else word for name, word in traced.arguments)
    measured = "; ".join(summary(traced.measurement or {}, model))
    return _shortened(f"({words})"), traced.source or "", str(len(traced.problems) or ""), measured


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shortened(text: str) -> str:
    half = (WIDEST - 1) // 2
    return text if len(text) <= WIDEST else f"{text[:half]}…{text[-half:]}"


def _name(outcome: Outcome, number: int, view: View) -> str:
    return f"{view.path(Path(outcome.request.path))}::{describe(outcome.request.targets[number])}"


def _troubles(outcome: Outcome, view: View) -> Iterator[str]:
    path = view.path(Path(outcome.request.path))
    imported = outcome.imported
    if imported is not None and imported.failure is not None:
        failure, missing = imported.failure, imported.missing
        why = f"`{missing}` is not installed" if missing else f"{failure.error}: {failure.headline}"
        yield f"{path}: cannot be imported: {why} ({view.path(Path(failure.path))}:{failure.row})"
        return
    if outcome.accident:
        yield f"{path}: {outcome.accident}"
    for problem in imported.problems if imported else ():
        if not problem.by_jax:
            place = f"{view.path(Path(problem.path))}:{problem.row}"
            yield f"{place}: on import: {problem.error}: {problem.headline}".rstrip(": ")
    for number, traced in sorted(outcome.traced.items()):
        if traced.reason is not None:
            yield f"{_name(outcome, number, view)}: {traced.reason}"
