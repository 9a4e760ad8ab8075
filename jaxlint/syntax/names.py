"""The words of dotted names."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.syntax.nodes import Attribute, Name, Node
from jaxlint.syntax.walk import walk


def last_name(node: object) -> str:
    """The last word of a dotted name: ``c`` of ``a.b.c``; empty where ``node`` is no name."""
    return node.attr if isinstance(node, Attribute) else node.id if isinstance(node, Name) else ""


def names_in(node: Node | None) -> Iterator[str]:
    """The variables that ``node`` names, as often as it does."""
    return (one.id for one in walk(node) if isinstance(one, Name)) if node is not None else iter(())
