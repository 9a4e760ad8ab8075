"""The words of dotted names."""

from __future__ import annotations

from jaxlint.syntax.nodes import Attribute, Name


def last_name(node: object) -> str:
    """The last word of a dotted name: ``c`` of ``a.b.c``; empty where ``node`` is no name."""
    return node.attr if isinstance(node, Attribute) else node.id if isinstance(node, Name) else ""
