"""Where in the user's files something happens, and which rows expect an exception."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import FrameType, TracebackType

_EXPECTING = ("raises", "suppress", "assertRaises", "assertRaisesRegex", "catch_errors")
_STDLIB = sysconfig.get_paths()["stdlib"]
_HOST_LIBRARIES = ("/numpy/", "/scipy/")


@dataclass(slots=True)
class Files:
    """The user's files, and in each the rows inside a ``try`` that handles what is raised there."""

    names: frozenset[str]
    _guarded: dict[str, frozenset[int]] = field(default_factory=dict)

    def frame(self, frame: FrameType | None) -> FrameType | None:
        """The innermost frame of the user's, from ``frame`` outwards."""
        while frame is not None and frame.f_code.co_filename not in self.names:
            frame = frame.f_back
        return frame

    def place(self, trace: TracebackType | None) -> tuple[str, int] | None:
        """File and row of the innermost frame of the user's in a traceback."""
        place = None
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name in self.names:
                place = (name, trace.tb_lineno)
            trace = trace.tb_next
        return place

    def is_guarded(self, frame: FrameType | None) -> bool:
        """Whether the user's program handles exceptions that are raised in ``frame`` or in what it calls."""
        while frame is not None:
            name = frame.f_code.co_filename
            if name in self.names and frame.f_lineno in self.guarded(name):
                return True
            frame = frame.f_back
        return False

    def guarded(self, name: str) -> frozenset[int]:
        """The rows of a file on which an exception is expected."""
        if name not in self._guarded:
            try:
                with open(name, encoding="utf-8") as file:  # noqa: PTH123 - pathlib may be the user's by now
                    tree = ast.parse(file.read())
            except (OSError, SyntaxError, ValueError, RecursionError):
                return frozenset()
            self._guarded[name] = frozenset(_guarded_rows(tree))
        return self._guarded[name]


def _guarded_rows(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Try) and node.handlers) or _expects(node):
            yield from _rows(node.body)  # type: ignore[attr-defined]  # both kinds have a body


def _expects(node: ast.AST) -> bool:
    """Whether a ``with`` statement waits for an exception."""
    if not isinstance(node, (ast.With, ast.AsyncWith)):
        return False
    calls = [item.context_expr.func for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(getattr(call, "attr", getattr(call, "id", "")) in _EXPECTING for call in calls)


def _rows(body: Iterable[ast.stmt]) -> Iterator[int]:
    for statement in body:
        yield from range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


@lru_cache(maxsize=4096)
def may_convert(filename: str) -> bool:
    """Whether code of that file converts for the user: NumPy, SciPy or Python's own library.

    JAX and libraries on top of it try conversions that fail, and handle that themselves.
    """
    path = filename.replace("\\", "/")
    if "/jax/" in path:  # its own `numpy` is none of them
        return False
    if any(part in path for part in _HOST_LIBRARIES):
        return True
    return filename.startswith(_STDLIB) and "site-packages" not in filename


def caller(depth: int = 1) -> FrameType:
    """The frame that called the caller, ``depth`` further out."""
    return sys._getframe(depth + 1)  # noqa: SLF001 - the documented way to see a frame
