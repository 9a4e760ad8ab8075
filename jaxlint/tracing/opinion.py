"""The second opinion on one project: what to trace, the workers, the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from jaxlint.errors import JaxlintError
from jaxlint.tracing.calibrate import suitable
from jaxlint.tracing.costs import CostLimits, costly
from jaxlint.tracing.model import Model, default
from jaxlint.tracing.pool import Limits, Outcome, Progress, run_all
from jaxlint.tracing.protocol import Options
from jaxlint.tracing.record import read_records
from jaxlint.tracing.retraced import retraced
from jaxlint.tracing.targets import requests
from jaxlint.tracing.verdicts import evidence, judged, unexplained

if TYPE_CHECKING:
    from jaxlint.diagnostics import Diagnostic
    from jaxlint.files import Project
    from jaxlint.traced import FunctionCall


@dataclass(slots=True)
class Tracer:
    """Traces projects one after the other; ``outcomes`` is what the workers told of all of them.

    ``model`` predicts compile times; it may be made anew for this machine if ``may_calibrate``.
    """

    options: Options
    limits: Limits
    jobs: int = 1
    names: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    progress: Progress | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    may_calibrate: bool = False
    model: Model = field(default_factory=default)
    costs: CostLimits = field(default_factory=CostLimits)

    def __call__(
        self, project: Project, diagnostics: Sequence[Diagnostic], calls: Sequence[FunctionCall]
    ) -> list[Diagnostic]:
        """Return the diagnostics with verdicts, and those that only tracing can make."""
        recorded = read_records(project.root)
        work = requests(project, diagnostics, calls, self.names, self.options, recorded)
        outcomes = run_all(work, self.limits, self.jobs, self.progress)
        self.outcomes += outcomes
        found = evidence(outcomes)
        self.costs = CostLimits.of(project.config.trace_limits)
        if self.may_calibrate:
            measured = (traced.measurement for outcome in outcomes for traced in outcome.traced.values())
            programs = [one["features"] for one in measured if one and "features" in one]
            self.model = suitable(programs, self.costs.compile_seconds, is_compiled=self.options.compile)
        return [
            *judged(diagnostics, found),
            *unexplained(diagnostics, found, project.report),
            *costly(outcomes, project.report, self.costs, self.model),
            *retraced(outcomes, project.report, recorded, self.costs.retraces),
        ]


def require_jax() -> None:
    """Raise where JAX is missing, with the way to install it."""
    if find_spec("jax") is None or find_spec("jaxlib") is None:
        raise JaxlintError(
            "tracing needs JAX, in the environment that jaxlint runs in: `pip install jax` there"
        )
