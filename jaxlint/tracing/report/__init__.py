"""The report of ``jaxlint trace --report``: one page that needs neither network nor scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from jaxlint.diagnostics import Diagnostic
from jaxlint.tracing.costs import CostLimits
from jaxlint.tracing.model import Model
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.report.data import collect
from jaxlint.tracing.report.page import page

__all__ = ["write"]


def write(
    path: Path,
    outcomes: Iterable[Outcome],
    diagnostics: Sequence[Diagnostic],
    limits: CostLimits,
    model: Model,
    root: Path,
) -> None:
    """Write the report into a file; paths in it are relative to ``root``."""
    path.write_text(page(collect(outcomes, diagnostics, model, root), limits, model), encoding="utf-8")
