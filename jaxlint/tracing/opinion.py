"""The second opinion on one project: what to trace, the workers, the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from jaxlint.errors import JaxlintError
from jaxlint.tracing.pool import Limits, Outcome, Progress, run_all
from jaxlint.tracing.protocol import Options
from jaxlint.tracing.record import read_records
from jaxlint.tracing.targets import requests
from jaxlint.tracing.verdicts import evidence, judged, unexplained

if TYPE_CHECKING:
    from jaxlint.diagnostics import Diagnostic
    from jaxlint.files import Project
    from jaxlint.traced import FunctionCall


@dataclass(slots=True)
class Tracer:
    """Traces projects one after the other; ``outcomes`` is what the workers told of all of them."""

    options: Options
    limits: Limits
    jobs: int = 1
    names: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    progress: Progress | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    def __call__(
        self, project: Project, diagnostics: Sequence[Diagnostic], calls: Sequence[FunctionCall]
    ) -> list[Diagnostic]:
        """Return the diagnostics with verdicts, and those that only tracing can make."""
        recorded = read_records(project.root)
        work = requests(project, diagnostics, calls, self.names, self.options, recorded)
        outcomes = run_all(work, self.limits, self.jobs, self.progress)
        self.outcomes += outcomes
        found = evidence(outcomes)
        return [*judged(diagnostics, found), *unexplained(diagnostics, found, project.report)]


def require_jax() -> None:
    """Raise where JAX is missing, with the way to install it."""
    if find_spec("jax") is None or find_spec("jaxlib") is None:
        raise JaxlintError(
            "tracing needs JAX, in the environment that jaxlint runs in: `pip install jax` there"
        )
