"""What has certainly run before a node, by where it stands in the text."""

from __future__ import annotations

from dataclasses import dataclass

from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

_SIMPLE = (n.Assign, n.AnnAssign, n.AugAssign, n.ExprStmt, n.Import, n.ImportFrom)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a node stands.

    ``before`` are the simple statements that have run when it does: earlier ones of its blocks, and those of
    the module that come before the function that it is in. ``function`` is that function's name, or None.
    """

    before: tuple[n.Stmt, ...]
    is_conditional: bool
    function: str | None


def standing(code: n.Code, node: n.Node) -> Standing | None:
    """Where ``node`` stands in a module; None where it is no part of it."""
    return _in_block(code.body, node, Standing((), is_conditional=False, function=None))


def is_main_guard(test: n.Expr) -> bool:
    """Whether a test is ``__name__ == "__main__"``."""
    return any(isinstance(part, n.Name) and part.id == "__name__" for part in walk(test))


def _in_block(block: tuple[n.Stmt, ...], node: n.Node, here: Standing) -> Standing | None:
    before = here.before
    for statement in block:
        at = Standing(before, here.is_conditional, here.function)
        found = _in_statement(statement, node, at)
        if found is not None:
            return found
        if isinstance(statement, _SIMPLE):
            before = (*before, statement)
    return None


def _in_statement(statement: n.Stmt, node: n.Node, here: Standing) -> Standing | None:
    maybe = Standing(here.before, is_conditional=True, function=here.function)
    if isinstance(statement, n.FunctionDef):
        inside = Standing(here.before, is_conditional=False, function=statement.name)
        return _in_block(statement.code.body, node, inside)
    if isinstance(statement, (n.ClassDef, n.With)):
        return _in_block(statement.body, node, here) or _in_simple(statement, node, here)
    if isinstance(statement, n.If):
        body = here if is_main_guard(statement.test) else maybe
        return _in_block(statement.body, node, body) or _in_block(statement.orelse, node, maybe)
    if isinstance(statement, (n.For, n.While)):
        return _in_block(statement.body, node, maybe) or _in_block(statement.orelse, node, maybe)
    if isinstance(statement, n.Try):
        blocks = (statement.body, *(handler.body for handler in statement.handlers), statement.orelse)
        found = next((at for block in blocks if (at := _in_block(block, node, maybe)) is not None), None)
        return found or _in_block(statement.final, node, here)
    return _in_simple(statement, node, here)


def _in_simple(statement: n.Stmt, node: n.Node, here: Standing) -> Standing | None:
    return here if any(part is node for part in walk(statement)) else None
