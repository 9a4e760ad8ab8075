"""What is to be traced in each module: functions that are transformed, and those with findings in them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jaxlint.diagnostics import Diagnostic
from jaxlint.errors import JaxlintError, nearest
from jaxlint.files import Project
from jaxlint.source import SourceError, read_source
from jaxlint.traced import FunctionCall
from jaxlint.tracing.announced import announced, with_stated_arguments
from jaxlint.tracing.arguments import Sources, attempts, steps_of
from jaxlint.tracing.functions import FunctionInfo, classes, functions, imports
from jaxlint.tracing.makers import makers
from jaxlint.tracing.protocol import Options, Request, Step, Target

MAX_STEPS = 4
"""Transformations stacked on one function that are applied again."""

MAX_CALLERS = 3
"""Functions of the same file that call one without arguments, and are run for what they give it."""

MAX_SCRIPTS = 3
"""Other files' main blocks that are looked at for calls."""


@dataclass(slots=True)
class _Wanted:
    """Why a function is a target."""

    calls: list[FunctionCall] = field(default_factory=list)
    has_findings: bool = False

    @property
    def is_entry(self) -> bool:
        """Whether a transformation is applied to it."""
        return any(call.applications and not call.is_likely for call in self.calls)


def requests(
    project: Project,
    diagnostics: Sequence[Diagnostic],
    calls: Sequence[FunctionCall],
    names: Mapping[Path, frozenset[str]],
    options: Options,
    recorded: Mapping[str, Any],
) -> list[Request]:
    """One request for each file that was asked for and has something to trace.

    ``names`` limits a file to the functions that the command line names after ``::``.
    """
    by_path: dict[Path, list[Diagnostic]] = defaultdict(list)
    diagnostics = [one for one in diagnostics if announced(one.code) or with_stated_arguments(one.code)]
    for diagnostic in diagnostics:
        by_path[diagnostic.span.path].append(diagnostic)
    calls_by_path: dict[Path, list[FunctionCall]] = defaultdict(list)
    for call in calls:
        calls_by_path[call.path].append(call)
    rows = {str(path): _rows(found) for path, found in by_path.items()}
    scripts = list(_scripts(project))
    users = _Users(project) if scripts else None
    made = makers(project)
    found = []
    for path in sorted(project.report):
        targets, todo = _targets(
            project,
            path,
            by_path[path],
            calls_by_path[path],
            diagnostics,
            names.get(path, frozenset()),
            recorded,
        )
        if todo:
            using = {} if users is None else users.of(path, scripts)
            found.append(_request(project, path, targets, todo, rows, options, using, made))
    return found


def _request(
    project: Project,
    path: Path,
    targets: Sequence[Target],
    todo: Sequence[int],
    rows: Mapping[str, Mapping[int, tuple[str, ...]]],
    options: Options,
    scripts: Mapping[Path, tuple[str, ...]],
    made: Mapping[str, tuple[str, ...]],
) -> Request:
    module = project.module_name(path)
    depth = module.count(".") + (2 if path.name == "__init__.py" else 1)
    base = path.parents[depth - 1] if module != path.stem else path.parent
    roots = [base, *(project.root / name for name in project.config.src), path.parent]
    return Request(
        module=module,
        path=str(path),
        roots=tuple(dict.fromkeys(str(root) for root in roots)),
        files=tuple(map(str, project.files)),
        rows=rows,
        targets=tuple(targets),
        todo=tuple(todo),
        options=options,
        scripts=tuple((project.module_name(one), str(one), between) for one, between in scripts.items()),
        makers=made,
    )


def _scripts(project: Project) -> Iterator[Path]:
    """The files with a main block."""
    for path in sorted(project.files):
        try:
            text = read_source(path, project.overrides.get(path)).text
        except SourceError:
            continue
        if "__main__" in text:
            yield path


