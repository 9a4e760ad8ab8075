"""One run of ``jaxlint [PATHS]``, from its arguments to its exit code."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jaxlint.errors import JaxlintError, UsageError
from jaxlint.output import View, render, statistics
from jaxlint.output.settings import as_toml
from jaxlint.output.terminal import complain, wants_color, width, write, write_bytes

if TYPE_CHECKING:
    from jaxlint.diagnostics import Diagnostic
    from jaxlint.engine import Result
    from jaxlint.files import Project
    from jaxlint.repair import Repaired
    from jaxlint.source import Source
    from jaxlint.tracing.command import Tracing

CLEAN, FOUND, FAILED = 0, 1, 2

_FOR_PEOPLE = {"full", "concise"}


class Arguments(NamedTuple):
    """The command line of ``jaxlint [PATHS]``, a field for each option."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    output_format: str
    statistics: bool
    color: str
    quiet: bool
    config: Path | None
    isolated: bool
    target_jax: str | None
    force_exclude: bool
    stdin_filename: str | None
    jobs: int
    exit_zero: bool
    show_settings: bool
    show_files: bool
    debug: bool
    fix: bool | None = None
    unsafe_fixes: bool | None = None
    diff: bool = False
    trace: bool = False
    only_confirmed: bool = False
    timeout: float = 60.0
    memory: float = 8.0
    platform: str | None = None
    compile: bool = False
    report: Path | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Give the options that stand above those of the configuration file, by their keys there."""
        settings: dict[str, Any] = {}
        if self.select:
            settings["select"] = _codes(self.select)
        if self.extend_select:
            settings["extend-select"] = _codes(self.extend_select)
        if self.ignore:
            settings["ignore"] = _codes(self.ignore)
        if self.target_jax is not None:
            settings["target-jax"] = self.target_jax
        if self.fix is not None:
            settings["fix"] = self.fix
        if self.unsafe_fixes is not None:
            settings["unsafe-fixes"] = self.unsafe_fixes
        return settings


def _codes(values: Sequence[str]) -> list[str]:
    return [code.strip() for value in values for code in value.split(",") if code.strip()]


def check(arguments: Arguments) -> int:
    """Lint what the arguments say, print what was found, and give the exit code."""
    stdin = _stdin(arguments)
    inputs = _inputs(arguments, stdin)
    if arguments.trace and (arguments.fix or arguments.diff):
        raise UsageError("--trace fixes nothing; do that in a run of its own")
    if arguments.show_settings or arguments.show_files:
        return _show(arguments, inputs)
    started = time.perf_counter(), time.process_time()
    from jaxlint import engine

    tracing = _tracing(arguments, inputs) if arguments.trace else None
    with _progress(arguments) as progress:
        opinion = None if tracing is None else tracing.opinion
        result = engine.run(**inputs, jobs=arguments.jobs or _cores(), progress=progress, opinion=opinion)
    repaired = None
    if tracing is not None:
        result = replace(result, diagnostics=tracing.chosen(result.diagnostics))
    elif arguments.diff or any(project.config.fix for project in result.projects):
        repaired = _repaired(result, arguments)
        result = repaired.result
    ended = time.perf_counter(), time.process_time()
    if arguments.diff and repaired is not None:
        return _diff(repaired, arguments)
    if repaired is not None:
        result = _write_fixes(repaired, arguments, stdin)
    _report(result, arguments, repaired)
    if tracing is not None:
        tracing.close(result.diagnostics)
    for error in result.errors:
        # What follows the first line is the traceback.
        complain(error if arguments.debug else error.split("\n", 1)[0])
    if arguments.debug:
        _debug(result, ended[0] - started[0], ended[1] - started[1])
    if result.errors:
        return FAILED
    return FOUND if result.diagnostics and not arguments.exit_zero else CLEAN


def record(command: Sequence[str], output: Path | None) -> int:
    """Run a command of the user's, and keep how it calls transformed functions; give its exit code."""
    from jaxlint.tracing import record as recording

    return recording.record(command, output or Path(recording.FILE))


def _tracing(arguments: Arguments, inputs: dict[str, Any]) -> Tracing:
    """Set up the second opinion; functions that paths name after `::` are taken out of the inputs."""
    from jaxlint.tracing.command import Tracing

    tracing = Tracing(arguments, _view(arguments))
    inputs["paths"] = tracing.take_names(inputs["paths"])
    return tracing


def _inputs(arguments: Arguments, stdin: Source | None) -> dict[str, Any]:
    """Give the arguments that discovery and the engine have in common."""
    paths: Sequence[str | Path] = arguments.paths or (".",)
    overrides: Mapping[Path, str] | None = None
    if stdin is not None:
        paths, overrides = [stdin.path], {stdin.path: stdin.text}
    return {
        "paths": paths,
        "overrides": overrides,
        "config_file": arguments.config,
        "isolated": arguments.isolated,
        "cli_overrides": arguments.settings,
        "force_exclude": arguments.force_exclude,
    }


def _stdin(arguments: Arguments) -> Source | None:
    """Read standard input, where it is the path, as Python reads a file."""
    if "-" not in arguments.paths:
        if arguments.stdin_filename is not None:
            raise UsageError("--stdin-filename needs the path `-`")
        return None
    if len(arguments.paths) > 1:
        raise UsageError("`-` (standard input) must be the only path")
    from jaxlint.source import SourceError, as_source

    try:
        file = Path(os.path.abspath(arguments.stdin_filename or "-"))
        return as_source(file, sys.stdin.buffer.read())
    except SourceError as error:
        raise JaxlintError(f"standard input is not text: {error}") from error


