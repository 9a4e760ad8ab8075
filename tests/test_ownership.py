"""What is known of an object's home survives what the program does with the object."""

from __future__ import annotations

from jaxlint.interpreter.frames import EAGER, Frame, Trace
from jaxlint.interpreter.ownership import copied, from_outside, outer_level, part_of
from jaxlint.syntax.nodes import Code
from jaxlint.values import UNKNOWN, Const, Dict, Origin, Seq, Stage, join, widen

INNER = Seq("list", (Const(1),))
OUTER = Dict((("xs", INNER),))


def frame_at(level: int) -> Frame:
    """A frame inside that many transformations."""
    trace = EAGER
    for _ in range(level):
        trace = Trace(Stage.TRACED, Origin("jit", "traced by `jax.jit`", None), trace)
    code = Code(None, "f", (), ())  # type: ignore[arg-type]  # positions do not matter here
    return Frame(code, None, {}, trace)  # type: ignore[arg-type]  # nor does the module


def test_an_object_from_outside_is_outer() -> None:
    """It belongs to the trace it was found in, and to all deeper ones."""
    value = from_outside(OUTER, 1)

    assert [outer_level(frame_at(level), value) for level in range(4)] == [None, None, 1, 1]


def test_an_object_made_inside_is_not() -> None:
    """Nothing is outer that was not found outside."""
    assert outer_level(frame_at(2), OUTER) is None
    assert outer_level(frame_at(2), UNKNOWN) is None


def test_the_outermost_finding_place_counts() -> None:
    """An object does not move inwards by being found again."""
    assert from_outside(from_outside(INNER, 0), 1) == from_outside(from_outside(INNER, 1), 0)


def test_parts_and_copies() -> None:
    """Parts of an outer object are outer, a shallow copy is not, its parts are."""
    outer = from_outside(OUTER, 0)

    assert part_of(outer, INNER) == from_outside(INNER, 0)
    assert outer_level(frame_at(1), copied(outer)) is None


def test_joins_keep_what_both_paths_agree_on() -> None:
    """Where one path made the object itself, it is not certain that it is outer."""
    outer = from_outside(INNER, 0)
    other = from_outside(Seq("list", (Const(2),)), 0)

    assert outer_level(frame_at(1), join(outer, other)) == 0
    assert outer_level(frame_at(1), join(outer, INNER)) is None
    assert outer_level(frame_at(1), widen(outer)) == 0
