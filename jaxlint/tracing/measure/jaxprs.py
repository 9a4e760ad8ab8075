"""Counts equations through every jaxpr inside a jaxpr, and finds the user's line of each.

Jaxprs are recognised by what they have (``eqns``), not by their class: the classes have moved between
modules of JAX, and primitives of other libraries keep jaxprs in parameters that JAX knows nothing of.
"""

from __future__ import annotations

import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = tuple[str, int]
"""A file and a row in it."""

_CALLS = {"pjit", "jit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call"}
"""Primitives that do nothing but call; the name of jit's own has changed once."""
_OURS = str(Path(__file__).parent.parent.parent)
_LIBRARIES = (
    _OURS,
    sysconfig.get_paths()["purelib"],
    sysconfig.get_paths()["platlib"],
    sysconfig.get_paths()["stdlib"],
)


@dataclass(slots=True)
class Tally:
    """How many equations there are of each primitive and from each line of the user's."""

    primitives: Counter[str] = field(default_factory=Counter)
    lines: Counter[Line | None] = field(default_factory=Counter)

    @property
    def equations(self) -> int:
        """All equations, each as often as it is in the program."""
        return self.primitives.total()


def opened(closed: Any) -> Any:
    """Return the jaxpr inside the single calls that ``jit`` around a function leaves."""
    jaxpr = getattr(closed, "jaxpr", closed)
    while len(jaxpr.eqns) == 1 and jaxpr.eqns[0].primitive.name in _CALLS:
        inner = next(inside(jaxpr.eqns[0]), None)
        if inner is None:
            break
        jaxpr = getattr(inner, "jaxpr", inner)
    return jaxpr


def inside(equation: Any) -> Iterator[Any]:
    """Yield the jaxprs in an equation's parameters, closed ones as they are."""
    for value in equation.params.values():
        yield from _jaxprs(value)


def _jaxprs(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _jaxprs(item)
    elif hasattr(value, "eqns") or hasattr(getattr(value, "jaxpr", None), "eqns"):
        yield value


class Counting:
    """Counts jaxprs; one that is used in many places is gone through once and added many times."""

    def __init__(self, files: frozenset[str] = frozenset()) -> None:
        """Lines in ``files`` are the user's; where none are given, all outside of installed libraries."""
        self._files = files
        self._tallies: dict[tuple[int, Line | None], Tally] = {}
        self._kept: list[Any] = []

    def tally(self, jaxpr: Any, caller: Line | None = None) -> Tally:
        """Count one jaxpr; equations without a line of their own belong to the line that called them."""
        jaxpr = getattr(jaxpr, "jaxpr", jaxpr)
        known = self._tallies.get((id(jaxpr), caller))
        if known is not None:
            return known
        # JAX remembers what it traced: the lines inside a library's function are those of its first caller.
        is_library = self._is_library(jaxpr)
        result = Tally()
        for equation in jaxpr.eqns:
            line = caller if is_library and caller is not None else self.line(equation) or caller
            result.primitives[equation.primitive.name] += 1
            result.lines[line] += 1
            for inner in inside(equation):
                part = self.tally(inner, line)
                result.primitives.update(part.primitives)
                result.lines.update(part.lines)
        self._kept.append(jaxpr)  # so that the id stays its own
        self._tallies[id(jaxpr), caller] = result
        return result

    def line(self, equation: Any) -> Line | None:
        """Find the innermost line of the user's that an equation comes from."""
        trace = getattr(getattr(equation, "source_info", None), "traceback", None)
        for frame in getattr(trace, "frames", None) or ():
            if self._is_users(frame.file_name):
                return frame.file_name, frame.line_num
        return None

    def _is_library(self, jaxpr: Any) -> bool:
        info = getattr(jaxpr, "debug_info", None)
        place = getattr(info, "func_src_info", None) or getattr(info, "func_filename", None) or ""
        _, _, path = place.rpartition(" at ")
        path = path.rpartition(":")[0] or path
        return bool(path) and not self._is_users(path)

    def _is_users(self, path: str) -> bool:
        if self._files:
            return path in self._files
        return not path.startswith(_LIBRARIES) and not path.startswith("<frozen")
