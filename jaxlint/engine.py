"""The pipeline: paths in, diagnostics out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxlint.config import Config
from jaxlint.files import Project, discover
from jaxlint.report import shown
from jaxlint.source import SourceError, noqa_row, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jaxlint.analysis import Statistics
    from jaxlint.diagnostics import Diagnostic
    from jaxlint.traced import FunctionCall

    Progress = Callable[[int, int], None]
    Opinion = Callable[[Project, Sequence[Diagnostic], Sequence[FunctionCall]], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one run found, over all its projects.

    ``errors`` are failures of jaxlint itself, never findings about the code: the first line says what
    failed, what follows is the traceback.
    """

    diagnostics: tuple[Diagnostic, ...]
    statistics: Statistics
    errors: tuple[str, ...]
    projects: tuple[Project, ...]

    def text(self, path: Path) -> str | None:
        """Return the text of a file as it was analysed, or None where there is none to show."""
        overrides = (project.overrides[path] for project in self.projects if path in project.overrides)
        try:
            return read_source(path, next(overrides, None)).text
        except SourceError:
            return None

    def texts(self) -> dict[Path, str]:
        """Return the text of every file that a diagnostic or one of its notes points into."""
        paths = dict.fromkeys(path for diagnostic in self.diagnostics for path in _paths(diagnostic))
        return {path: text for path in paths if (text := self.text(path)) is not None}

    def noqa_row(self, diagnostic: Diagnostic) -> int:
        """Return the row where a ``# noqa`` comment for ``diagnostic`` belongs."""
        text = self.text(diagnostic.span.path)
        row = diagnostic.span.start.row
        return row if text is None else noqa_row(text, row)


def run(
    paths: Sequence[Path | str] = (".",),
    *,
    overrides: Mapping[Path, str] | None = None,
    config: Config | None = None,
    config_file: Path | None = None,
    isolated: bool = False,
    cli_overrides: Mapping[str, Any] | None = None,
    force_exclude: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
    opinion: Opinion | None = None,
) -> Result:
    """Find the projects of ``paths``, analyse them, and return what is to be shown.

    The arguments up to ``force_exclude`` are those of ``jaxlint.files.discover``; ``jobs`` is the number
    of processes, ``progress`` is called with the number of files done and of all files. ``opinion`` may
    change what was found in a project: the tracing mode gives verdicts and adds findings of its own.
    """
    projects = discover(
        paths,
        overrides=overrides,
        config=config,
        config_file=config_file,
        isolated=isolated,
        cli_overrides=cli_overrides,
        force_exclude=force_exclude,
    )
    return run_projects(projects, jobs=jobs, progress=progress, opinion=opinion)


def run_projects(
    projects: Sequence[Project],
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    opinion: Opinion | None = None,
) -> Result:
    """Analyse projects, each apart from the others, and join what is to be shown."""
    total = sum(len(project.files) for project in projects)
    done = 0
    results: list[Result] = []
    for project in projects:
        results.append(
            run_project(project, jobs=jobs, progress=_after(progress, done, total), opinion=opinion)
        )
        done += len(project.files)
    return join(results)


def run_project(
    project: Project, *, jobs: int = 1, progress: Progress | None = None, opinion: Opinion | None = None
) -> Result:
    """Analyse one project."""
    from jaxlint.analysis import analyse

    analysis = analyse(project, project.config, jobs=jobs, progress=progress, wants_calls=opinion is not None)
    found: Sequence[Diagnostic] = analysis.diagnostics
    if opinion is not None:
        found = opinion(project, found, analysis.calls)
    diagnostics = shown(project, found, complete=not analysis.failures)
    return Result(diagnostics, analysis.statistics, analysis.failures, (project,))


def join(results: Sequence[Result]) -> Result:
    """Put the results of several projects together."""
    from jaxlint.analysis import Statistics

    found = [diagnostic for result in results for diagnostic in result.diagnostics]
    return Result(
        diagnostics=tuple(sorted(found, key=lambda diagnostic: diagnostic.sort_key)),
        statistics=_total(Statistics, [result.statistics for result in results]),
        errors=tuple(error for result in results for error in result.errors),
        projects=tuple(project for result in results for project in result.projects),
    )


def check_paths(paths: Sequence[Path | str], config: Config | None = None) -> list[Diagnostic]:
    """Return the diagnostics of files and folders; with ``config``, no configuration file is read."""
    return list(run(paths, config=config).diagnostics)


def check_source(text: str, path: Path | str | None = None, config: Config | None = None) -> list[Diagnostic]:
    """Return the diagnostics of one text.

    With ``path`` the text stands for that file of its project; without, it is analysed alone.
    """
    if path is not None:
        return list(run([path], overrides={Path(path): text}, config=config).diagnostics)
    file = Path.cwd() / "<string>"
    project = Project(
        root=file.parent,
        config=config or Config(),
        files=(file,),
        report=frozenset({file}),
        overrides={file: text},
        is_alone=True,
    )
    return list(run_projects([project]).diagnostics)


def _after(progress: Progress | None, done: int, total: int) -> Progress | None:
    """Return a callback for one project that counts on from the projects before it."""
    if progress is None:
        return None
    return lambda files, _: progress(done + files, total)


def _total(kind: type[Statistics], parts: Iterable[Statistics]) -> Statistics:
    parts = tuple(parts)
    return kind(**{count.name: sum(getattr(part, count.name) for part in parts) for count in fields(kind)})


def _paths(diagnostic: Diagnostic) -> Iterator[Path]:
    yield diagnostic.span.path
    yield from (note.span.path for note in diagnostic.notes if note.span is not None)
