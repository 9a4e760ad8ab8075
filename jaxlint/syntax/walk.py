"""Walking the lowered tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from jaxlint.syntax.nodes import Case, Generator, Handler, Node

_PLAIN = (Generator, Handler, Case)
_HOLDS_NODES = re.compile(r"\b(?:Node|Expr|Stmt|Code|Param|Argument|Formatted|Generator|Handler|Case)\b")
_NOT_CHILDREN = frozenset({"origin", "nested", "usage"})


@cache
def _child_fields(kind: type) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in fields(kind)
        if field.name not in _NOT_CHILDREN and _HOLDS_NODES.search(str(field.type))
    )


def children(node: object) -> list[Any]:
    """The nodes directly below ``node``; those of clauses such as ``except`` count as its own."""
    found: list[Any] = []
    _gather(node, found)
    return found


def _gather(node: object, found: list[Any]) -> None:
    for name in _child_fields(type(node)):  # type: ignore[arg-type]  # classes have a hash, whatever mypy says
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif value:
            _gather_from(value, found)


def _gather_from(value: Any, found: list[Any]) -> None:
    """Add the nodes of what a field holds that is no node: a tuple, a clause or None."""
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, Node):
            found.append(item)
        elif isinstance(item, tuple):
            _gather_from(item, found)
        elif isinstance(item, _PLAIN):
            _gather(item, found)


def walk(node: Any) -> Iterator[Any]:
    """``node`` and everything below it, outermost first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))
