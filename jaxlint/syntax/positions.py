"""Positions of LibCST's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from libcst import CSTNode, Module
from libcst.metadata import CodeRange, PositionProvider


class Positions(PositionProvider):
    """LibCST's own positions, without the visit of the whole tree that its wrapper makes besides."""

    def of(self, module: Module) -> Mapping[CSTNode, CodeRange]:
        """Where the nodes of a file stand.

        Raises:
            RecursionError: the file is nested too deeply for LibCST to write it out.
        """
        try:
            self._gen_impl(module)
        except (RecursionError, KeyError):
            # LibCST turns the one into the other, with the whole tree as its text: it must not be shown.
            raise RecursionError from None
        return cast("Mapping[CSTNode, CodeRange]", self._computed)
