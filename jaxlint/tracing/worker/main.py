"""Runs statements of the main block where findings say that tracing starts, with what they depend on."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterable, Iterator, Sequence

from jaxlint.tracing.protocol import Problem
from jaxlint.tracing.worker.recorder import EndlessLoop, Recorder


def run(module: types.ModuleType, path: str, rows: Sequence[int], recorder: Recorder) -> tuple[Problem, ...]:
    """Run the statements at ``rows``, and those before them that they need; tell what was raised."""
    for statement in _needed(list(_main_block(_tree(path))), rows):
        code = compile(ast.Module([statement], []), path, "exec", dont_inherit=True)
        try:
            exec(code, module.__dict__)  # noqa: S102 - to run the user's statement is the purpose
        except (KeyboardInterrupt, EndlessLoop):
            continue
        except BaseException as error:  # noqa: BLE001 - what the user's code raises is what we came for
            recorder.note_traceback(error)
    return tuple(recorder.problems.values())


def rows_about(path: str, name: str | None, module: str | None = None) -> tuple[int, ...]:
    """The rows of a main block's statements that speak of a function or class, of the ``module`` it imports.

    Without a name all that is imported from the module counts. A name that statements make from it stands
    for it, too.
    """
    tree = _tree(path)
    names = {name or ""} if module is None else set(_imported(tree, name, module))
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _used(node) & names:
            names |= _bound(node)
    rows = []
    for statement in _main_block(tree):
        if _used(statement) & names:
            rows.append(statement.lineno)
            names |= _bound(statement)
    return tuple(rows)


def _imported(tree: ast.Module, name: str | None, module: str) -> Iterator[str]:
    """What a file calls a name of a module, or the module itself."""
    last = module.rpartition(".")[2]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == last:
            yield from (alias.asname or alias.name for alias in node.names if name in {None, alias.name})
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            same = (alias for alias in node.names if alias.name.rpartition(".")[2] == last)
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in same)


def _tree(path: str) -> ast.Module:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib may be the user's by now
        return ast.parse(file.read(), path)


def _main_block(tree: ast.Module) -> Iterable[ast.stmt]:
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) in {
            "__name__ == '__main__'",
            "'__main__' == __name__",
        }:
            yield from node.body


def _needed(block: Sequence[ast.stmt], rows: Sequence[int]) -> list[ast.stmt]:
    """The statements at the rows, and before each those that bind what it uses."""
    wanted: set[int] = set()
    names: set[str] = set()
    for number in range(len(block) - 1, -1, -1):
        statement = block[number]
        is_asked_for = any(statement.lineno <= row <= (statement.end_lineno or 0) for row in rows)
        if is_asked_for or _bound(statement) & names:
            wanted.add(number)
            names |= _used(statement)
    return [statement for number, statement in enumerate(block) if number in wanted]


def _bound(statement: ast.stmt) -> set[str]:
    stored = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        stored |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        stored.add(statement.name)
    return stored


def _used(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
