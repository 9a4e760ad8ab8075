"""Whether a derivative flows backwards through a loop that has no reverse mode.

Under ``jit`` everything is a tracer, and which of them depend on what is differentiated is not known. So
the function is run once more, silently: its differentiated arguments are at stage ``FOLLOWED``, which goes
wherever a derivative goes, and what a `while_loop` makes of such a value is ``LOOPED``. The gradient fails
if its result is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import ReverseLoop
from jaxlint.interpreter import keys, pytrees
from jaxlint.interpreter.signatures import leaves, map_pair
from jaxlint.interpreter.staleness import Log

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.running import Immediate
    from jaxlint.syntax import nodes as n

Stage = v.Stage


def check(
    machine: Machine, frame: Frame, name: str, node: n.Node, run: Callable[[], v.Value], *, has_aux: bool
) -> None:
    """Report the transformation ``name`` if ``run``, on followed arguments, gives a looped result."""
    if not machine.has_loops or machine.followed is not None:
        return
    with _following(machine, frame) as loops:
        value = run()
    if has_aux:
        value = value.items[0] if isinstance(value, v.Seq) and value.items else v.UNKNOWN
    if loops and _is_looped(value):
        machine.report(ReverseLoop(node, frame, name, loops[0]))


@contextmanager
def _following(machine: Machine, frame: Frame) -> Iterator[list[v.Origin]]:
    """A run of its own: nothing of it is reported, remembered or counted for the program."""
    outer = machine.memo, machine.session, machine.is_muted, machine.calls, machine.log
    loops: list[v.Origin] = []
    machine.memo, machine.session, machine.log = {}, replace(machine.session, contexts={}), Log()
    machine.is_muted, machine.calls, machine.followed = True, None, loops
    try:
        with keys.without_consequences(frame):
            yield loops
    finally:
        outer[1].runs = machine.session.runs
        machine.memo, machine.session, machine.is_muted, machine.calls, machine.log = outer
        machine.followed = None


def leave_loop(call: Immediate, carry: v.Value) -> v.Value:
    """What comes out of a loop without reverse mode: a derivative that went in has no way back."""
    call.machine.has_loops = True
    if call.machine.followed is None:
        return carry

    def leaf(one: v.Value) -> v.Value:
        if not isinstance(one, (v.Array, v.Tree)) or one.stage < Stage.FOLLOWED:
            return one
        dtype = getattr(one, "dtype", None)
        if dtype is not None and dtype.kind not in ("f", "c"):
            return replace(one, stage=Stage.TRACED)
        assert call.machine.followed is not None
        call.machine.followed.append(call.link)
        return replace(one, stage=Stage.LOOPED)

    return pytrees.map_leaves(carry, leaf)


def _is_looped(value: v.Value) -> bool:
    """Whether some part of a value has come out of a loop, whatever path the program takes."""
    if isinstance(value, v.Union):
        return all(map(_is_looped, value.options))
    if isinstance(value, (v.Array, v.Tree)):
        return value.stage is Stage.LOOPED
    return any(_is_looped(leaf) for leaf in leaves(value) if leaf is not value)


def all_looped(values: list[v.Value], joined: v.Value) -> v.Value:
    """``joined``, which stands for all ``values`` at once: looped where one of them is."""
    for value in values:
        joined = map_pair(joined, value, _looped_like)
    return joined


def _looped_like(one: v.Value, other: v.Value) -> v.Value:
    is_array = isinstance(one, v.Array) and isinstance(other, v.Array)
    return other if is_array and other.stage is Stage.LOOPED else one  # type: ignore[attr-defined]  # an array


def is_followed(stage: v.Stage) -> bool:
    """Whether a derivative of any kind flows through a value of this stage."""
    return stage not in (Stage.CONCRETE, Stage.TRACED)


def without_derivative(value: v.Value) -> v.Value:
    """A value that no derivative flows through any more: ``stop_gradient``, a function with its own rule."""

    def leaf(one: v.Value) -> v.Value:
        if not isinstance(one, (v.Array, v.Tree)) or not is_followed(one.stage):
            return one
        if one.stage is Stage.GRAD:
            return replace(one, stage=Stage.CONCRETE, origin=None)
        return replace(one, stage=Stage.TRACED)

    return pytrees.map_leaves(value, leaf)
