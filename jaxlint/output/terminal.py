"""The terminal: which colours and columns it has, and writing to it come what may."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from jaxlint.output.view import DEFAULT_WIDTH


def wants_color(choice: str, stream: TextIO) -> bool:
    """Decide on colours from ``--color``, else NO_COLOR, else FORCE_COLOR, else the stream."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int:
    """Give the columns that a line of source may take."""
    if not stream.isatty():
        return DEFAULT_WIDTH
    return shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns


def write(text: str, *, beside: bool = False) -> None:
    """Write to standard output; a reader that has gone away (``| head``) changes nothing else.

    With ``beside``, write to standard error, since the output is something else.
    """
    if beside:
        _encoded(text, sys.stderr)
        return
    try:
        _encoded(text, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at the end, and would complain.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def write_bytes(data: bytes) -> None:
    """Write a source to standard output as it is, whatever encoding the terminal has."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def complain(message: str, kind: str = "error") -> None:
    """Write a line to standard error, which says first what it is."""
    _encoded(f"{kind}: {message}\n", sys.stderr)


def _encoded(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
