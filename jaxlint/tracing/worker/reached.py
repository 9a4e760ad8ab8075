"""Which of the rows with findings ran, and whether a tracer was there."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import jax

MAX_LEAVES = 64


@dataclass(slots=True)
class Reached:
    """Watches rows by file; ``seen`` tells for each that ran whether a tracer was among its variables."""

    rows: Mapping[str, Mapping[int, Any]]
    seen: dict[tuple[str, int], bool] = field(default_factory=dict)

    def call(self, frame: FrameType, _event: str, _argument: object) -> Any:
        """Watch the lines of frames in files with findings."""
        return self._line if frame.f_code.co_filename in self.rows else None

    def _line(self, frame: FrameType, event: str, _argument: object) -> Any:
        name, row = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and row in self.rows[name] and not self.seen.get((name, row)):
            self.seen[name, row] = _holds_tracer(frame)
        return self._line

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the block runs."""
        before = sys.gettrace()
        sys.settrace(self.call)
        try:
            yield
        finally:
            sys.settrace(before)

    @staticmethod
    def together(parts: Iterable[Reached]) -> tuple[tuple[str, int, bool], ...]:
        """What several runs saw, as the parent is told."""
        whole = Reached({})
        for part in parts:
            for place, traced in part.seen.items():
                whole.seen[place] = whole.seen.get(place, False) or traced
        return whole.as_tuples()

    def as_tuples(self) -> tuple[tuple[str, int, bool], ...]:
        """Everything seen, as the parent is told."""
        return tuple((name, row, traced) for (name, row), traced in sorted(self.seen.items()))


def _holds_tracer(frame: FrameType) -> bool:
    try:
        leaves = jax.tree_util.tree_leaves(list(frame.f_locals.values()))
        return any(isinstance(leaf, jax.core.Tracer) for leaf in leaves[:MAX_LEAVES])
    except Exception:  # noqa: BLE001 - a variable may be no pytree, or refuse to be looked at
        return any(isinstance(value, jax.core.Tracer) for value in frame.f_locals.values())
