"""Changes of a program as records of nodes and text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from jaxlint.syntax.nodes import Code, Node, Stmt


@dataclass(frozen=True, slots=True, eq=False)
class Replace:
    """Write texts, and the source of other nodes, in the place of an expression or a simple statement."""

    node: Node
    pieces: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class InsertBefore:
    """Write ``line`` as a statement of its own before ``statement``."""

    statement: Stmt
    line: str


Change: TypeAlias = "Replace | InsertBefore"


@dataclass(frozen=True, slots=True, eq=False)
class Rewrite:
    """Changes that belong together; they are right while nothing else changes in ``code``."""

    message: str
    changes: tuple[Change, ...]
    safe: bool
    code: Code | None = None