def _show(arguments: Arguments, inputs: Mapping[str, Any]) -> int:
    from jaxlint.files import discover

    view = _view(arguments)
    for project in discover(**inputs):
        if arguments.show_settings:
            write(f"{_heading(project, view)}{as_toml(project.config.settings())}\n")
        if arguments.show_files:
            write("".join(f"{view.path(file)}\n" for file in sorted(project.report)))
    return CLEAN


def _heading(project: Project, view: View) -> str:
    source = project.config.source
    configured = view.path(source) if source else "the defaults"
    return f"# project {project.root}\n# configured by {configured}\n"


def _repaired(result: Result, arguments: Arguments) -> Repaired:
    """Fix what was found, in memory, and say which files were left as they are."""
    from jaxlint.repair import repair

    writes = not (arguments.diff or "-" in arguments.paths)
    repaired = repair(result, jobs=arguments.jobs or _cores(), writes=writes, everywhere=arguments.diff)
    view = _view(arguments)
    for path, reason in repaired.left.items():
        complain(f"{view.path(path)}: not fixed: {reason}", kind="warning")
    return repaired


def _diff(repaired: Repaired, arguments: Arguments) -> int:
    """Print what the fixes would change."""
    write(repaired.diff(_view(arguments).path))
    if repaired.texts and not arguments.quiet:
        write(f"{_fixed(repaired, done=False)}\n", beside=True)
    for error in repaired.result.errors:
        complain(error.split("\n", 1)[0])
    if repaired.result.errors:
        return FAILED
    return FOUND if repaired.texts and not arguments.exit_zero else CLEAN


def _write_fixes(repaired: Repaired, arguments: Arguments, stdin: Source | None) -> Result:
    """Put the fixed texts where they belong; what goes wrong is added to the errors of the result."""
    if stdin is not None:
        write_bytes(repaired.texts.get(stdin.path, stdin.text).encode(stdin.encoding))
        return repaired.result
    view = _view(arguments)
    problems = [f"{view.path(path)}: not fixed: {reason}" for path, reason in repaired.write().items()]
    return replace(repaired.result, errors=(*repaired.result.errors, *problems))


def _fixed(repaired: Repaired, *, done: bool = True) -> str:
    _, unsafe = _fixable(repaired.result)
    return statistics.fixed(repaired.fixed, len(repaired.texts), unsafe, done=done)


def _fixable(result: Result) -> tuple[int, int]:
    """Count the findings that the settings let us fix, and those that need leave to change the program."""
    allowed = [_allows(result, found) for found in result.diagnostics if found.fix is not None]
    return sum(allowed), len(allowed) - sum(allowed)


def _allows(result: Result, found: Diagnostic) -> bool:
    """Whether a finding has a fix that the settings of its project allow."""
    if found.fix is None or found.fix.safe:
        return found.fix is not None
    path = found.span.path
    return any(project.config.unsafe_fixes for project in result.projects if path in project.report)


def _report(result: Result, arguments: Arguments, repaired: Repaired | None = None) -> None:
    """Print the findings, or their statistics, and the closing line."""
    found = result.diagnostics
    view = _view(arguments, result)
    beside = repaired is not None and "-" in arguments.paths
    if arguments.statistics and arguments.output_format == "json":
        text = statistics.as_json(found)
    elif arguments.statistics:
        text = statistics.as_table(found, color=view.color)
    else:
        text = render(arguments.output_format, found, view)
    write(text, beside=beside)
    if not arguments.quiet and arguments.output_format in _FOR_PEOPLE:
        _close(result, repaired, beside=beside)


def _close(result: Result, repaired: Repaired | None, *, beside: bool) -> None:
    files = sum(len(project.report) for project in result.projects)
    if not files:
        complain("no Python files found", kind="warning")
    elif result.diagnostics or not result.errors:
        write(statistics.summary(result.diagnostics, files) + "\n", beside=beside)
    if repaired is not None and repaired.texts:
        write(_fixed(repaired) + "\n", beside=beside)
    elif any(counts := _fixable(result)):
        write(statistics.fixable(*counts) + "\n", beside=beside)


def _view(arguments: Arguments, result: Result | None = None) -> View:
    # GitHub wants paths from the root of the repository, wherever the command runs.
    workspace = os.environ.get("GITHUB_WORKSPACE") if arguments.output_format == "github" else None
    view = partial(
        View,
        base=Path(workspace) if workspace else Path.cwd(),
        color=arguments.output_format in _FOR_PEOPLE and wants_color(arguments.color, sys.stdout),
        width=width(sys.stdout),
    )
    if result is None:
        return view()
    # Findings come file by file, so the last text is asked for again and again.
    return view(
        texts=lru_cache(maxsize=4)(result.text),
        noqa_row=result.noqa_row,
        is_fixable=partial(_allows, result),
    )


def _debug(result: Result, seconds: float, cpu: float) -> None:
    """Tell on standard error how much the analysis knew, and what it cost."""
    facts = result.statistics
    share = f"{facts.unknown / facts.expressions:.1%}" if facts.expressions else "none"
    lines = [
        f"projects: {len(result.projects)}, files: {facts.files}",
        f"traced functions: {facts.traced_functions}",
        f"expressions in traced code: {facts.expressions}, unknown: {facts.unknown} ({share})",
        f"truncated analyses: {facts.truncated}",
        f"time: {seconds:.2f} s, of the processor {cpu:.2f} s",
    ]
    for line in lines:
        complain(line, kind="debug")


@contextmanager
def _progress(arguments: Arguments) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on long runs, where somebody is looking."""
    if arguments.quiet or not sys.stderr.isatty():
        yield None
        return
    from jaxlint.output.progress import LateBar

    with LateBar() as bar:
        yield bar


def _cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
