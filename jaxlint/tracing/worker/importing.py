"""Imports the user's modules so that one error does not hide the next.

The module that is asked for runs statement by statement, and an exception ends its own statement only.
In functions each call goes through `Recorder`, which can go on where JAX refuses arguments.
"""

from __future__ import annotations
import __future__

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jaxlint.tracing.protocol import Imported, Problem
from jaxlint.tracing.worker.places import Files
from jaxlint.tracing.worker.recorder import Recorder, describe

CALL = "__jaxlint_call__"
"""The global of instrumented modules that makes a call."""

_LEFT_ALONE = frozenset(
    "super locals globals vars dir eval exec isinstance issubclass len range print".split()
)


class _Calls(ast.NodeTransformer):
    """Turns calls in function bodies into calls of `CALL`; what must see its own frame stays."""

    def __init__(self) -> None:
        self._depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._depth += 1
        node.body = [self.visit(statement) for statement in node.body]
        self._depth -= 1
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._depth += 1
        node.body = self.visit(node.body)
        self._depth -= 1
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if not self._depth or name in _LEFT_ALONE:
            return node
        function = ast.copy_location(ast.Name(CALL, ast.Load()), node.func)
        call = ast.Call(function, [node.func, *node.args], node.keywords)
        return ast.copy_location(call, node)


class _Loader(importlib.machinery.SourceFileLoader):
    """Runs a module of the user's, instrumented; ``failed`` hears of exceptions at its top level."""

    def __init__(
        self, name: str, path: str, call: Callable[..., object], failed: Callable[[Exception], None] | None
    ) -> None:
        super().__init__(name, path)
        self._call = call
        self._failed = failed

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module."""
        source = importlib.util.decode_source(self.get_data(self.path))
        module.__dict__[CALL] = self._call
        for code in _codes(source, self.path, whole=self._failed is None):
            try:
                exec(code, module.__dict__)  # noqa: S102 - to run the user's module is the purpose
            except Exception as error:
                if self._failed is None:
                    raise
                self._failed(error)


def _codes(source: str, path: str, *, whole: bool) -> Iterator[types.CodeType]:
    """The compiled module, in one piece or statement by statement."""
    tree = ast.parse(source, path)
    lazy = any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and
        any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )  # fmt: skip
    flags = __future__.annotations.compiler_flag if lazy else 0
    docstring = ast.get_docstring(tree, clean=False)
    tree = ast.fix_missing_locations(_Calls().visit(tree))
    parts: list[Sequence[ast.stmt]] = [tree.body] if whole else [[node] for node in tree.body]
    if not whole and docstring is not None:
        assignment = ast.parse(f"__doc__ = {docstring!r}").body[0]
        parts[0] = [assignment]
    for part in parts:
        yield compile(ast.Module(list(part), []), path, "exec", flags=flags, dont_inherit=True)


@dataclass(slots=True)
class _Finder(importlib.abc.MetaPathFinder):
    """Finds the user's modules as Python does, and lets `_Loader` load them."""

    files: Files
    target: str
    call: Callable[..., object]
    failed: Callable[[Exception], None]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module of the user's; others are left to Python."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin not in self.files.names:
            return None
        failed = self.failed if spec.origin == self.target else None
        spec.loader = _Loader(fullname, spec.origin, self.call, failed)
        return spec


def import_module(
    name: str, path: str, roots: Sequence[str], files: Files, recorder: Recorder, call: Callable[..., object]
) -> tuple[types.ModuleType | None, Imported]:
    """Import the module; what fails in it is told."""
    ended: list[Problem] = []
    missing: list[str] = []

    def failed(error: Exception) -> None:
        if isinstance(error, ImportError):
            raise error
        if isinstance(error, NameError) and recorder.problems:
            return  # a consequence of the statement that failed before
        recorder.note_traceback(error)

    sys.path[:0] = [root for root in roots if root not in sys.path]
    sys.meta_path.insert(0, _Finder(files, path, call, failed))
    module = None
    try:
        module = importlib.import_module(name)
        if getattr(module, "__file__", None) != path:
            module = _import_file(name, path, call, failed)
    except BaseException as error:  # noqa: BLE001 - SystemExit at import is one module's end, not ours
        module = None
        if isinstance(error, ModuleNotFoundError) and error.name:
            missing.append(error.name)
        place = files.place(error.__traceback__) or (path, 1)
        ended.append(describe(error, place))
    imported = Imported(
        tuple(recorder.problems.values()), ended[0] if ended else None, missing[0] if missing else None
    )
    return module, imported


def _import_file(
    name: str, path: str, call: Callable[..., object], failed: Callable[[Exception], None]
) -> types.ModuleType:
    """Import a file whose name is taken by another module, such as a script called ``test.py``."""
    loader = _Loader(f"_jaxlint_{name.replace('.', '_')}", path, call, failed)
    spec = importlib.util.spec_from_file_location(loader.name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module
