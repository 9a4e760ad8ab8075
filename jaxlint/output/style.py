"""The few colours of the output, as escape sequences or as nothing."""

from __future__ import annotations

from dataclasses import dataclass

from jaxlint.diagnostics import Level

_RESET = "\x1b[0m"
_BOLD = "1"
_GUTTER = "1;34"
_LEVELS = {Level.ERROR: "1;31", Level.WARNING: "1;33", Level.INFO: "1;36"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints pieces of text where ``enabled``, and gives them back as they are where not."""

    enabled: bool

    def path(self, text: str) -> str:
        """Paint the path of a diagnostic."""
        return self._paint(text, _BOLD)

    def strong(self, text: str) -> str:
        """Paint a label."""
        return self._paint(text, _BOLD)

    def gutter(self, text: str) -> str:
        """Paint row numbers and the bar beside the source."""
        return self._paint(text, _GUTTER)

    def level(self, text: str, level: Level) -> str:
        """Paint in the colour of ``level``."""
        return self._paint(text, _LEVELS[level])

    def _paint(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}{_RESET}" if self.enabled and text else text
