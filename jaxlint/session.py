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
from jaxlint.output.terminal import complain, wants_color, width, write

if TYPE_CHECKING:
    from jaxlint.engine import Result
    from jaxlint.files import Project
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
        return settings


def _codes(values: Sequence[str]) -> list[str]:
    return [code.strip() for value in values for code in value.split(",") if code.strip()]


def check(arguments: Arguments) -> int:
    """Lint what the arguments say, print what was found, and give the exit code."""
    inputs = _inputs(arguments)
    if arguments.show_settings or arguments.show_files:
        return _show(arguments, inputs)
    started = time.perf_counter(), time.process_time()
    from jaxlint import engine

    tracing = _tracing(arguments, inputs) if arguments.trace else None
    with _progress(arguments) as progress:
        opinion = None if tracing is None else tracing.opinion
        result = engine.run(**inputs, jobs=arguments.jobs or _cores(), progress=progress, opinion=opinion)
    if tracing is not None:
        result = replace(result, diagnostics=tracing.chosen(result.diagnostics))
    ended = time.perf_counter(), time.process_time()
    _report(result, arguments)
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


def _inputs(arguments: Arguments) -> dict[str, Any]:
    """Give the arguments that discovery and the engine have in common."""
    paths: Sequence[str | Path] = arguments.paths or (".",)
    overrides: Mapping[Path, str] | None = None
    if "-" in paths:
        if len(paths) > 1:
            raise UsageError("`-` (standard input) must be the only path")
        file = Path(os.path.abspath(arguments.stdin_filename or "-"))
        paths, overrides = [file], {file: _stdin()}
    elif arguments.stdin_filename is not None:
        raise UsageError("--stdin-filename needs the path `-`")
    return {
        "paths": paths,
        "overrides": overrides,
        "config_file": arguments.config,
        "isolated": arguments.isolated,
        "cli_overrides": arguments.settings,
        "force_exclude": arguments.force_exclude,
    }


def _stdin() -> str:
    """Read standard input as Python reads a file: with its encoding comment, and line ends as they are."""
    import io
    import tokenize

    data = sys.stdin.buffer.read()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
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


def _report(result: Result, arguments: Arguments) -> None:
    """Print the findings, or their statistics, and the closing line."""
    found = result.diagnostics
    view = _view(arguments, result)
    if arguments.statistics and arguments.output_format == "json":
        write(statistics.as_json(found))
    elif arguments.statistics:
        write(statistics.as_table(found, color=view.color))
    else:
        write(render(arguments.output_format, found, view))
    if not arguments.quiet and arguments.output_format in _FOR_PEOPLE:
        _close(result)


def _close(result: Result) -> None:
    files = sum(len(project.report) for project in result.projects)
    if not files:
        complain("no Python files found", kind="warning")
    elif result.diagnostics or not result.errors:
        write(statistics.summary(result.diagnostics, files) + "\n")


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
    return view(texts=lru_cache(maxsize=4)(result.text), noqa_row=result.noqa_row)


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
