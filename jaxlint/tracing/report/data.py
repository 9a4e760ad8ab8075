"""What the report shows, collected from outcomes and diagnostics: one record for each function."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jaxlint.diagnostics import Diagnostic
from jaxlint.tracing.costs import prediction
from jaxlint.tracing.laws import Law
from jaxlint.tracing.model import Model, Prediction
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Target, Traced

AROUND = 2
"""Lines shown before and after those that equations come from."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of code and how many equations come from it."""

    number: int
    text: str
    equations: int


@dataclass(frozen=True, slots=True)
class Growth:
    """How the equations grow in one dimension."""

    dimension: str
    size: int
    points: tuple[tuple[int, int], ...]
    law: Law


@dataclass(slots=True)
class Row:
    """One function in the report."""

    name: str
    place: str
    anchor: str
    arguments: str
    source: str
    reason: str | None
    numbers: Mapping[str, Any]
    predicted: Prediction | None
    growths: list[Growth] = field(default_factory=list)
    files: list[tuple[str, list[list[SourceLine]]]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def collect(
    outcomes: Iterable[Outcome], diagnostics: Sequence[Diagnostic], model: Model, root: Path
) -> list[Row]:
    """Return the rows: those of functions that were measured first, the largest first."""
    rows = [
        _row(outcome.request.path, outcome.request.targets[number], traced, diagnostics, model, root)
        for outcome in outcomes
        for number, traced in sorted(outcome.traced.items())
    ]
    for number, row in enumerate(rows):
        row.anchor = f"f{number + 1}"
    return sorted(rows, key=lambda row: -int(row.numbers.get("equations", -1)))


def _row(
    path: str, target: Target, traced: Traced, diagnostics: Sequence[Diagnostic], model: Model, root: Path
) -> Row:
    numbers = traced.measurement or {}
    words = (f"{name}={word}" if name else word for name, word in traced.arguments)
    own = [
        one
        for one in diagnostics
        if str(one.span.path) == path and target.first <= one.span.start.row <= target.last
    ]
    return Row(
        name=target.name,
        place=f"{relative(path, root)}:{target.row}",
        anchor="",
        arguments=", ".join(words),
        source=traced.source or "",
        reason=traced.reason,
        numbers=numbers,
        predicted=prediction(numbers, model),
        growths=[_growth(one) for one in numbers.get("growth", ())],
        files=_files(numbers.get("lines", ()), root),
        diagnostics=own,
    )


def relative(path: str | Path, root: Path) -> str:
    """Write a path as seen from the root, where that is shorter."""
    with contextlib.suppress(ValueError):
        near = os.path.relpath(path, root)
        return near if not near.startswith("..") else str(path)
    return str(path)


def _growth(one: Mapping[str, Any]) -> Growth:
    points = tuple(zip(one["sizes"], one["equations"], strict=True))
    return Growth(one["dimension"], one["size"], points, Law(**one["law"]))


def _files(lines: Iterable[Sequence[Any]], root: Path) -> list[tuple[str, list[list[SourceLine]]]]:
    """Return the parts of each file that equations come from; the file with most of them first."""
    counts: dict[str, dict[int, int]] = {}
    for path, row, count in lines:
        counts.setdefault(path, {})[row] = count
    ordered = sorted(counts.items(), key=lambda item: -sum(item[1].values()))
    return [(relative(path, root), parts) for path, found in ordered if (parts := _parts(path, found))]


def _parts(path: str, counts: Mapping[int, int]) -> list[list[SourceLine]]:
    try:
        texts = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    wanted = sorted(
        {near for row in counts for near in range(row - AROUND, row + AROUND + 1) if 1 <= near <= len(texts)}
    )
    parts: list[list[SourceLine]] = []
    for row in wanted:
        line = SourceLine(row, texts[row - 1], counts.get(row, 0))
        if parts and parts[-1][-1].number == row - 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    return [_trimmed(part) for part in parts]


def _trimmed(part: list[SourceLine]) -> list[SourceLine]:
    """Drop blank lines at both ends."""
    filled = [index for index, line in enumerate(part) if line.text.strip()]
    return part[filled[0] : filled[-1] + 1]
