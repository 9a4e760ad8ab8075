"""What traced code does with the host: it writes to it, or reads what changes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import HostState, SideEffect
from jaxlint.inspection import origin_of, stage_of
from jaxlint.interpreter import host_random
from jaxlint.knowledge import host
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def report_call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> None:
    """Report a library function that writes to the host, or reads its state, in traced code.

    What only ``vmap`` or ``grad`` traces runs at each call: nothing is frozen there, but a tracer that
    is printed still shows no number.
    """
    if not frame.trace.level:
        return
    host_random.report_draw(machine, frame, dotted, node)
    is_staged = frame.trace.stage is v.Stage.TRACED
    if host.writes(dotted):
        shown = next((value for value in args.values() if shows_tracer(value)), None)
        if is_staged or shown is not None:
            origin = None if shown is None else origin_of(shown) or getattr(shown, "shows", None)
            machine.report(SideEffect(node, frame, dotted, origin, is_traced=shown is not None))
    elif is_staged and host.reads(dotted):
        machine.report(HostState(node, frame, dotted))


def report_environment(machine: Machine, frame: Frame, node: n.Node, base: v.Value) -> None:
    """Report ``os.environ[name]`` in traced code."""
    if frame.trace.stage is v.Stage.TRACED and base == v.Library("os.environ"):
        machine.report(HostState(node, frame, "os.environ"))


def shows_tracer(value: v.Value) -> bool:
    """Whether a value is an abstract tracer, holds one, or is a text that was made of one."""
    if isinstance(value, v.Static):
        return value.shows is not None
    return stage_of(value) is v.Stage.TRACED


def text_of(*values: v.Value) -> v.Static:
    """The text that is made of ``values``."""
    shown = next((value for value in values if shows_tracer(value)), None)
    origin = None if shown is None else origin_of(shown) or getattr(shown, "shows", None)
    return v.Static("str", origin)
