"""JAX756: functions of which `jaxlint record` saw more signatures than the limit."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Diagnostic, Note, Position, Span
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Target
from jaxlint.tracing.retraces import SHOWN, Retraces, explain
from jaxlint.tracing.targets import describe

COMPILED = {"jit", "pmap"}
"""Transformations that keep what they compile."""


def retraced(
    outcomes: Iterable[Outcome], report: frozenset[Path], recorded: Mapping[str, Any], limit: int
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each recorded function with too many signatures."""
    for outcome in outcomes:
        path = Path(outcome.request.path)
        if path not in report:
            continue
        modules = (outcome.request.module, path.stem)
        for number in outcome.request.todo:
            target = outcome.request.targets[number]
            name = describe(target)
            keys = [f"{module}:{name}" for module in modules]
            record = next((recorded[key] for key in keys if key in recorded), None)
            if record is None or record.get("transform") not in COMPILED:
                continue
            found = explain(record["calls"], parameters(path, target))
            entries = int(record.get("cache_entries") or found.entries)
            if entries > limit and found.culprit is not None:
                yield _diagnostic(path, target, found, entries)


def _diagnostic(path: Path, target: Target, found: Retraces, entries: int) -> Diagnostic:
    assert found.culprit is not None
    argument, aspect = found.culprit
    forms = found.forms(argument)
    shown = ", ".join(forms[:SHOWN]) + (", …" if len(forms) > SHOWN else "")
    notes = tuple(
        Note("a new signature; against the nearest earlier one, " + "; ".join(map(str, differences)))
        for differences in found.differences[:SHOWN]
    )
    position = Position(target.row, 1)
    return catalogue()["JAX756"].diagnostic(
        Span(path, position, position),
        notes=notes,
        function=describe(target),
        entries=entries,
        argument=argument,
        aspect=aspect,
        forms=shown,
    )


def parameters(path: Path, target: Target) -> Sequence[str]:
    """Return the names of a function's parameters, as its text has them; none where it cannot be read."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno == target.row:
            return [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    return ()
