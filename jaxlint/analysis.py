"""From a project to diagnostics: reads its files, interprets them, applies the rules."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jaxlint.calls import CallLog
from jaxlint.catalogue import catalogue
from jaxlint.checks import (  # noqa: F401 - importing them registers their rules
    arrays,
    compilation,
    control_flow,
    flags,
    inputs,
    numerics,
    purity,
    randomness,
    shapes,
    signatures,
    versions,
)
from jaxlint.checks.base import Finding, findings
from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic, Level, Note, Position, Span
from jaxlint.errors import ConfigError, nearest
from jaxlint.events import Event
from jaxlint.files import Project
from jaxlint.interpreter.driver import analyse_module
from jaxlint.interpreter.machine import Machine, Settings
from jaxlint.knowledge.transforms import transform, transform_names
from jaxlint.knowledge.versions import Bound, parse_version
from jaxlint.locate import Locator
from jaxlint.project.callers import with_callers
from jaxlint.project.modules import Module, ModuleIndex
from jaxlint.project.precision import Switches, find_switches
from jaxlint.relevance import names_jax
from jaxlint.requirements import required
from jaxlint.source import Source, SourceError, read_source
from jaxlint.syntax.nodes import Code, Node
from jaxlint.syntax.parsing import NotPython, is_valid, parse, parse_with_libcst
from jaxlint.traced import FunctionCall
from jaxlint.values import Origin, Place

if TYPE_CHECKING:
    from libcst import Module as Tree

STACK_BYTES = 512 * 1024 * 1024
"""Stack of the thread that reads and interprets: programs may be nested deeply."""

RECURSION_LIMIT = 60_000
"""Python frames allowed on that stack."""

STACK_SLOTS = 2 * 1024 * 1024
"""Values for which the first frame on that stack asks for room.

