"""Joins what the workers saw to the static findings: each gets a verdict; what none explains is JAX751."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Diagnostic, Note, Position, Span
from jaxlint.tracing.announced import BY_CHECKS, announced, is_conclusive, with_stated_arguments
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Imported, Problem, Traced

CONFIRMED, NOT_REPRODUCED, NOT_REACHED, NO_ARGUMENTS = (
    "confirmed",
    "not reproduced",
    "not reached",
    "no arguments found",
)


@dataclass(slots=True)
class Evidence:
    """What all workers together saw, by file and row."""

    problems: dict[tuple[str, int], list[Problem]] = field(default_factory=lambda: defaultdict(list))
    reached: dict[tuple[str, int], bool] = field(default_factory=dict)
    without_arguments: list[tuple[str, int, int, str]] = field(default_factory=list)


def evidence(outcomes: Iterable[Outcome]) -> Evidence:
    """Put together what the workers told."""
    found = Evidence()
    for outcome in outcomes:
        results: list[Traced | Imported] = [*outcome.traced.values()]
        if outcome.imported is not None:
            results.append(outcome.imported)
        for result in results:
            for problem in result.problems:
                found.problems[problem.path, problem.row].append(problem)
            for path, row, traced in result.reached:
                found.reached[path, row] = found.reached.get((path, row), False) or traced
        for number, traced_target in outcome.traced.items():
            if traced_target.reason is not None:
                target = outcome.request.targets[number]
                found.without_arguments.append(
                    (outcome.request.path, target.first, target.last, traced_target.reason)
                )
        if outcome.accident or (outcome.imported and outcome.imported.failure):
            reason = outcome.accident or "the module cannot be imported"
            found.without_arguments.append((outcome.request.path, 1, 10**9, reason))
    return found


def judged(diagnostics: Iterable[Diagnostic], found: Evidence) -> Iterator[Diagnostic]:
    """The static findings, each with its verdict."""
    for diagnostic in diagnostics:
        verdict, reason = _verdict(diagnostic, found)
        notes = (*diagnostic.notes, Note(reason)) if reason else diagnostic.notes
        yield replace(diagnostic, verdict=verdict, notes=notes)


def _verdict(diagnostic: Diagnostic, found: Evidence) -> tuple[str | None, str | None]:
    raises, stated = announced(diagnostic.code), with_stated_arguments(diagnostic.code)
    if not raises and not stated:
        return None, None  # nothing is raised, so nothing can be confirmed in this way
    path = str(diagnostic.span.path)
    rows = range(diagnostic.span.start.row, diagnostic.span.end.row + 1)
    seen = [problem for row in rows for problem in found.problems.get((path, row), ())]
    expected = [problem for problem in seen if not raises.isdisjoint(problem.bases)]
    raises_alone = catalogue()[diagnostic.code].raises is not None
    others = [
        problem
        for problem in seen
        if (raises_alone and (problem.is_sure or problem.is_about_tracing))
        or (problem.is_sure and not problem.is_about_tracing and not stated.isdisjoint(problem.bases))
    ]
    for problem in (*expected, *others):
        return CONFIRMED, f"confirmed by tracing: {problem.error}: {problem.headline}"
    if not is_conclusive(diagnostic.code):
        return None, None
    reached = [found.reached[path, row] for row in rows if (path, row) in found.reached]
    if any(reached):
        return NOT_REPRODUCED, "not reproduced: the line ran with a tracer, and JAX raised nothing"
    reason = next(
        (
            why
            for where, first, last, why in found.without_arguments
            if where == path and first <= diagnostic.span.start.row <= last
        ),
        None,
    )
    if reason is not None and not reached:
        return NO_ARGUMENTS, f"not traced: {reason}"
    return NOT_REACHED, "not reached by tracing"


def unexplained(
    diagnostics: Sequence[Diagnostic], found: Evidence, report: frozenset[Path]
) -> Iterator[Diagnostic]:
    """JAX751 for each error of tracing on a line that no static finding speaks of."""
    rule = catalogue().get("JAX751")
    explained: Mapping[str, set[int]] = defaultdict(set)
    for diagnostic in diagnostics:
        explained[str(diagnostic.span.path)].update(
            range(diagnostic.span.start.row, diagnostic.span.end.row + 1)
        )
    for (path, row), problems in sorted(found.problems.items()):
        raised = [one for one in problems if one.error not in BY_CHECKS]
        sure = [one for one in raised if one.is_sure and one.by_jax and one.is_first]
        if rule is None or not sure or row in explained[path] or Path(path) not in report:
            continue
        problem = sure[0]
        span = Span(Path(path), Position(row, 1), Position(row, 1))
        yield replace(
            rule.diagnostic(span, error=problem.error, reason=problem.headline or "no message"),
            verdict=CONFIRMED,
        )
