"""Fixture programs: found, and run with the real JAX, statement by statement.

A fixture is a Python file of ``fixtures/<family>/`` or a folder of ``fixtures/projects/``. Its
markers (see ``support.blocks``) say what is reported and what raises on each line. What runs is

* each module, under the name ``fixture`` or, in a project, under its own dotted name;
* the statements under ``if __name__ == "__main__":``, which the analyzer sees;
* the statements behind ``#: ``, which it does not see. Such lines that follow each other are one
  text, so that a statement can go over several of them.

``# not JAX101`` at the end of a line says that the line looks as if it broke that rule, and does not; the
rule is asked for where it is off otherwise.

An exception ends its statement only. ``reveal(x)  # value: traced f32[3]`` states what the analyzer
knows of ``x``; here ``reveal`` returns its argument, after comparing it with the statement.
"""

from __future__ import annotations
import __future__ as future

import ast
import builtins
import contextlib
import importlib
import importlib.abc
import io
import os
import re
import sys
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.machinery import ModuleSpec
from pathlib import Path

from support.blocks import NOTHING, Marker, strip_markers
from support.displays import disagreement

FOLDER = Path(__file__).resolve().parents[2] / "fixtures"

_ASSERTION = re.compile(r"#\s*value:\s*(?P<display>.+?)\s*$")
_CLEARED = re.compile(r"# not (?P<codes>JAX\d{3}(?: JAX\d{3})*)\s*$", re.MULTILINE)
_HIDDEN = re.compile(r"^\s*#: ?(?P<code>.*)$")
_REACHED = "__fixture_reached__"


