"""Which of the rows with findings ran, and whether a tracer was there."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import jax

from jaxlint.tracing.words import word_for

Arguments = tuple[tuple["str | None", "str | None"], ...]
"""Keyword (or None) and word of each argument, the word None where there is none."""

Given = tuple[tuple["str | None", Any], ...]
"""Keyword (or None) and value of each argument."""

MAX_LEAVES = 64


@dataclass(slots=True)
class Reached:
    """Watches rows by file; ``seen`` tells for each that ran whether a tracer was among its variables.

    ``places`` are functions, by file and first row; ``entered`` keeps what each was called with first
    as words, ``given`` as values, in which shapes stand for tracers.
    """

    rows: Mapping[str, Mapping[int, Any]]
    places: AbstractSet[tuple[str, int]] = frozenset()
    seen: dict[tuple[str, int], bool] = field(default_factory=dict)
    entered: dict[tuple[str, int], Arguments] = field(default_factory=dict)
    given: dict[tuple[str, int], Given] = field(default_factory=dict)

    def call(self, frame: FrameType, _event: str, _argument: object) -> Any:
        """Take note of a call, and watch the lines of frames in files with findings."""
        code = frame.f_code
        place = (code.co_filename, code.co_firstlineno)
        if place in self.places and place not in self.entered:
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            self.entered[place] = tuple(
                (name if number >= code.co_argcount else None, _word(frame.f_locals.get(name)))
                for number, name in enumerate(names)
            )
            self.given[place] = tuple(
                (name if number >= code.co_argcount else None, _untraced(frame.f_locals.get(name)))
                for number, name in enumerate(names)
            )
        return self._line if code.co_filename in self.rows else None

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


def _word(value: Any) -> str | None:
    try:
        word = word_for(value)
    except Exception:  # noqa: BLE001 - the value may refuse to be looked at
        return None
    return None if word is None else str(word)


def _untraced(value: Any) -> Any:
    """A value with abstract arrays in the place of tracers, which must not outlive their trace."""

    def leaf(one: Any) -> Any:
        return jax.ShapeDtypeStruct(one.shape, one.dtype) if isinstance(one, jax.core.Tracer) else one

    try:
        return jax.tree_util.tree_map(leaf, value)
    except Exception:  # noqa: BLE001 - it is no pytree, and holds none that can be seen
        return value


def _holds_tracer(frame: FrameType) -> bool:
    try:
        leaves = jax.tree_util.tree_leaves(list(frame.f_locals.values()))
        return any(isinstance(leaf, jax.core.Tracer) for leaf in leaves[:MAX_LEAVES])
    except Exception:  # noqa: BLE001 - a variable may be no pytree, or refuse to be looked at
        return any(isinstance(value, jax.core.Tracer) for value in frame.f_locals.values())
