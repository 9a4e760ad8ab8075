"""What every output format needs to know besides the diagnostics: texts, colours, width, base folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jaxlint.diagnostics import Diagnostic, Span

Texts = Callable[[Path], "str | None"]
"""Gives the text of a file, or ``None`` where there is none to show."""

DEFAULT_WIDTH = 120


def _nothing(_asked: object) -> None:
    """Stand in for texts where none are known."""


def _is_safe(diagnostic: Diagnostic) -> bool:
    """Stand in for the settings: only fixes that keep the meaning are offered."""
    return diagnostic.fix is not None and diagnostic.fix.safe


def _first_row(diagnostic: Diagnostic) -> int:
    """Stand in for the row of a suppression comment: that of the diagnostic itself."""
    return diagnostic.span.start.row


@dataclass(frozen=True, slots=True)
class View:
    """How diagnostics are shown, and what the formats may ask for beside them.

    ``base`` is the folder that paths are written relative to, ``noqa_row`` gives the row where a
    suppression comment belongs, ``is_fixable`` says whether there is a fix that the settings allow.
    """

    texts: Texts = _nothing
    base: Path = field(default_factory=Path.cwd)
    color: bool = False
    width: int = DEFAULT_WIDTH
    noqa_row: Callable[[Diagnostic], int] = _first_row
    is_fixable: Callable[[Diagnostic], bool] = _is_safe

    def path(self, path: Path) -> str:
        """Write ``path`` relative to the base where it lies inside, else in full."""
        absolute = self.absolute(path)
        try:
            return str(Path(absolute).relative_to(self.absolute(self.base)))
        except ValueError:
            return absolute

    def place(self, span: Span) -> str:
        """Write the place of ``span`` as ``file:row``."""
        return f"{self.path(span.path)}:{span.start.row}"

    @staticmethod
    def absolute(path: Path) -> str:
        """Write ``path`` in full, without following links."""
        return os.path.abspath(path)
