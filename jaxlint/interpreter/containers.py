"""Methods of lists, tuples, sets and dicts, with what they do to the container."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import PythonIndex, Role
from jaxlint.interpreter import staleness
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.effects import method_called
from jaxlint.interpreter.identities import element_at, forgotten
from jaxlint.interpreter.iteration import element, items_of
from jaxlint.interpreter.operators import MAX_ITEMS
from jaxlint.interpreter.ownership import copied, from_outside, part_of
from jaxlint.interpreter.paths import assign_path
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def call_method(
    machine: Machine, frame: Frame, receiver: v.Seq | v.Dict, name: str, args: Args, node: n.Node
) -> v.Value:
    """``receiver.name(*args)``; the variable that holds the container gets its new content."""
    if args.pos and (name in ("index", "count", "remove") or (name, _kind(receiver)) in _HASHING):
        machine.report(PythonIndex(node, frame, args.pos[0], f"{_kind(receiver)}.{name}"))
    if name == "sort" and isinstance(receiver, v.Seq):
        key = args.kw.get("key")
        one = receiver.join_of_elements()
        machine.test(
            frame,
            node,
            one if key is None else machine.call(frame, key, Args((one,)), node),
            Role.BOOLEAN,
            "sort",
        )
    if isinstance(receiver, v.Dict):
        value, after = _dict_method(receiver, name, args)
    else:
        value, after = _sequence_method(receiver, name, args)
    method_called(machine, frame, node, receiver, name, args.values())
    if name in _CHANGING and isinstance(node, n.Call) and isinstance(node.func, n.Attribute):
        staleness.not_read(machine, node.func.value)
        staleness.container_changed(machine, frame, node, node.func.value, receiver, None)
    if after is not receiver and isinstance(node, n.Call) and isinstance(node.func, n.Attribute):
        home = receiver.home
        assign_path(machine, frame, node.func.value, after if home is None else from_outside(after, home))
    return part_of(receiver, value) if name in _TAKING else value


# Methods that change what the container held before: a table that only grows is as good as a constant.
_CHANGING = frozenset("append extend insert remove pop clear sort reverse popitem update".split())

# Methods that give a part of the container.
_TAKING = frozenset("get pop setdefault popitem popleft items values".split())


_HASHING = frozenset(
    {("add", "set"), ("discard", "set"), ("get", "dict"), ("pop", "dict"), ("setdefault", "dict")}
)


def _kind(receiver: v.Seq | v.Dict) -> str:
    return receiver.kind if isinstance(receiver, v.Seq) else "dict"


_Outcome = tuple[v.Value, v.Value]


def _sequence_method(receiver: v.Seq, name: str, args: Args) -> _Outcome:
    method = _SEQUENCE.get(name)
    return method(receiver, args) if method is not None else (v.UNKNOWN, receiver)


def _append(receiver: v.Seq, args: Args) -> _Outcome:
    added = args.pos[0] if args.pos else v.UNKNOWN
    if receiver.kind == "list" and receiver.items is not None and len(receiver.items) < MAX_ITEMS:
        return v.Const(None), v.Seq("list", (*receiver.items, added))
    known = receiver.join_of_elements() if receiver.items != () else added
    return v.Const(None), v.Seq(receiver.kind, None, v.join(known, added))


def _extend(receiver: v.Seq, args: Args) -> _Outcome:
    added = args.pos[0] if args.pos else v.UNKNOWN
    items = items_of(added)
    if receiver.items is not None and items is not None and len(receiver.items) + len(items) <= MAX_ITEMS:
        return v.Const(None), v.Seq(receiver.kind, receiver.items + items)
    parts = [element(added)] if receiver.items == () else [receiver.join_of_elements(), element(added)]
    return v.Const(None), v.Seq(receiver.kind, None, v.join_all(parts))


def _insert(receiver: v.Seq, args: Args) -> _Outcome:
    added = args.pos[1] if len(args.pos) > 1 else v.UNKNOWN
    place = args.pos[0] if args.pos else v.UNKNOWN
    if receiver.items is not None and isinstance(place, v.Const) and isinstance(place.value, int):
        items = list(receiver.items)
        items.insert(place.value, added)
        return v.Const(None), v.Seq(receiver.kind, tuple(items))
    known = [] if receiver.items == () else [receiver.join_of_elements()]
    return v.Const(None), v.Seq(receiver.kind, None, v.join_all([*known, added]))


def _pop(receiver: v.Seq, args: Args) -> _Outcome:
    if receiver.items and (not args.pos or args.pos[0] in (v.Const(0), v.Const(-1))):
        first = bool(args.pos) and args.pos[0] == v.Const(0)
        rest = receiver.items[1:] if first else receiver.items[:-1]
        return receiver.items[0 if first else -1], v.Seq(receiver.kind, rest)
    # Which key is taken is not known, nor which is where afterwards.
    one = forgotten(receiver.join_of_elements())
    return one, v.Seq(receiver.kind, None, one)


def _clear(receiver: v.Seq, _args: Args) -> _Outcome:
    return v.Const(None), v.Seq(receiver.kind, ())


def _shuffle(receiver: v.Seq, _args: Args) -> _Outcome:
    return v.Const(None), v.Seq(receiver.kind, None, forgotten(receiver.join_of_elements()))


def _copy(receiver: v.Seq, _args: Args) -> _Outcome:
    return copied(receiver), receiver


def _number(receiver: v.Seq, _args: Args) -> _Outcome:
    return v.Static("int"), receiver


def _combine(receiver: v.Seq, args: Args) -> _Outcome:
    parts = [receiver.join_of_elements()] if receiver.items != () else []
    return v.Seq("set", None, v.join_all([*parts, *map(element, args.pos)])), receiver


def _question(receiver: v.Seq, _args: Args) -> _Outcome:
    return v.Static("bool"), receiver


def _replace_fields(receiver: v.Seq, args: Args) -> _Outcome:
    """``_replace`` of a NamedTuple."""
    cls = receiver.cls
    if cls is None or receiver.items is None or args.star_star is not None:
        return v.UNKNOWN, receiver
    names = [name for name, _, _ in cls.fields or ()]
    items = [args.kw.get(name, item) for name, item in zip(names, receiver.items, strict=False)]
    return v.Seq("tuple", tuple(items), v.UNKNOWN, cls), receiver


_SEQUENCE: dict[str, Callable[[v.Seq, Any], _Outcome]] = {
    "append": _append,
    "add": _append,
    "extend": _extend,
    "update": _extend,
    "insert": _insert,
    "pop": _pop,
    "clear": _clear,
    "sort": _shuffle,
    "reverse": _shuffle,
    "remove": _shuffle,
    "discard": _shuffle,
    "copy": _copy,
    "index": _number,
    "count": _number,
    "union": _combine,
    "intersection": _combine,
    "difference": _combine,
    "issubset": _question,
    "issuperset": _question,
    "_replace": _replace_fields,
}


def _dict_method(receiver: v.Dict, name: str, args: Args) -> _Outcome:
    values = receiver.join_of_values()
    keys = v.Seq("list", tuple(v.Const(key) for key, _ in receiver.items)) if receiver.rest is None else None
    if name == "items":
        if receiver.rest is None:
            pairs = tuple(v.Seq("tuple", (v.Const(key), value)) for key, value in receiver.items)
            return v.Seq("list", pairs), receiver
        return v.Iter(v.Seq("tuple", (element(receiver), values)), is_view=True), receiver
    if name == "keys":
        return keys if keys is not None else v.Iter(element(receiver), is_view=True), receiver
    if name == "values":
        if receiver.rest is None:
            return v.Seq("list", tuple(value for _, value in receiver.items)), receiver
        return v.Iter(values, is_view=True), receiver
    if name == "copy":
        return copied(receiver), receiver
    if name in ("get", "pop", "setdefault"):
        return _dict_lookup(receiver, name, args)
    if name == "update":
        return v.Const(None), _updated(receiver, args)
    if name == "clear":
        return v.Const(None), v.Dict(())
    return v.UNKNOWN, v.Dict((), v.UNKNOWN)


def _dict_lookup(receiver: v.Dict, name: str, args: Args) -> _Outcome:
    key = args.pos[0] if args.pos else v.UNKNOWN
    default = args.pos[1] if len(args.pos) > 1 else v.Const(None)
    found = receiver.get(key.value) if isinstance(key, v.Const) else None
    if found is not None:
        rest = tuple(item for item in receiver.items if item[0] != getattr(key, "value", None))
        return found, v.Dict(rest, receiver.rest) if name == "pop" else receiver
    if receiver.rest is None and isinstance(key, v.Const):
        after = v.Dict((*receiver.items, (key.value, default))) if name == "setdefault" else receiver
        return default, after
    if name == "setdefault" and isinstance(default, (v.Seq, v.Dict)):
        return v.widen(default), v.Dict((), v.UNKNOWN)
    value: v.Value = v.UNKNOWN
    if receiver.rest is not None and isinstance(key, v.Const):
        value = v.join(element_at(receiver.rest, key.value), default)
    elif receiver.items or receiver.rest is not None:
        value = v.join(forgotten(receiver.join_of_values()), default)
    return value, receiver if name == "get" else v.Dict((), v.UNKNOWN)


def _updated(receiver: v.Dict, args: Args) -> v.Dict:
    entries = dict(receiver.items)
    rest = receiver.rest
    for value in args.pos:
        if not isinstance(value, v.Dict):
            return v.Dict((), v.UNKNOWN)
        entries.update(value.items)
        rest = value.rest if rest is None else rest
    entries.update(args.kw)
    return v.Dict(tuple(entries.items()), v.UNKNOWN if args.star_star is not None else rest)