class _Users:
    """Which files use which, directly or through others."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._users: dict[Path, set[Path]] = defaultdict(set)
        paths = {name: path for path in project.files for name in project.import_names(path)}
        for user in sorted(project.files):
            try:
                text = read_source(user, project.overrides.get(user)).text
            except SourceError:
                continue
            for name in imports(text).values():
                used = _named(name.lstrip("."), paths)
                if used is not None and used != user:
                    self._users[used].add(user)

    def of(self, path: Path, scripts: Iterable[Path]) -> dict[Path, tuple[str, ...]]:
        """The scripts that use a file, each with the modules between that it imports itself."""
        direct = self._users.get(path, set())
        every, queue = set(direct), list(direct)
        while queue:
            new = self._users.get(queue.pop(), set()) - every
            every |= new
            queue += new
        found = sorted(
            (one for one in scripts if one in every and one != path), key=lambda one: one not in direct
        )
        return {
            script: tuple(
                self._project.module_name(one) for one in sorted(every) if script in self._users.get(one, ())
            )
            for script in found[:MAX_SCRIPTS]
        }


def _named(name: str, paths: Mapping[str, Path]) -> Path | None:
    """The file of an imported module, or of the one that an imported name stands in."""
    while name and name not in paths:
        name = name.rpartition(".")[0]
    return paths.get(name)


def _rows(diagnostics: Iterable[Diagnostic]) -> dict[int, tuple[str, ...]]:
    """Every row of a finding, with the exceptions that the rules' pages announce."""
    rows: dict[int, set[str]] = defaultdict(set)
    for diagnostic in diagnostics:
        raises = announced(diagnostic.code)
        for row in range(diagnostic.span.start.row, diagnostic.span.end.row + 1):
            rows[row] |= raises
    return {row: tuple(sorted(raises)) for row, raises in rows.items()}


def _targets(
    project: Project,
    path: Path,
    diagnostics: Sequence[Diagnostic],
    calls: Sequence[FunctionCall],
    every: Sequence[Diagnostic],
    names: frozenset[str],
    recorded: Mapping[str, Any],
) -> tuple[list[Target], list[int]]:
    """The functions of a file as targets, and which of them are to be traced by themselves."""
    try:
        text = read_source(path, project.overrides.get(path)).text
    except SourceError:
        return [], []
    infos = functions(text)
    places = [note.span for one in every for note in one.notes if note.span and note.span.path == path]
    wanted = _wanted(infos, diagnostics, calls, {place.start.row for place in places})
    chosen = [info for info in infos if (why := wanted.get(info)) and (why.is_entry or why.has_findings)]
    if names:
        chosen = _named_functions(infos, names, path)
    # Those that are needed to get at others stand behind the chosen ones.
    order = list(dict.fromkeys([*chosen, *(info.outermost for info in chosen)]))
    callers = {info: _callers(info, infos) for info in order if info.outer is None}
    order = list(dict.fromkeys([*order, *(one for found in callers.values() for one in found)]))
    plain = {one.name: one.node for one in infos if isinstance(one.node, ast.FunctionDef)}
    sources = Sources(
        project.config, project.import_names(path), recorded, classes(text), plain, imports(text)
    )
    numbers = {info: number for number, info in enumerate(order)}
    targets = [
        replace(
            _target(info, wanted.get(info, _Wanted()), sources, numbers[info.outermost]),
            callers=tuple(numbers[one] for one in callers.get(info.outermost, ())),
        )
        for info in order
    ]
    todo = list(range(len(chosen)))
    rows = {place.start.row for place in (*places, *(one.span for one in diagnostics))}
    outside = tuple(sorted(row for row in rows if _is_outside(infos, row)))
    if outside and not names:
        todo.append(len(targets))
        targets.append(Target("__main__", 0, 0, 0, None, main=outside))
    return targets, todo


def _named_functions(infos: Iterable[FunctionInfo], names: frozenset[str], path: Path) -> list[FunctionInfo]:
    """The functions that the command line names, with or without what Python puts between nested ones."""
    found = [info for info in infos if is_named(info.name, names)]
    missing = sorted(names - {info.name for info in found} - {plain_name(info.name) for info in found})
    if missing:
        known = sorted({plain_name(info.name) for info in infos if "<lambda>" not in info.name})
        raise JaxlintError(f"{path.name} has no function `{missing[0]}`{nearest(missing[0], known)}")
    return found


