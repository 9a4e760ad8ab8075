"""Clocks around computations that JAX does later: what starts one, what waits for it, what reads the time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import UnblockedTiming
from jaxlint.interpreter.binding import Args
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

CLOCKS = frozenset(
    """time.time time.time_ns time.perf_counter time.perf_counter_ns time.monotonic time.monotonic_ns
    timeit.default_timer datetime.datetime.now datetime.datetime.utcnow datetime.now""".split()
)

_TIMERS = frozenset({"timeit.timeit", "timeit.repeat"})

# Builtins that need the numbers of an array, and so wait for it.
_WAITING = frozenset(
    f"builtins.{name}"
    for name in "print float int bool complex str repr format round min max sorted any all hash sum".split()
)


def call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value | None:
    """A reading of a clock, or what a timer measures; None for any other function."""
    if dotted in CLOCKS and not frame.trace.stage:
        return _reading(machine)
    if dotted in _TIMERS and args.pos:
        start = _reading(machine)
        machine.call(frame, args.pos[0], Args(), node)
        elapsed(machine, frame, node, _reading(machine), start)
        return v.Static("float") if dotted == "timeit.timeit" else v.UNKNOWN
    if _is_waiting(dotted):
        on_use(machine, args.values())
    return None


def _is_waiting(dotted: str) -> bool:
    """Whether a function needs the numbers of its arguments, or may."""
    top = dotted.partition(".")[0]
    if top == "builtins":
        return dotted in _WAITING
    return dotted in _WAITING_JAX if top == "jax" else top not in _LAZY


_WAITING_JAX = frozenset(
    {"jax.block_until_ready", "jax.device_get", "jax.debug.print", "jax.effects_barrier"}
)

_COMPUTING = ("jax.numpy.", "jax.lax.", "jax.nn.", "jax.scipy.", "jax.image.")

# Libraries whose functions leave arrays alone.
_LAZY = frozenset(
    {"functools", "itertools", "typing", "dataclasses", "collections", "operator", "time", "timeit"}
)


def on_known(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> None:
    """A function of JAX is called, which computes if it is given arrays."""
    if dotted.startswith(_COMPUTING) and any(isinstance(value, v.Array) for value in args.pos):
        on_dispatch(machine, frame, node)


def on_method(machine: Machine, receiver: v.Value, name: str, args: Args) -> None:
    """A method of something that a library made is called."""
    if isinstance(receiver, v.Array):
        if name in _WAITING_METHODS:
            on_use(machine, (receiver,))
    elif not isinstance(receiver, (v.Seq, v.Dict, v.At, v.Transformed)):
        on_use(machine, args.values())


_WAITING_METHODS = frozenset({"block_until_ready", "item", "tolist", "__array__"})


def on_dispatch(machine: Machine, frame: Frame, node: n.Node) -> None:
    """A computation starts, and the program goes on."""
    if not frame.trace.stage:
        timeline = machine.timeline
        timeline.dispatched, timeline.dispatch = timeline.tick(), v.Place(frame.module, node)


def on_use(machine: Machine, values: Iterable[v.Value]) -> None:
    """Something outside of JAX gets values: arrays among them are waited for, and unknown ones may be."""
    if any(map(_may_be_array, values)):
        machine.timeline.waited = machine.timeline.tick()


def _may_be_array(value: v.Value) -> bool:
    if isinstance(value, v.Union):
        return any(map(_may_be_array, value.options))
    if isinstance(value, v.Seq):
        return any(map(_may_be_array, value.items if value.items is not None else (value.element,)))
    return isinstance(value, (v.Array, v.Tree, v.Unknown, v.Dict, v.Instance, v.Iter))


def _reading(machine: Machine) -> v.Clock:
    timeline = machine.timeline
    is_pending = timeline.dispatched > timeline.waited
    return v.Clock(timeline.tick(), timeline.dispatched if is_pending else 0, timeline.dispatch)


def _limits(code: n.Code) -> frozenset[n.Node]:
    """What is compared with a limit, to do something every few seconds, and measures nothing."""

    def find(code: n.Code) -> frozenset[n.Node]:
        tests = (node for node in walk(code) if isinstance(node, n.Compare))
        return frozenset(side for test in tests for side in (test.left, *test.rights))

    return code.remember("limits", find)


def elapsed(machine: Machine, frame: Frame, node: n.Node, end: v.Clock, start: v.Clock) -> v.Value:
    """Two readings of a clock are subtracted."""
    # What was started before a loop that reads the clock is under way in its first round at most.
    since = max(start.time, frame.loops[-1].start if frame.loops else 0)
    if end.dispatched > since and end.dispatch is not None and node not in _limits(frame.code):
        machine.report(UnblockedTiming(node, frame, end.dispatch))
    return v.Static("float")
