"""What traced code does with the host: it writes to it, or reads what changes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import HostState, HostSync, SideEffect
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
    elif is_staged and host.reads(dotted) and not _replaces_missing(frame):
        machine.report(_state(machine, frame, dotted, node))


def report_environment(machine: Machine, frame: Frame, node: n.Node, base: v.Value) -> None:
    """Report ``os.environ[name]`` in traced code."""
    if frame.trace.stage is v.Stage.TRACED and base == v.Library("os.environ"):
        machine.report(_state(machine, frame, "os.environ", node))


def _state(machine: Machine, frame: Frame, dotted: str, node: n.Node) -> HostState:
    is_helper = frame.code not in machine.session.transformed and frame.code.name != "<lambda>"
    return HostState(node, frame, dotted, is_setting=is_helper and host.is_setting(dotted))


def _replaces_missing(frame: Frame) -> bool:
    """Whether the code runs only where an argument is None, of which it is not known whether it ever is.

    Modules make a seed of their own so where they are called outside of compiled code.
    """
    for guard in frame.guards:
        test = guard.test
        if not isinstance(test, n.Compare) or len(test.ops) != 1 or not isinstance(test.left, n.Name):
            continue
        is_none = isinstance(test.rights[0], n.LiteralValue) and test.rights[0].value is None
        is_missing = is_none and test.ops[0] == ("is" if guard.holds else "is not")
        given = frame.arguments.get(test.left.id)
        if is_missing and given is not None and given != v.Const(None):
            return True
    return False


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


def report_sync(machine: Machine, frame: Frame, value: v.Value, function: str, node: n.Node) -> None:
    """Report that a result of compiled code is waited for in every step of a loop."""
    lineage = value.lineage if isinstance(value, v.Array) else None
    if lineage is not None and lineage.is_compiled and is_every_step(frame):
        machine.report(HostSync(node, frame, value, function))


def report_sent(machine: Machine, frame: Frame, args: Args) -> None:
    """Report a NumPy array that is made before a loop and sent to the device in every step of it."""
    if not is_every_step(frame) or not frame.loops:
        return
    before = frame.loops[-1].before
    for value, place in zip(args.pos, args.pos_nodes, strict=False):
        if isinstance(value, v.NumPyArray) and isinstance(place, n.Name) and before.get(place.id) is value:
            machine.report(HostSync(place, frame, value, "", is_sent=True))


def is_every_step(frame: Frame) -> bool:
    """Whether code runs eagerly and in every round of a loop, not under a condition."""
    return not frame.trace.level and bool(frame.guards) and frame.guards[-1].test is None
