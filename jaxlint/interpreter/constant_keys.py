"""Keys from constant seeds, made where they are made again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import ConstantKey
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def note_seed(frame: Frame, node: n.Node, args: Args) -> None:
    """Remember that ``node`` makes a key from a constant, and why that may be made more than once."""
    seed = args.pos[0] if args.pos else args.kw.get("seed")
    if not isinstance(seed, v.Const):
        return
    reason = "called"
    if frame.trace.stage is v.Stage.TRACED:
        reason = "traced"
    elif frame.rounds:
        reason = "loop"
    frame.seeds[v.Key(node, frame.rounds)] = reason


def report_used(machine: Machine, frame: Frame, key: v.Key) -> None:
    """Report a constant key that is used up where each run makes the same one.

    A function that makes one and is called once is fine; its callers are asked.
    """
    reason = frame.seeds.get(key.root)
    if reason == "called":
        frame.constants[key.node] = frame
    elif reason is not None:
        machine.report(ConstantKey(key.node, frame, reason))


def report_called(machine: Machine, caller: Frame, constants: dict[n.Node, Frame]) -> None:
    """Report constant keys of a function that is called in a loop; outside of one its callers are asked."""
    for node, frame in constants.items():
        if caller.rounds:
            machine.report(ConstantKey(node, frame, "called"))
        else:
            caller.constants[node] = frame


def report_default(machine: Machine, frame: Frame, code: n.Code, param: n.Param) -> None:
    """Report a constant key that is the default of a parameter which the function does something with."""
    if param.default is None or v.Key(param.default, frame.rounds) not in frame.seeds:
        return
    if any(isinstance(node, n.Name) and node.id == param.name for part in code.body for node in walk(part)):
        machine.report(ConstantKey(param.default, frame, "default"))
