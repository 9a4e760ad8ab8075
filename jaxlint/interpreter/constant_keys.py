"""Keys from constant seeds, made where they are made again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jaxlint import values as v
from jaxlint.events import ConstantKey
from jaxlint.interpreter.histories import DRAW, STREAM, Use
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import names_in
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


class Seeding(NamedTuple):
    """Where a key comes from a constant, and why that may happen more than once."""

    node: n.Node
    reason: str


def note_seed(frame: Frame, node: n.Node, args: Args) -> None:
    """Remember that ``node`` makes a key from a constant; tests do that for good reason."""
    seed = args.pos[0] if args.pos else args.kw.get("seed")
    if not isinstance(seed, v.Const):
        return
    if frame.is_test:
        return
    reason = "loop" if frame.rounds else "called"
    if frame.trace.stage is v.Stage.TRACED:
        reason = "traced"
    frame.seeds[v.Key(node, frame.rounds)] = Seeding(node, reason)


def inherit(frame: Frame, key: v.Value, node: n.Node) -> None:
    """The keys that ``node`` splits off a constant one are constant as well."""
    identity = getattr(key, "key", None) or ()
    for one, _ in identity:
        seeding = frame.seeds.get(one.root)
        if seeding is not None:
            frame.seeds[v.Key(node, frame.rounds)] = seeding


def report_used(machine: Machine, frame: Frame, key: v.Key, use: Use) -> None:
    """Report a constant key that numbers are drawn with where each run draws the same.

    To initialise a model once with a constant key is what they are for. A function that makes such a key
    and is called once is fine, too; its callers are asked.
    """
    seeding = frame.seeds.get(key.root)
    if seeding is None or use.effect not in (DRAW, STREAM) or use.is_initial:
        return
    if seeding.reason == "called":
        frame.constants[seeding.node] = frame
    elif seeding.reason != "loop" or not _differs_by_round(frame, use.call):
        machine.report(ConstantKey(seeding.node, frame, seeding.reason))


def _differs_by_round(frame: Frame, call: n.Node) -> bool:
    """Whether a draw has a size that the loop goes over, as a benchmark or a table of cases does."""
    loops = (guard.node for guard in frame.guards if guard.test is None)
    targets = (node for loop in loops if isinstance(loop, n.For) for node in walk(loop.target))
    names = {node.id for node in targets if isinstance(node, n.Name)}
    return any(isinstance(node, n.Name) and node.id in names for node in walk(call))


def report_called(machine: Machine, caller: Frame, constants: dict[n.Node, Frame]) -> None:
    """Report constant keys of a function that is called in a loop; outside of one its callers are asked."""
    for node, frame in constants.items():
        if caller.rounds and not caller.repeats:
            machine.report(ConstantKey(node, frame, "called"))
        else:
            caller.constants[node] = frame


def is_made_for(name: str, constants: dict[n.Node, Frame]) -> bool:
    """Whether a constant key takes the place of a parameter ``name`` that was not given."""
    return any(_is_made_for(frame.code, name, node) for node, frame in constants.items())


def _is_made_for(code: n.Code, name: str, made: n.Node) -> bool:
    for node in walk(code):
        if isinstance(node, n.Assign):
            takes = any(isinstance(target, n.Name) and target.id == name for target in node.targets)
        else:
            takes = isinstance(node, (n.Conditional, n.Boolean)) and name in names_in(node)
        if takes and any(part is made for part in walk(node)):
            return True
    return False


def report_default(machine: Machine, frame: Frame, code: n.Code, param: n.Param) -> None:
    """Report a constant key that is the default of a parameter which the function does something with."""
    if param.default is None or v.Key(param.default, frame.rounds) not in frame.seeds:
        return
    if any(isinstance(node, n.Name) and node.id == param.name for part in code.body for node in walk(part)):
        machine.report(ConstantKey(param.default, frame, "default"))
