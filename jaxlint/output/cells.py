"""Text as terminal cells: tabs, wide and invisible characters, and windows into long lines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate

TAB_SIZE = 4
ELLIPSIS = "…"

# Python itself ends lines at these only; `str.splitlines` would also split at form feeds and U+2028.
_LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """Split ``text`` into lines as the Python parser counts them."""
    return _LINE_END.split(text)


def char_width(char: str) -> int:
    """Count the terminal cells of one printable character: 0, 1 or 2."""
    if char.isascii():
        return 1
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def printable(char: str) -> str:
    """Replace a character that would steer the terminal or turn the text round by a visible one."""
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\u2421"
    # C1 controls, line separators, surrogates, and the bidirectional overrides of "Trojan Source".
    if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(char) in _TURNING:
        return "\ufffd"
    return char


_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def plain(text: str) -> str:
    """Make ``text`` fit for one line of a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if char in "\t\r\n" else printable(char) for char in text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of source as it is shown: a piece per code point, and the cell at which each begins."""

    pieces: tuple[str, ...]
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Line:
        """Lay out ``text``, with tabs widened to the next stop."""
        pieces: list[str] = []
        widths: list[int] = []
        cell = 0
        for char in text:
            shown = " " * (TAB_SIZE - cell % TAB_SIZE) if char == "\t" else printable(char)
            width = len(shown) if char == "\t" else char_width(shown)
            pieces.append(shown)
            widths.append(width)
            cell += width
        return cls(tuple(pieces), tuple(accumulate(widths, initial=0)))

    @property
    def width(self) -> int:
        """Count the cells of the whole line."""
        return self.offsets[-1]

    def cell(self, column: int) -> int:
        """Give the cell at which the 1-based ``column`` begins; past the end, the cell after the last."""
        return self.offsets[min(max(column - 1, 0), len(self.pieces))]

    def window(self, start: int, end: int, width: int) -> tuple[str, int, int]:
        """Cut the line to ``width`` cells round the cells ``start`` to ``end``.

        Returns the text and where the marked cells lie in it. Cut ends show an ellipsis.
        """
        end = max(end, start + 1)
        if max(self.width, end) <= width:
            return "".join(self.pieces).rstrip(), start, end
        left = 0 if end < width else max(0, min(start - width // 3, self.width - width + 1))
        right = left + width
        return self._cut(left, right, start, end)

    def _cut(self, left: int, right: int, start: int, end: int) -> tuple[str, int, int]:
        head = ELLIPSIS if left else ""
        tail = ELLIPSIS if self.width > right else ""
        low, high = left + len(head), right - len(tail)
        kept = [
            index
            for index in range(len(self.pieces))
            if self.offsets[index] >= low and self.offsets[index + 1] <= high
        ]
        if not kept:
            return head + tail, 0, 1
        # A wide character across the left edge falls out whole: the first kept cell may lie after `low`.
        shift = self.offsets[kept[0]] - len(head)
        text = head + "".join(self.pieces[index] for index in kept) + tail
        shown_end = min(end, high) - shift
        shown_start = max(start, low) - shift
        return text, shown_start, max(shown_end, shown_start + 1)
