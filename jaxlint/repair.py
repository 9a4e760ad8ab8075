"""What a run has found is fixed: project by project in memory, then in the files or as a diff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from jaxlint.diagnostics import Diagnostic, Fix
from jaxlint.engine import Result, join, run_project
from jaxlint.files import Project
from jaxlint.fixing import files
from jaxlint.fixing.rounds import Judge, Settled, settle
from jaxlint.source import Source, read_source


@dataclass(frozen=True, slots=True)
class Repaired:
    """The outcome of fixing: ``result`` is what the fixed files give, ``sources`` what changed files were.

    ``fixed`` counts the findings that are gone, ``left`` says why files were left as they are.
    """

    result: Result
    texts: Mapping[Path, str]
    sources: Mapping[Path, Source]
    left: Mapping[Path, str]
    fixed: int

    def diff(self, name: Callable[[Path], str]) -> str:
        """Return the changes of all files; ``name`` is how paths are written."""
        return "".join(
            files.diff(name(path), self.sources[path].text, text) for path, text in self.texts.items()
        )

    def write(self) -> dict[Path, str]:
        """Write the fixed files; return why some could not be written."""
        problems = {path: files.write(self.sources[path], text) for path, text in self.texts.items()}
        return {path: problem for path, problem in problems.items() if problem is not None}


def is_applicable(project: Project, fix: Fix) -> bool:
    """Whether the settings of a project allow a fix."""
    return fix.safe or project.config.unsafe_fixes


def repair(result: Result, *, jobs: int = 1, writes: bool = True, everywhere: bool = False) -> Repaired:
    """Fix what ``result`` says of the projects that want it, or of all of them.

    Nothing is written; but with ``writes`` files that cannot be written are left as they are.
    """
    results: list[Result] = []
    settled = Settled()
    sources: dict[Path, Source] = {}
    for project in result.projects:
        own = replace(result, projects=(project,), diagnostics=_of(project, result), errors=())
        if everywhere or project.config.fix:
            repairs = _Repairs(project, own, jobs, writes=writes)
            one = repairs.run()
            settled.texts |= one.texts
            settled.left |= one.left
            sources |= {path: repairs.source(path) for path in one.texts}
            own = repairs.result
        results.append(own)
    if not settled.texts:
        return Repaired(result, {}, {}, settled.left, 0)
    # The statistics of projects that were not analysed again cannot be taken apart, nor need they be.
    joined = join(results)
    errors = tuple(dict.fromkeys((*result.errors, *joined.errors)))
    joined = replace(joined, statistics=result.statistics, errors=errors)
    gone = len(result.diagnostics) - len(joined.diagnostics)
    return Repaired(joined, settled.texts, sources, settled.left, max(gone, len(settled.texts)))


def _of(project: Project, result: Result) -> tuple[Diagnostic, ...]:
    return tuple(found for found in result.diagnostics if found.span.path in project.report)


class _Repairs:
    """The rounds of one project; ``result`` is that of the last."""

    def __init__(self, project: Project, result: Result, jobs: int, *, writes: bool) -> None:
        self._project = project
        self._jobs = jobs
        self._writes = writes
        self.result = result
        self.source = lru_cache(maxsize=None)(self._read)

    def run(self) -> Settled:
        """Fix until nothing changes."""
        from jaxlint.analysis import parses

        judge = Judge(
            wants=lambda fix: is_applicable(self._project, fix),
            read=self.source,
            obstacle=self._obstacle,
            parses=parses,
        )
        return settle(self.result.diagnostics, self._lint, judge)

    def _lint(self, texts: Mapping[Path, str]) -> Sequence[Diagnostic]:
        project = replace(self._project, overrides={**self._project.overrides, **texts})
        self.result = run_project(project, jobs=self._jobs)
        return self.result.diagnostics

    def _obstacle(self, path: Path) -> str | None:
        is_in_memory = path in self._project.overrides
        return None if is_in_memory or not self._writes else files.obstacle(path)

    def _read(self, path: Path) -> Source:
        return read_source(path, self._project.overrides.get(path))
