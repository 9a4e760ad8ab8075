"""Walking the lowered tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from jaxlint.syntax.nodes import Case, Generator, Handler, Node

_PLAIN = (Generator, Handler, Case)
_NOT_CHILDREN = frozenset({"origin", "nested", "usage"})


@cache
def _child_fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in _NOT_CHILDREN)


def children(node: object) -> Iterator[Any]:
    """The nodes directly below ``node``; those of clauses such as ``except`` count as its own."""
    for name in _child_fields(type(node)):  # type: ignore[arg-type]  # classes have a hash, whatever mypy says
        yield from _nodes_in(getattr(node, name))


def _nodes_in(value: Any) -> Iterator[Any]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)
    elif isinstance(value, _PLAIN):
        yield from children(value)


def walk(node: Any) -> Iterator[Any]:
    """``node`` and everything below it, outermost first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))