@dataclass(frozen=True)
class Program:
    """One file of a fixture: what it says and what it promises."""

    path: Path
    marked: str

    @cached_property
    def text(self) -> str:
        """The program without its markers; rows and columns are the same."""
        return strip_markers(self.marked)[0]

    @cached_property
    def markers(self) -> Mapping[int, Marker]:
        """The markers by row."""
        return strip_markers(self.marked)[1]

    @cached_property
    def cleared(self) -> tuple[str, ...]:
        """The codes after ``# not``: one for each line that a naive linter would report."""
        return tuple(code for match in _CLEARED.finditer(self.marked) for code in match["codes"].split())

    @cached_property
    def assertions(self) -> Mapping[int, str]:
        """The displays after ``# value:``, by the row where the call of ``reveal`` starts."""
        lines = self.text.splitlines()
        found: dict[int, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _is_name(node.func, "reveal"):
                match = _ASSERTION.search(lines[(node.end_lineno or node.lineno) - 1])
                if match is None:
                    raise ValueError(f"{self.path}:{node.lineno}: reveal() states no value")
                found[node.lineno] = match["display"]
        return found

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the program."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def statements(self) -> tuple[types.CodeType, ...]:
        """What runs after the module: its main block, then the hidden statements."""
        visible = [part for node in self.tree.body for part in _main_block(node)]
        compiled = [self._compile([part], str(self.path)) for part in visible]
        for row, text in hidden(self.text):
            name = f"{self.path}: #: at line {row}"
            compiled += [self._compile([part], name) for part in ast.parse(text, name).body]
        return tuple(compiled)

    def module_code(self) -> types.CodeType:
        """The compiled module."""
        return self._compile(self.tree.body, str(self.path))

    def _compile(self, body: Sequence[ast.stmt], filename: str) -> types.CodeType:
        lazy = re.search(r"^from __future__ import annotations", self.text, re.MULTILINE)
        flags = future.annotations.compiler_flag if lazy else 0
        module = ast.Module(_with_probes(body, str(self.path), self.markers), [])
        code: types.CodeType = compile(module, filename, "exec", flags=flags, dont_inherit=True)
        return code


@dataclass(frozen=True)
class Case:
    """One fixture: a file, or the files of a project."""

    name: str
    root: Path
    programs: tuple[Program, ...]

    @property
    def is_project(self) -> bool:
        """Whether the case is a folder."""
        return self.root.is_dir()

    def write(self, folder: Path) -> Path:
        """Put the files, without their markers, into ``folder``; return what is to be checked."""
        if self.is_project:
            _copy_other_files(self.root, folder)
        else:
            # A lone file is a project of its own, whatever lies beside the folder.
            (folder / "jaxlint.toml").touch()
        base = self.root if self.is_project else self.root.parent
        for program in self.programs:
            target = folder / program.path.relative_to(base)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(program.text, encoding="utf-8")
        return folder if self.is_project else folder / self.root.name

    def expected(self) -> set[tuple[str, int, str]]:
        """What is to be reported: file relative to the fixture, row, code."""
        base = self.root if self.is_project else self.root.parent
        return {
            (program.path.relative_to(base).as_posix(), row, code)
            for program in self.programs
            for row, marker in program.markers.items()
            for code in marker.codes
        }

    def __str__(self) -> str:
        """Return the name, as pytest shows it."""
        return self.name


@dataclass
class Run:
    """What happened while a fixture ran."""

    raised: list[tuple[str, int, str, str]] = field(default_factory=list)
    """File, row, name of the exception, first line of its message."""
    lost: list[str] = field(default_factory=list)
    """Exceptions with no frame inside the fixture."""
    reached: set[tuple[str, int]] = field(default_factory=set)
    """Marked statements that started."""
    revealed: dict[tuple[str, int], list[str | None]] = field(default_factory=dict)
    """For each ``reveal``: what was wrong, at every time that it was reached."""


def collect(folder: Path = FOLDER) -> list[Case]:
    """Return every fixture under ``folder``, ordered by name."""
    cases = []
    for root in _roots(folder):
        files = sorted(root.rglob("*.py")) if root.is_dir() else [root]
        programs = tuple(Program(path, path.read_text(encoding="utf-8")) for path in files)
        cases.append(Case(root.relative_to(folder).with_suffix("").as_posix(), root, programs))
    return cases


FRAMEWORKS = frozenset(
    "blackjax brax chex diffrax distrax equinox flax gymnax haiku jaxopt jaxtyping lineax numpyro optax"
    " optimistix scico jax_dataclasses".split()
)
"""Libraries around JAX: a fixture that imports one runs where that is installed."""


def libraries(*modules: ast.Module) -> list[str]:
    """The libraries around JAX that modules import when they start."""
    found: set[str] = set()
    for node in [statement for module in modules for statement in module.body]:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return sorted(found & FRAMEWORKS)


def _roots(folder: Path) -> Iterator[Path]:
    """The files of families, the folders of projects; a family with a project file is a project."""
    for family in sorted(path for path in folder.iterdir() if path.is_dir()):
        if (family / "pyproject.toml").exists():
            yield family
        elif family.name == "projects":
            yield from sorted(path for path in family.iterdir() if path.is_dir())
        else:
            yield from sorted(path for path in family.glob("*.py") if ".fixed" not in path.suffixes)


def run(case: Case) -> Run:
    """Run a fixture with the real JAX."""
    _import_jax()
    record = Run()
    by_module = {_module_name(case, program): program for program in case.programs}
    with _importable(by_module), _probes(case, record), _quietly():
        modules = [(program, _attempt_import(case, name, record)) for name, program in by_module.items()]
        for program, module in modules:
            for code in program.statements if module else ():
                _attempt(case, code, module.__dict__ if module else {}, record)
    return record


def disagreements(case: Case, record: Run, raises: Mapping[str, str]) -> list[str]:
    """Compare a run with what the fixture promises, one sentence for each difference."""
    problems = list(record.lost)
    if not any(program.statements or program.assertions for program in case.programs):
        problems.append("the fixture calls nothing")
    for program in case.programs:
        problems += _marker_problems(program, record, raises)
        problems += _reveal_problems(program, record)
    return problems


def _marker_problems(program: Program, record: Run, raises: Mapping[str, str]) -> Iterator[str]:
    raised = [entry[1:] for entry in record.raised if entry[0] == str(program.path)]
    where = program.path.name
    for row, exception, message in raised:
        if row not in program.markers:
            yield f"{where}:{row} raised {exception}, which no marker announces: {message}"
    for row, marker in sorted(program.markers.items()):
        allowed = marker.allowed(raises)
        seen = {exception for other, exception, _ in raised if other == row} or {NOTHING}
        if (str(program.path), row) not in record.reached:
            yield f"{where}:{row} has a marker and was not reached"
        elif not seen <= allowed:
            expected = " or ".join(sorted(allowed))
            yield f"{where}:{row} raised {' and '.join(sorted(seen))}, not {expected}"


def _reveal_problems(program: Program, record: Run) -> Iterator[str]:
    for row, display in sorted(program.assertions.items()):
        outcomes = record.revealed.get((str(program.path), row), [])
        if not outcomes:
            yield f"{program.path.name}:{row} reveals a value and was not reached"
        for problem in dict.fromkeys(outcomes):
            if problem:
                yield f"{program.path.name}:{row} is not `{display}`: {problem}"


def _import_jax() -> None:
    """Import JAX, set up for programs that run once: on the CPU, compiled fast rather than well."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = importlib.import_module("jax")
    jax.config.update("jax_disable_most_optimizations", True)
    jax.config.update("jax_traceback_filtering", "off")


def _module_name(case: Case, program: Program) -> str:
    if not case.is_project:
        return "fixture"
    base = case.root / "src" if (case.root / "src").is_dir() else case.root
    if not program.path.is_relative_to(base):
        base = case.root
    parts = program.path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _attempt_import(case: Case, name: str, record: Run) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - any exception is compared with the markers
        _note(case, error, record)
        return None


def _attempt(case: Case, code: types.CodeType, names: dict[str, object], record: Run) -> None:
    try:
        exec(code, names)
    except SystemExit as error:
        if error.code not in (None, 0):
            record.lost.append(f"{code.co_filename} left with {error.code}")
    except Exception as error:  # noqa: BLE001 - any exception is compared with the markers
        _note(case, error, record)


def _note(case: Case, error: Exception, record: Run) -> None:
    files = {str(program.path) for program in case.programs}
    name, message = type(error).__name__, str(error).partition("\n")[0]
    place, traceback = None, error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename in files:
            place = (filename, traceback.tb_lineno)
        elif ": #: at line " in filename and place is None:
            message = f"{message} ({filename})"
        traceback = traceback.tb_next
    if place is None:
        record.lost.append(f"{name} outside of the fixture: {message}")
    else:
        record.raised.append((*place, name, message))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the modules of one fixture; writes no bytecode."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self._programs = programs
        parts = [name.split(".") for name in programs]
        self._packages = {".".join(name[:end]) for name in parts for end in range(1, len(name))}

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return the place of a module of the fixture."""
        program = self._programs.get(fullname)
        if program is None and fullname not in self._packages:
            return None
        is_package = program is None or program.path.name == "__init__.py"
        origin = str(program.path) if program else None
        spec = ModuleSpec(fullname, self, origin=origin, is_package=is_package)
        spec.has_location = origin is not None
        return spec

    def get_source(self, fullname: str) -> str:
        """Return the text of a module; a folder without ``__init__.py`` is an empty one."""
        program = self._programs.get(fullname)
        return program.text if program else ""

    def get_code(self, fullname: str) -> types.CodeType:
        """Return the compiled module."""
        program = self._programs.get(fullname)
        return program.module_code() if program else compile("", fullname, "exec")


@contextlib.contextmanager
def _importable(programs: Mapping[str, Program]) -> Iterator[None]:
    """Let the modules of a fixture be imported, ahead of any other of that name; then forget them."""
    finder = _Finder(programs)
    roots = {name.partition(".")[0] for name in programs}

    def hide() -> dict[str, types.ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in roots]
        return {name: sys.modules.pop(name) for name in names}

    hidden = hide()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        hide()
        sys.modules.update(hidden)


@contextlib.contextmanager
def _probes(case: Case, record: Run) -> Iterator[None]:
    """Provide ``reveal``, and the calls that ``_with_probes`` puts in, as builtins."""
    displays = {
        (str(program.path), row): display
        for program in case.programs
        for row, display in program.assertions.items()
    }

    def reveal(value: object) -> object:
        frame = sys._getframe(1)
        place = (frame.f_code.co_filename, frame.f_lineno)
        if place in displays:
            problem = disagreement(displays[place], value)
            record.revealed.setdefault(place, []).append(problem)
        return value

    def reached(filename: str, row: int) -> None:
        record.reached.add((filename, row))

    provided = {"reveal": reveal, _REACHED: reached}
    for name, function in provided.items():
        setattr(builtins, name, function)
    try:
        yield
    finally:
        for name in provided:
            delattr(builtins, name)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _with_probes(body: Sequence[ast.stmt], path: str, markers: Mapping[int, Marker]) -> list[ast.stmt]:
    """Put a call before each statement that has a marker, to see that the run came to it."""
    probed: list[ast.stmt] = []
    for statement in body:
        inner: set[int] = set()
        for block in _blocks_of(statement):
            inner |= {row for part in block for row in _rows(part)}
            block[:] = _with_probes(list(block), path, markers)
        for row in sorted(_rows(statement) & markers.keys() - inner):
            call = ast.parse(f"{_REACHED}({path!r}, {row})").body[0]
            probed.append(_moved(call, statement))
        probed.append(statement)
    return probed


def _blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    holders = [statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]
    for holder in holders:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(holder, name, None)
            if isinstance(block, list):
                yield block


def _rows(statement: ast.stmt) -> set[int]:
    """The rows of a statement, its decorators included; none for a call of ours."""
    if getattr(statement, "is_probe", False):
        return set()
    decorators = getattr(statement, "decorator_list", ())
    start = min(node.lineno for node in (statement, *decorators))
    return set(range(start, (statement.end_lineno or start) + 1))


def _moved(call: ast.stmt, statement: ast.stmt) -> ast.stmt:
    for node in ast.walk(call):
        if isinstance(node, (ast.expr, ast.stmt)):
            ast.copy_location(node, statement)
    call.is_probe = True  # type: ignore[attr-defined]
    return call


def hidden(text: str) -> Iterator[tuple[int, str]]:
    """The texts behind ``#: ``, each with the row where it starts."""
    start, lines = 0, []
    for row, line in enumerate([*text.splitlines(), ""], start=1):
        if match := _HIDDEN.match(line):
            start = start or row
            lines.append(match["code"])
        elif lines:
            yield start, "\n".join(lines)
            start, lines = 0, []


def _main_block(node: ast.stmt) -> Sequence[ast.stmt]:
    """The statements under ``if __name__ == "__main__":``; nothing for any other statement."""
    is_main = isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
    return node.body if isinstance(node, ast.If) and is_main else ()


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _copy_other_files(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