CPython keeps Python's frames in pieces of 16 KiB, or of what one frame asks for, and gives a piece back when
the last frame in it ends. A loop whose calls cross an end asks the system for memory in each round, which
took up to a fifth of the time; behind so large a frame there is room in one piece for all that follow.
"""

MAX_NOTES = 8
"""Links of a chain that are shown."""

Progress = Callable[[int, int], None]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sizes of an analysis: ``expressions`` and ``unknown`` count those in traced code."""

    expressions: int = 0
    unknown: int = 0
    traced_functions: int = 0
    files: int = 0
    truncated: int = 0

    def __add__(self, other: Statistics) -> Statistics:
        return Statistics(
            self.expressions + other.expressions,
            self.unknown + other.unknown,
            self.traced_functions + other.traced_functions,
            self.files + other.files,
            self.truncated + other.truncated,
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in a project, before selection and suppression."""

    diagnostics: tuple[Diagnostic, ...] = ()
    statistics: Statistics = field(default_factory=Statistics)
    failures: tuple[str, ...] = ()
    calls: tuple[FunctionCall, ...] = ()


def analyse(
    project: Project,
    config: Config,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    wants_calls: bool = False,
) -> Analysis:
    """Analyse every file of a project; with ``wants_calls``, say how the functions in it are called.

    ``failures`` of the result are errors of jaxlint itself, one text each: a file that provokes one is
    left out, and the others go on.

    Raises:
        ConfigError: the configuration names a transformation that does not exist.
    """
    _check_wrappers(config)
    is_part = not (wants_calls or project.report.issuperset(project.files))
    files = concerned(project) if is_part else sorted(project.files)
    if jobs > 1 and len(files) > jobs:
        parts = _analyse_in_processes(project, config, files, jobs, progress, wants_calls=wants_calls)
    else:
        parts = [
            _with_deep_stack(
                lambda: _analyse_files(project, config, files, progress, wants_calls=wants_calls)
            )
        ]
    return _merge(parts, len(files))


def concerned(project: Project) -> list[Path]:
    """The files that are asked for and those from which their functions may be called.

    What is found in a file comes of interpreting it or a module that calls into it, so no other need be.
    """

    @cache
    def text_of(module: Module) -> str | None:
        try:
            return read_source(module.path, project.overrides.get(module.path)).text
        except SourceError:
            return None

    index = ModuleIndex(_module_names(project), lambda _: None)
    wanted = [module for module in index.modules() if module.path in project.report]
    return [module.path for module in with_callers(index, wanted, text_of)]


def _check_wrappers(config: Config) -> None:
    """Raise ConfigError where a wrapper is said to be a transformation that does not exist."""
    for wrapper, target in config.transforms.items():
        if transform(target) is None:
            hint = nearest(target, transform_names())
            raise ConfigError(f"transforms: `{wrapper}`: no transformation is named `{target}`{hint}")


def _merge(parts: Iterable[Analysis], files: int) -> Analysis:
    diagnostics: dict[Any, Diagnostic] = {}
    statistics = Statistics()
    failures: list[str] = []
    calls: dict[FunctionCall, None] = {}
    for part in parts:
        calls.update(dict.fromkeys(part.calls))
        statistics += part.statistics
        failures += part.failures
        for diagnostic in part.diagnostics:
            diagnostics.setdefault((diagnostic.code, diagnostic.span), diagnostic)
    ordered = sorted(diagnostics.values(), key=lambda diagnostic: diagnostic.sort_key)
    statistics += Statistics(files=files)
    return Analysis(tuple(ordered), statistics, tuple(failures), tuple(calls))


def _analyse_in_processes(
    project: Project,
    config: Config,
    files: list[Path],
    jobs: int,
    progress: Progress | None,
    *,
    wants_calls: bool,
) -> list[Analysis]:
    """Split the files among processes; each reads what its own files need.

    The parts are put together in the order of the files, so that the result does not depend on the
    number of processes.
    """
    size = -(-len(files) // (jobs * 2))
    chunks = [files[start : start + size] for start in range(0, len(files), size)]
    with get_context("spawn").Pool(jobs) as pool:
        results = []
        arguments = [(project, config, chunk, wants_calls) for chunk in chunks]
        for done, part in enumerate(pool.imap(_analyse_chunk, arguments), start=1):
            results.append(part)
            if progress is not None:
                progress(min(done * size, len(files)), len(files))
        return results


def _analyse_chunk(arguments: tuple[Project, Config, list[Path], bool]) -> Analysis:
    project, config, files, wants_calls = arguments
    return _with_deep_stack(lambda: _analyse_files(project, config, files, None, wants_calls=wants_calls))


def _with_deep_stack(work: Callable[[], _T]) -> _T:
    """Run ``work`` on a thread whose stack holds deeply nested programs."""
    results: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - handed on to the caller's thread
            errors.append(error)

    run.__code__ = run.__code__.replace(co_stacksize=STACK_SLOTS)
    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def _without_garbage_collector() -> Iterator[None]:
    """Trees have no cycles worth collecting, and looking for some doubles the time of parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _analyse_files(
    project: Project, config: Config, files: list[Path], progress: Progress | None, *, wants_calls: bool
) -> Analysis:
    with _without_garbage_collector():
        return _Run(project, config, wants_calls=wants_calls).run(files, progress)


class _Run:
    """One analysis in one process."""

    def __init__(self, project: Project, config: Config, *, wants_calls: bool) -> None:
        self.project = project
        self.codes: dict[Path, Code] = {}
        self.locators: dict[Path, Locator] = {}
        self.broken: dict[Path, Diagnostic] = {}
        self.failures: list[str] = []
        self.enabled = frozenset(config.enabled())
        # Tracing makes use of what is found in other files, too.
        self.shown = frozenset(project.files) if wants_calls else project.report
        self.found: list[Finding] = []
        names = _module_names(project)
        self.index = ModuleIndex(names, self._load)
        settings = Settings(
            dict(config.transforms),
            frozenset(config.traced),
            targets_of(project, config),
            config.unroll_limit,
            switches=_switches(project),
        )
        # A file is looked at before it is parsed, and read once for both.
        self.source = lru_cache(maxsize=1)(self._read)
        self.calls = CallLog() if wants_calls else None
        self.machine = Machine(self.index, settings, self._on_event, self.calls)

    def run(self, files: list[Path], progress: Progress | None) -> Analysis:
        """Analyse the modules of ``files``."""
        wanted = set(files)
        modules = [module for module in self.index.modules() if module.path in wanted]
        for count, module in enumerate(modules, start=1):
            self._analyse(module)
            if progress is not None:
                progress(count, len(modules))
        diagnostics = [diagnostic for path, diagnostic in self.broken.items() if path in wanted]
        diagnostics += self._diagnostics()
        return Analysis(
            tuple(diagnostics), self._statistics(), tuple(self.failures), tuple(self._function_calls())
        )

    def _analyse(self, module: Module) -> None:
        try:
            if self._is_relevant(module) and self.index.get(module.name) and module.code is not None:
                analyse_module(self.machine, module)
        except RecursionError:
            self.machine.truncated += 1  # what was found until here stands
            self.machine.stack.clear()
        except Exception as error:  # noqa: BLE001 - an error of ours in one file must not lose the others
            self.failures.append(f"{module.path}: internal error: {error!r}\n{traceback.format_exc()}")
            self.machine.stack.clear()

    def _read(self, path: Path) -> Source:
        return read_source(path, self.project.overrides.get(path))

    def _load(self, path: Path) -> Code | None:
        """Read, parse and lower a file; what cannot be parsed becomes a JAX001 diagnostic."""
        try:
            source = self.source(path)
        except SourceError as error:
            self.broken[path] = _syntax_error(path, error.message, error.row, error.column)
            return None
        try:
            code = self.codes[path] = parse(source.text)
        except (RecursionError, NotPython) as error:
            self.broken[path] = _unreadable(path, error)
            return None
        return code

    def _is_relevant(self, module: Module) -> bool:
        """Whether a file can hold findings of its own; of others only the syntax is checked, cheaply."""
        if module.is_loaded:
            return True
        try:
            text = self.source(module.path).text
        except SourceError:
            return True
        return names_jax(text) or not is_valid(text)

    def _on_event(self, event: Event) -> None:
        self.found.extend(findings(event))

    def _distinct(self) -> Iterator[Finding]:
        """The first finding of each rule at each node, where it may be shown: places cost time."""
        seen: set[tuple[str, Node]] = set()
        for finding in self.found:
            key = (finding.code, finding.node)
            is_wanted = finding.code in self.enabled and finding.event.frame.module.path in self.shown
            if is_wanted and key not in seen:
                seen.add(key)
                yield finding

    def _function_calls(self) -> Iterator[FunctionCall]:
        """How functions of the project are called, with the rows of their definitions."""
        for call in self.calls.found if self.calls is not None else ():
            path = call.module.path
            with suppress(RecursionError, NotPython):
                row = self._locator(path).span(call.code).start.row
                yield FunctionCall(
                    path,
                    call.code.name,
                    row,
                    call.applications,
                    call.arguments,
                    call.receiver,
                    call.is_exact,
                )

    def _locator(self, path: Path) -> Locator:
        locator = self.locators.get(path)
        if locator is None:
            locator = self.locators[path] = Locator(path, cast("Tree", self.codes[path].cst))
        return locator

    def _diagnostics(self) -> Iterator[Diagnostic]:
        """Every finding with its place; of a file whose places cannot be computed, why not."""
        for finding in self._distinct():
            path = finding.event.frame.module.path
            try:
                yield self._diagnostic(finding)
            except (RecursionError, NotPython) as error:
                if path not in self.broken:
                    self.broken[path] = _unreadable(path, error)
                    yield self.broken[path]

    def _diagnostic(self, finding: Finding) -> Diagnostic:
        locator = self._locator(finding.event.frame.module.path)
        names: dict[str, Any] = {
            name: value
            if isinstance(value, str)
            else locator.text(*(value if isinstance(value, tuple) else (value,)))
            for name, value in finding.names.items()
        }
        remarks = (Note(remark.text, self._span(remark.place)) for remark in finding.remarks)
        notes = (*remarks, *self._notes(finding.origin))
        span = locator.span(finding.node)
        rewrite = finding.fix() if finding.fix is not None else None
        fix = None if rewrite is None else locator.fix(rewrite)
        page = catalogue()[finding.code]
        level = finding.level
        links = finding.origin.chain() if finding.origin is not None else ()
        if level is None and page.level is Level.ERROR and any(link.is_likely for link in links):
            level = Level.WARNING  # it is one if the code is traced, of which nothing here speaks
        return page.diagnostic(span, notes=notes, fix=fix, level=level, **names)

    def _notes(self, origin: Origin | None) -> Iterator[Note]:
        """Why the value is traced, link by link."""
        links = list(origin.chain())[:MAX_NOTES] if origin is not None else []
        for index, link in enumerate(links):
            is_start = index == 0 and "parameter" in link.text
            yield Note(f"traced because of {link.text}" if is_start else link.text, self._span(link.place))

    def _span(self, place: Place | None) -> Span | None:
        return None if place is None else self._locator(place.module.path).span(place.node)

    def _statistics(self) -> Statistics:
        known = self.machine.known
        unknown = sum(not value for value in known.values())
        return Statistics(len(known), unknown, len(self.machine.traced), 0, self.machine.truncated)


def parses(text: str) -> bool:
    """Whether ``text`` is Python that can be analysed."""

    def try_it() -> bool:
        try:
            parse_with_libcst(text)
        except (RecursionError, NotPython):
            return False
        return True

    return _with_deep_stack(try_it)


def targets_of(project: Project, config: Config) -> dict[str, Bound]:
    """How new each library may be: as the configuration says, else as the project's own files say."""
    targets = {} if project.is_alone else required(project.root)
    if config.target_jax is not None:
        targets["jax"] = Bound(parse_version(config.target_jax))
    return targets


def _switches(project: Project) -> Callable[[], Switches]:
    """Where the project switches x64 on; its files are looked through when that is asked for."""
    root = None if project.is_alone else project.root
    return cache(lambda: find_switches(root, project.files, project.overrides))


def _module_names(project: Project) -> dict[str, Path]:
    """Every name under which a file of the project can be imported; the likeliest file wins a name."""
    names: dict[str, Path] = {}
    files = sorted(project.files)
    for path in files:
        names.setdefault(project.module_name(path), path)
    for path in files:
        for name in project.import_names(path):
            names.setdefault(name, path)
    return names


def _syntax_error(path: Path, reason: str, row: int, column: int) -> Diagnostic:
    place = Position(max(row, 1), max(column, 1))
    return catalogue()["JAX001"].diagnostic(Span(path, place, place), reason=reason)


def _unreadable(path: Path, error: RecursionError | NotPython) -> Diagnostic:
    if isinstance(error, NotPython):
        return _syntax_error(path, error.reason, error.row, error.column)
    return _syntax_error(path, "it is nested too deeply", 1, 1)
