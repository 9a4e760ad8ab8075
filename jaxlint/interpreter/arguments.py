"""Whether a function reads what it has written into one of its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import children


@dataclass(slots=True)
class _Use:
    """One use of a name: the statement it is in, and the constant item that is read (None: all of it).

    ``is_inner`` means that a function inside uses the name, and nobody knows when that runs.
    """

    statement: n.Node
    key: Any
    is_write: bool
    is_inner: bool


def is_read_again(code: n.Code, name: str, change: n.Node, key: Any) -> bool:
    """Whether ``name`` may be read after ``change``, which writes its item ``key`` (None: any item).

    What stands behind the change in the text comes after it, and so does everything in a loop around it.
    The statement of the change itself does not count: ``d["n"] = d["n"] + 1`` reads for itself alone.
    """
    nodes = list(_nodes(code))
    position = {id(node): index for index, (node, _) in enumerate(nodes)}
    own, loop = _around(nodes, change)
    for use in _uses(code, name):
        if use.is_inner:
            return True
        if use.is_write or use.statement is own:
            continue
        is_behind = position[id(use.statement)] > position[id(own)]
        is_in_loop = loop is not None and _contains(loop, use.statement)
        if (is_behind or is_in_loop) and (use.key is None or key is None or use.key == key):
            return True
    return False


def _nodes(code: n.Code) -> Iterator[tuple[n.Node, tuple[n.Node, ...]]]:
    """Every node in the order of the text, each with the statements around it."""
    pending: list[tuple[n.Node, tuple[n.Node, ...]]] = [(code, ())]
    while pending:
        node, around = pending.pop()
        yield node, around
        inside = (*around, node) if isinstance(node, n.Stmt) else around
        pending.extend((child, inside) for child in reversed(list(children(node))))


def _around(nodes: list[tuple[n.Node, tuple[n.Node, ...]]], change: n.Node) -> tuple[n.Node, n.Node | None]:
    """The statement that a node is in, and the outermost loop around it."""
    around = next((around for node, around in nodes if node is change), ())
    loop = next((statement for statement in around if isinstance(statement, (n.For, n.While))), None)
    return (around[-1] if around else change), loop


def _contains(loop: n.Node, statement: n.Node) -> bool:
    return any(node is statement for node, _ in _nodes(loop))  # type: ignore[arg-type]  # any node has children


def _uses(code: n.Code, name: str) -> Iterator[_Use]:
    pending: list[tuple[Any, Any, Any, Any, bool]] = [(code, None, None, code, False)]
    while pending:
        node, parent, grandparent, statement, is_inner = pending.pop()
        if isinstance(node, n.Name) and node.id == name:
            yield _use(node, parent, grandparent, statement, is_inner=is_inner)
            continue
        inner = node if isinstance(node, n.Stmt) else statement
        is_inner = is_inner or (isinstance(node, n.Code) and node is not code)
        pending.extend((child, node, parent, inner, is_inner) for child in children(node))


def _use(node: n.Name, parent: Any, grandparent: Any, statement: n.Node, *, is_inner: bool) -> _Use:
    if isinstance(parent, n.Subscript) and parent.value is node:
        targets = getattr(statement, "targets", (getattr(statement, "target", None),))
        key = parent.index.value if isinstance(parent.index, n.LiteralValue) else None
        return _Use(statement, key, any(target is parent for target in targets), is_inner)
    is_method = isinstance(parent, n.Attribute) and isinstance(grandparent, n.Call)
    is_statement = isinstance(statement, n.ExprStmt) and statement.value is grandparent
    return _Use(statement, None, is_method and is_statement, is_inner)
