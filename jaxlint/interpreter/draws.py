"""What library functions do to the keys they are given, as the tables say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import keys
from jaxlint.interpreter.histories import DRAW, FOLD, SPLIT
from jaxlint.interpreter.identities import with_identity
from jaxlint.interpreter.keys import Effect
from jaxlint.knowledge.keys import KeyFacts, key_facts
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node, value: v.Value) -> v.Value:
    """Record what a call of ``dotted`` does to keys; ``value`` is its result, which may be a key itself."""
    facts = key_facts(dotted)
    if facts is None:
        return value
    for position, name in facts.parameters:
        _use(machine, frame, facts, dotted, args, node, position, name)
    if facts.makes:
        known = value if isinstance(value, (v.Array, v.Tree)) else v.UNKNOWN
        return with_identity(known, keys.make(frame, node))
    return value


def _use(
    machine: Machine,
    frame: Frame,
    facts: KeyFacts,
    dotted: str,
    args: Args,
    node: n.Node,
    position: int | None,
    name: str,
) -> None:
    slot: int | str = position if position is not None and position < len(args.pos) else name
    value = args.pos[slot] if isinstance(slot, int) else args.kw.get(slot)
    if value is None:
        return
    short = dotted.removeprefix("jax.")
    if facts.effect == "split":
        effect = Effect(SPLIT, count=_count(args), by=short)
    elif facts.effect == "fold":
        effect = Effect(FOLD, data=_constant(_argument(args, 1, "data")), by=short)
    else:
        effect = Effect(DRAW, by=short, is_paired=facts.is_paired)
    keys.use(machine, frame, value, args.node(slot), node, effect)


def _argument(args: Args, position: int, name: str) -> v.Value:
    if position < len(args.pos):
        return args.pos[position]
    return args.kw.get(name, v.UNKNOWN)


def _count(args: Args) -> int | None:
    """How many keys a call of ``split`` makes."""
    if len(args.pos) < 2 and "num" not in args.kw:
        return 2
    count = _argument(args, 1, "num")
    return count.value if isinstance(count, v.Const) and isinstance(count.value, int) else None


def _constant(value: v.Value) -> tuple[str, object] | None:
    return (value.type.__name__, value.value) if isinstance(value, v.Const) else None
