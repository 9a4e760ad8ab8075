"""What library functions do to the keys they are given, as the tables say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import KeyDiscarded, LegacyKey
from jaxlint.interpreter import keys
from jaxlint.interpreter.constant_keys import inherit, note_seed
from jaxlint.interpreter.histories import DRAW, FOLD, SPLIT, STREAM
from jaxlint.interpreter.identities import certain, with_identity
from jaxlint.interpreter.keys import Effect
from jaxlint.knowledge.frameworks import parent_class
from jaxlint.knowledge.keys import KeyFacts, is_for_dropout, key_facts, no_dropout
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

_OWN_KEY = n.Name(None, "key")  # type: ignore[arg-type]  # it stands in no program
"""What stands for the key that functions make for themselves, which is the same each time."""


def call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node, value: v.Value) -> v.Value:
    """Record what a call of ``dotted`` does to keys; ``value`` is its result, which may be a key itself."""
    facts = key_facts(dotted)
    if facts is None:
        return value
    if dotted == "jax.random.PRNGKey":
        machine.report(LegacyKey(node, frame))
    if facts.effect == "implicit" and not {"key", "seed"} & args.kw.keys() and args.star_star is None:
        _draw_from_own_key(machine, frame, dotted, node)
    for position, name in () if _is_switched_off(dotted, args) else facts.parameters:
        slot: int | str = position if position is not None and position < len(args.pos) else name
        given = args.pos[slot] if isinstance(slot, int) else args.kw.get(slot)
        if given is not None:
            _use(machine, frame, given, args.node(slot), node, _effect(facts, dotted, args, frame, node))
    if facts.effect == "implicit":
        return v.Seq("tuple", (v.UNKNOWN, v.UnknownKey(keys.make(frame, node))))
    if not facts.makes:
        return value
    if facts.effect == "split" and args.pos:
        inherit(frame, args.pos[0], node)
    known = value if isinstance(value, (v.Array, v.Tree)) else v.UNKNOWN
    made = with_identity(known, keys.make(frame, node))
    if facts.is_seed:
        note_seed(frame, node, args)
    return made


def call_method(
    machine: Machine, frame: Frame, classes: list[str], name: str, args: Args, node: n.Node, value: v.Value
) -> v.Value:
    """The same for a method, which an object has from one of ``classes``."""
    for cls in classes:
        for one in (cls, parent_class(cls)):
            if key_facts(f"{one}.{name}") is not None:
                return call(machine, frame, f"{one}.{name}", args, node, value)
    return value


def _effect(facts: KeyFacts, dotted: str, args: Args, frame: Frame, node: n.Node) -> Effect:
    short = dotted.removeprefix("jax.")
    if facts.effect == "split":
        return Effect(SPLIT, data=_taken(frame.code, node), count=_count(args), by=short)
    if facts.effect == "fold":
        return Effect(FOLD, data=_constant(_argument(args, 1, "data")), by=short)
    if facts.folded is not None:
        return Effect(STREAM, data=facts.folded, by=short)
    is_paired = facts.is_paired or (dotted == "jax.random.choice" and _chooses_for_many(args, frame.code))
    return Effect(DRAW, by=short, is_paired=is_paired, is_implicit=facts.effect == "implicit")


def _is_switched_off(dotted: str, args: Args) -> bool:
    """Whether a network is told to drop nothing, as by ``train=False``, and may have no other use for keys.

    The one key of a haiku function may be for something else, but most often is for dropout.
    """
    off = ((value, no_dropout(name)) for name, value in args.kw.items())
    if not any(isinstance(value, v.Const) and value.value is word for value, word in off if word is not None):
        return False
    if dotted in ("haiku.Transformed.apply", "haiku.TransformedWithState.apply"):
        return True
    rngs = args.kw.get("rngs")
    return (
        dotted == "flax.linen.Module.apply"
        and isinstance(rngs, v.Dict)
        and rngs.rest is None
        and all(is_for_dropout(name) for name, _ in rngs.items)
    )


def _chooses_for_many(args: Args, code: n.Code) -> bool:
    """``tree.map(lambda x: choice(key, x, ...), trees)`` takes the same rows of all arrays."""
    array, own = args.node(1) or args.node("a"), {param.name for param in code.params}
    return last_name(array) in own and last_name(args.node(0) or args.node("key")) not in own


def _use(
    machine: Machine, frame: Frame, value: v.Value, argument: n.Node | None, node: n.Node, effect: Effect
) -> None:
    """Use a key, or each key in a dict or tuple."""
    if isinstance(value, v.Dict):
        nodes: dict[object, n.Node] = {}
        if isinstance(argument, n.DictDisplay):
            pairs = ((key, entry) for key, entry in argument.items if isinstance(key, n.LiteralValue))
            nodes = {key.value: entry for key, entry in pairs}
        for name, entry in value.items:
            _use(machine, frame, entry, nodes.get(name), node, effect)
    elif isinstance(value, v.Seq) and value.items is not None:
        for item in value.items:
            _use(machine, frame, item, None, node, effect)
    elif not isinstance(value, (v.Const, v.Static, v.LibraryInstance, v.Instance)):
        keys.use(machine, frame, value, argument, node, effect)


def _draw_from_own_key(machine: Machine, frame: Frame, dotted: str, node: n.Node) -> None:
    own = v.UnknownKey(certain(v.Key(_OWN_KEY)))
    keys.use(machine, frame, own, None, node, Effect(DRAW, by=dotted, is_implicit=True))


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


def _taken(code: n.Code, call: n.Node) -> int | None:
    """The index of the one key that is taken of those that ``call`` makes: ``split(key)[1]``."""
    return code.remember("<taken>", _all_taken).get(call)


def _all_taken(code: n.Code) -> dict[n.Node, int]:
    return {
        node.value: node.index.value
        for node in walk(code)
        if isinstance(node, n.Subscript)
        and isinstance(node.value, n.Call)
        and isinstance(node.index, n.LiteralValue)
        and isinstance(node.index.value, int)
    }


def _constant(value: v.Value) -> tuple[str, object] | None:
    return (value.type.__name__, value.value) if isinstance(value, v.Const) else None


def drops_keys(machine: Machine, frame: Frame, node: n.Expr) -> bool:
    """Whether a statement is only a call that makes new keys from one, which is reported.

    The old key is as good afterwards as it was before.
    """
    if not isinstance(node, n.Call) or last_name(node.func) not in ("split", "fold_in") or not node.args:
        return False
    function = machine.eval(frame, node.func)
    facts = key_facts(function.dotted) if isinstance(function, v.Library) else None
    if facts is None:
        return False
    for argument in node.args:
        machine.eval(frame, argument.value)
    machine.report(KeyDiscarded(node, frame, node.args[0].value, node.func))
    return True
