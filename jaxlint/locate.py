"""From nodes to rows, columns and text, for the few nodes that are reported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jaxlint.diagnostics import Edit, Fix, Position, Span
from jaxlint.edits.rewrite import InsertBefore, Replace, Rewrite
from jaxlint.source import split_lines
from jaxlint.syntax.nodes import Display, Node

if TYPE_CHECKING:
    import libcst as cst
    from libcst.metadata import CodeRange

MAX_SOURCE = 60
"""Longer pieces of source text are cut in messages."""


class Locator:
    """Positions in one file; computed when the first is asked for."""

    def __init__(self, path: Path, module: cst.Module) -> None:
        self._path = path
        self._module = module
        self._positions: Mapping[cst.CSTNode, CodeRange] | None = None
        self._lines: list[str] | None = None

    def span(self, node: Node) -> Span:
        """Where ``node`` stands.

        Raises:
            RecursionError: the file is nested too deeply for LibCST.
        """
        if self._positions is None:
            from jaxlint.syntax.positions import Positions

            self._positions = Positions().of(self._module)
        place = self._positions.get(node.cst)
        if place is None:
            return Span(self._path, Position(1, 1), Position(1, 1))
        start = Position(place.start.line, place.start.column + 1)
        return Span(self._path, start, Position(place.end.line, place.end.column + 1))

    def fix(self, rewrite: Rewrite) -> Fix | None:
        """The edits of a rewrite; None where a statement shares its line with others."""
        edits = [self._edit(change) for change in rewrite.changes]
        complete = tuple(edit for edit in edits if edit is not None)
        if len(complete) < len(edits):
            return None
        region = None if rewrite.code is None else self.span(rewrite.code)
        return Fix(rewrite.message, complete, rewrite.safe, region)

    def _edit(self, change: Replace | InsertBefore) -> Edit | None:
        if isinstance(change, Replace):
            return Edit(self.span(change.node), "".join(map(self._piece, change.pieces)))
        span = self.span(change.statement)
        if self._lines is None:
            self._lines = split_lines(self._module.code)
        start, end = span.start, span.end
        indent = self._lines[start.row - 1][: start.column - 1]
        # Of two statements on a line, the second may have to come after the first.
        if indent.strip() or self._lines[end.row - 1][end.column - 1 :].lstrip().startswith(";"):
            return None
        return Edit(Span(self._path, start, start), f"{change.line}\n{indent}")

    def text(self, *pieces: str | Node) -> str:
        """The source of nodes, with the texts between them, on one line and shortened."""
        text = " ".join("".join(map(self._piece, pieces)).split())
        return text if len(text) <= MAX_SOURCE else text[: MAX_SOURCE - 1] + "…"

    def _piece(self, piece: str | Node) -> str:
        if isinstance(piece, str):
            return piece
        node = piece.cst
        indices = getattr(node, "slice", None) if isinstance(piece, Display) else None
        if indices is not None:
            # Several indices are one tuple, which has no node of its own.
            return "".join(map(self._module.code_for_node, indices))
        return self._module.code_for_node(node)