def _callers(info: FunctionInfo, infos: Iterable[FunctionInfo]) -> list[FunctionInfo]:
    """Functions at the top level, or methods, that call a function by its name, the shortest first."""
    last = info.name.rpartition(".")[2]
    found = [
        one
        for one in infos
        if one.outer is None and one is not info and isinstance(one.node, ast.FunctionDef)
        if any(_is_call_of(node, last, info.owner is not None) for node in ast.walk(one.node))
    ]
    return sorted(found, key=lambda one: one.last - one.first)[:MAX_CALLERS]


def _is_call_of(node: ast.AST, name: str, is_method: bool) -> bool:
    """Whether a node uses a function's name: calls it, or hands it to something that does."""
    if is_method:
        return isinstance(node, ast.Attribute) and node.attr == name
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _wanted(
    infos: Sequence[FunctionInfo],
    diagnostics: Iterable[Diagnostic],
    calls: Iterable[FunctionCall],
    rows: Iterable[int],
) -> dict[FunctionInfo, _Wanted]:
    """What is known of each function: calls, and whether it holds findings or stands at one of the ``rows``.

    These are what the notes of findings speak of: where the transformation is that traces the code.
    """
    wanted: dict[FunctionInfo, _Wanted] = defaultdict(_Wanted)
    for call in calls:
        info = _defined_at(infos, call.name, call.row)
        if info is not None:
            wanted[info].calls.append(call)
    for diagnostic in diagnostics:
        info = _around(infos, diagnostic.span.start.row)
        if info is not None:
            wanted[info].has_findings = True
    for row in rows:
        info = _around(infos, row)
        if info is not None:
            wanted[info.outermost].has_findings = True
    return wanted


def _defined_at(infos: Iterable[FunctionInfo], name: str, row: int) -> FunctionInfo | None:
    matching = [info for info in infos if info.first <= row <= info.row]
    own = [info for info in matching if info.name.rpartition(".")[2] == name]
    return own[0] if own else None


def _around(infos: Iterable[FunctionInfo], row: int) -> FunctionInfo | None:
    """The innermost function that a row is in."""
    return max(
        (info for info in infos if info.first <= row <= info.last), key=lambda info: info.first, default=None
    )


def _is_outside(infos: Iterable[FunctionInfo], row: int) -> bool:
    """Whether a row stands in no function but a lambda of the module's own statements."""
    around = _around(infos, row)
    return around is None or isinstance(around.outermost.node, ast.Lambda)


def _target(info: FunctionInfo, wanted: _Wanted, sources: Sources, outer: int) -> Target:
    return Target(
        name=info.name,
        first=info.first,
        row=info.row,
        last=info.last,
        outer=None if info.outer is None else outer,
        owner=info.owner,
        receiver=next((call.receiver for call in wanted.calls if call.receiver), None),
        steps=_steps(wanted.calls),
        attempts=attempts(info, wanted.calls, sources),
        is_entry=wanted.is_entry,
        has_findings=wanted.has_findings,
    )


def _steps(calls: Iterable[FunctionCall]) -> tuple[Step, ...]:
    """How the program transforms the function, where all options are known."""
    for call in sorted(calls, key=lambda call: call.is_likely):
        if 0 < len(call.applications) <= MAX_STEPS:
            return steps_of(call)
    return ()


def describe(target: Target) -> str:
    """A target's name as the user writes it."""
    return plain_name(target.name)


def is_named(name: str, names: frozenset[str]) -> bool:
    """Whether a function is one of those named, with or without what Python puts between nested ones."""
    return not names.isdisjoint({name, plain_name(name)})


def plain_name(name: str) -> str:
    """The name of a function without what Python puts between nested ones."""
    return name.replace(".<locals>", "")
