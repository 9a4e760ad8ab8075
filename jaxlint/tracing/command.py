"""What ``jaxlint trace`` adds to a run: set-up before, table and report after."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxlint.tracing.opinion import Tracer, require_jax
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options
from jaxlint.tracing.table import table
from jaxlint.tracing.targets import is_named
from jaxlint.tracing.verdicts import CONFIRMED, NOT_REPRODUCED

if TYPE_CHECKING:
    from jaxlint.diagnostics import Diagnostic
    from jaxlint.files import Project
    from jaxlint.traced import FunctionCall


class Tracing:
    """The second opinion in one run of the command; ``arguments`` are those of the command line."""

    def __init__(self, arguments: Any, view: Any) -> None:
        require_jax()
        self._arguments = arguments
        self._view = view
        self._tracer = Tracer(
            Options(platform=arguments.platform, compile=arguments.compile),
            Limits(arguments.timeout, arguments.memory),
            jobs=max(arguments.jobs, 1),
            may_calibrate=True,
        )

    def take_names(self, paths: Sequence[str | Path]) -> list[str | Path]:
        """Return the paths without the functions that are named after ``::``, which are kept."""
        names: dict[Path, set[str]] = defaultdict(set)
        plain: list[str | Path] = []
        for path in paths:
            file, separator, name = str(path).partition("::")
            plain.append(file if separator else path)
            if separator:
                names[Path(os.path.abspath(file))].add(name)
        self._tracer.names = {path: frozenset(found) for path, found in names.items()}
        return list(dict.fromkeys(plain))

    def opinion(
        self, project: Project, diagnostics: Sequence[Diagnostic], calls: Sequence[FunctionCall]
    ) -> Sequence[Diagnostic]:
        """Give verdicts on a project's findings, and add what only tracing finds."""
        if self._arguments.quiet or not sys.stderr.isatty():
            return self._tracer(project, diagnostics, calls)
        from jaxlint.output.progress import LateBar

        with LateBar() as bar:
            self._tracer.progress = bar
            return self._tracer(project, diagnostics, calls)

    def chosen(self, diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
        """Leave out what JAX does not confirm, where that is asked for, and what no named function has."""
        if self._arguments.only_confirmed:
            return tuple(one for one in diagnostics if one.verdict == CONFIRMED)
        return tuple(one for one in diagnostics if self._is_about_named(one))

    def _is_about_named(self, diagnostic: Diagnostic) -> bool:
        """Whether a finding is in a named function, or reached by its trace; or no function was named."""
        path, row = diagnostic.span.path, diagnostic.span.start.row
        names = self._tracer.names.get(path)
        if names is None or diagnostic.verdict in {CONFIRMED, NOT_REPRODUCED}:
            return True
        requests = [outcome.request for outcome in self._tracer.outcomes if outcome.request.path == str(path)]
        targets = [
            target for request in requests for target in request.targets if is_named(target.name, names)
        ]
        return any(target.first <= row <= target.last for target in targets)

    def close(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Print the table, and write the report where one is asked for."""
        from jaxlint.output.terminal import write

        if self._arguments.output_format in {"full", "concise"} and not self._arguments.quiet:
            write(table(self._tracer.outcomes, diagnostics, self._view, self._tracer.model))
        if self._arguments.report is not None:
            from jaxlint.tracing.report import write as write_report

            tracer = self._tracer
            write_report(
                self._arguments.report, tracer.outcomes, diagnostics, tracer.costs, tracer.model, Path.cwd()
            )
