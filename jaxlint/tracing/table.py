"""What tracing did, for people: a row for each function, then what could not be traced, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jaxlint.diagnostics import Diagnostic
from jaxlint.tracing.costs import summary
from jaxlint.tracing.model import Model
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Traced
from jaxlint.tracing.targets import describe


def table(outcomes: Sequence[Outcome], diagnostics: Iterable[Diagnostic], view: Any, model: Model) -> str:
    """Write the table."""
    lines = [line for outcome in outcomes for line in _module(outcome, view, model)]
    verdicts = Counter(one.verdict for one in diagnostics if one.verdict is not None)
    if verdicts:
        lines.append("Verdicts: " + ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    return "".join(f"{line}\n" for line in lines)


def _module(outcome: Outcome, view: Any, model: Model) -> Iterator[str]:
    path = view.path(Path(outcome.request.path))
    failure = outcome.imported.failure if outcome.imported else None
    if failure is not None and outcome.imported is not None:
        place = f"{view.path(Path(failure.path))}:{failure.row}"
        missing = outcome.imported.missing
        why = f"`{missing}` is not installed" if missing else f"{failure.error}: {failure.headline}"
        yield f"{path}: cannot be imported: {why} ({place})"
        return
    if outcome.accident:
        yield f"{path}: {outcome.accident}"
    for problem in outcome.imported.problems if outcome.imported else ():
        if not problem.by_jax:
            place = f"{view.path(Path(problem.path))}:{problem.row}"
            yield f"{place}: on import: {problem.error}: {problem.headline}".rstrip(": ")
    for number, traced in sorted(outcome.traced.items()):
        name = describe(outcome.request.targets[number])
        yield f"{path}::{name}: {_what(traced, model)}"


def _what(traced: Traced, model: Model) -> str:
    if traced.reason is not None:
        return traced.reason
    words = ", ".join(f"{name}={word}" if name else word for name, word in traced.arguments)
    numbers = traced.measurement or {}
    measured = "".join(f"; {words}" for words in summary(numbers, model))
    problems = f", {len(traced.problems)} errors" if traced.problems else ""
    return f"traced with ({words}) from {traced.source}{problems}{measured}"
