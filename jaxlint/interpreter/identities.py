"""Which PRNG key a value is: finding out, giving identities to values, taking parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from jaxlint import values as v
from jaxlint.interpreter.conditions import Condition
from jaxlint.interpreter.histories import Each, Loop, Slice

MAX_ALTERNATIVES = 4
"""A value that can be more keys than this has no identity."""

Rename = Callable[[v.Identity, tuple[Any, ...]], "v.Identity | None"]

_KEYED = (v.Array, v.Tree, v.UnknownKey)
_CALLABLE = (v.Function, v.Partial, v.Transformed)
_HOLDING = frozenset({*_KEYED, *_CALLABLE, v.Seq, v.Dict, v.Instance, v.Iter, v.Union})
"""Kinds of values that are or hold keys."""


def certain(key: v.Key) -> v.Identity:
    """The identity of a value that is exactly one key."""
    return ((key, frozenset()),)


def identity_of(value: v.Value) -> v.Identity | None:
    """Which key a value is; of a union, what those alternatives are that are keys."""
    if isinstance(value, _KEYED):
        return value.key
    if isinstance(value, v.Union):
        found = [alternative for option in value.options for alternative in identity_of(option) or ()]
        return _limited(found)
    return None


def _limited(alternatives: Iterable[tuple[v.Key, frozenset[Any]]]) -> v.Identity | None:
    distinct = tuple(dict.fromkeys(alternatives))
    return distinct if 0 < len(distinct) <= MAX_ALTERNATIVES else None


def with_identity(value: v.Value, identity: v.Identity | None) -> v.Value:
    """The same value as a certain key (or as none that is known)."""
    if isinstance(value, v.Union):
        return v.join_all([with_identity(o, identity) if isinstance(o, _KEYED) else o for o in value.options])
    if isinstance(value, (v.Array, v.Tree)):
        return value if value.key == identity else replace(value, key=identity)
    if isinstance(value, v.Unknown):
        return v.UNKNOWN if identity is None else v.UnknownKey(identity)
    return value


def key_part(identity: v.Identity | None, *parts: Any) -> v.Identity | None:
    """The identity of a part of a key."""
    if identity is None:
        return None
    return tuple((key._replace(path=_longer(key.path, parts)), conditions) for key, conditions in identity)


def _longer(path: tuple[Any, ...], parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path with more parts; a part of a slice is one of the whole."""
    for part in parts:
        if path and isinstance(path[-1], Slice):
            path = (*path[:-1], *_inside(path[-1], part))
        else:
            path = (*path, part)
    return path


def _inside(within: Slice, part: Any) -> tuple[Any, ...]:
    if isinstance(part, int):
        return (within.place(part),)
    if isinstance(part, Slice):
        return (within.slice_of(part),)
    if isinstance(part, Each):
        return (part._replace(within=within.slice_of(part.within)),)
    return (within, part)


def element_at(element: v.Value, *parts: Any) -> v.Value:
    """One element of a list of keys, or a slice of them, given what stands for each.

    Keys that are no element of an array are forgotten: they may differ, though one call has made them all.
    """

    def change(identity: v.Identity, _path: tuple[Any, ...]) -> v.Identity | None:
        if not all(key.path and _is_any(key.path[-1]) for key, _ in identity):
            return None
        wholes = tuple(
            (key._replace(path=(*key.path[:-1], key.path[-1].within)), conditions)
            for key, conditions in identity
        )
        return key_part(wholes, *parts)

    return rename(element, change)


def _is_any(part: Any) -> bool:
    return isinstance(part, Each) and part.rounds is None


def under(identity: v.Identity, condition: Condition) -> v.Identity:
    """The same keys, where ``condition`` holds."""
    return tuple((key, conditions | {condition}) for key, conditions in identity)


def rename(value: v.Value, change: Rename, path: tuple[Any, ...] = ()) -> v.Value:
    """Change the identity of every key in ``value``; ``change`` gets it with the path that leads there."""
    if type(value) not in _HOLDING:
        return value
    if isinstance(value, _KEYED):
        if value.key is None:
            return value
        return with_identity(value, change(value.key, path))
    if isinstance(value, v.Seq):
        return _rename_sequence(value, change, path)
    if isinstance(value, v.Dict):
        items = tuple((name, rename(entry, change, (*path, name))) for name, entry in value.items)
        rest = None if value.rest is None else rename(value.rest, change, (*path, Each()))
        is_same = _same(items, value.items) and rest is value.rest
        return value if is_same else replace(value, items=items, rest=rest)
    if isinstance(value, v.Instance):
        fields = tuple((name, rename(entry, change, (*path, name))) for name, entry in value.fields)
        return value if _same(fields, value.fields) else replace(value, fields=fields)
    if isinstance(value, v.Iter):
        element = rename(value.element, change, (*path, Each()))
        return value if element is value.element else replace(value, element=element)
    if isinstance(value, v.Union):
        options = tuple(rename(option, change, path) for option in value.options)
        is_same = all(map(_is, options, value.options))
        return value if is_same else v.join_all(options)
    if isinstance(value, _CALLABLE):
        return _rename_callable(value, change, path)
    return value


def roots(values: Iterable[v.Value]) -> Iterator[v.Key]:
    """The keys that values are, hold or are parts of."""
    return (key.root for value in values for identity, _path in held(value) for key, _ in identity)


def held(value: v.Value) -> list[tuple[v.Identity, tuple[Any, ...]]]:
    """The identities of the keys that a value is or holds, each with the path that leads there."""
    found: list[tuple[v.Identity, tuple[Any, ...]]] = []

    def note(identity: v.Identity, path: tuple[Any, ...]) -> v.Identity:
        found.append((identity, path))
        return identity

    rename(value, note)
    return found


def _rename_callable(
    value: v.Function | v.Partial | v.Transformed, change: Rename, path: tuple[Any, ...]
) -> v.Value:
    """The same for the keys that a function has from where it was made."""
    if isinstance(value, v.Function):
        if not value.keys:
            return value
        renamed = ((name, change(identity, (*path, name))) for name, identity in value.keys)
        return replace(
            value, keys=tuple((name, identity) for name, identity in renamed if identity is not None)
        )
    function = rename(value.function, change, (*path, "function"))
    if isinstance(value, v.Transformed):
        return value if function is value.function else replace(value, function=function)
    args = tuple(rename(one, change, (*path, index)) for index, one in enumerate(value.args))
    kwargs = tuple((name, rename(one, change, (*path, name))) for name, one in value.kwargs)
    is_same = all(map(_is, args, value.args)) and _same(kwargs, value.kwargs) and function is value.function
    return value if is_same else replace(value, function=function, args=args, kwargs=kwargs)


def _rename_sequence(value: v.Seq, change: Rename, path: tuple[Any, ...]) -> v.Seq:
    if value.items is None:
        element = rename(value.element, change, (*path, Each()))
        return value if element is value.element else replace(value, element=element)
    items = tuple(rename(item, change, (*path, index)) for index, item in enumerate(value.items))
    return value if all(map(_is, items, value.items)) else replace(value, items=items)


def _is(left: object, right: object) -> bool:
    return left is right


def _same(left: tuple[tuple[Any, v.Value], ...], right: tuple[tuple[Any, v.Value], ...]) -> bool:
    return all(one[1] is other[1] for one, other in zip(left, right, strict=True))


def forgotten(value: v.Value) -> v.Value:
    """The same value with no key in it known: what is left where one value stands for many."""
    return rename(value, lambda _identity, _path: None)


def in_round(value: v.Value, rounds: tuple[int, ...]) -> v.Value:
    """One element of an array of keys as a loop sees it in certain rounds."""

    def change(identity: v.Identity, _path: tuple[Any, ...]) -> v.Identity:
        return tuple((_key_in_round(key, rounds), conditions) for key, conditions in identity)

    return rename(value, change)


def _key_in_round(key: v.Key, rounds: tuple[int, ...]) -> v.Key:
    if not any(map(_is_any, key.path)):
        return key
    return key._replace(
        path=tuple(part._replace(rounds=rounds) if _is_any(part) else part for part in key.path)
    )


def of_all_rounds(value: v.Value, rounds: tuple[int, ...]) -> v.Value:
    """What was made of one element of an array of keys in a round, as what stands for all that were made."""

    def change(identity: v.Identity, _path: tuple[Any, ...]) -> v.Identity:
        return tuple((_key_of_all(key, rounds), conditions) for key, conditions in identity)

    return rename(value, change)


def _key_of_all(key: v.Key, rounds: tuple[int, ...]) -> v.Key:
    path = tuple(
        part._replace(rounds=None) if isinstance(part, Each) and part.rounds == rounds else part
        for part in key.path
    )
    return key if path == key.path else key._replace(path=path)


def of_earlier_round(value: v.Value, loop: Loop) -> v.Value:
    """A value at the start of a round of a loop, its keys called as those of an earlier round."""

    def change(identity: v.Identity, _path: tuple[Any, ...]) -> v.Identity:
        return tuple((loop.earlier(key), conditions) for key, conditions in identity)

    return rename(value, change)


def either(left: v.Value, right: v.Value, joined: v.Value, condition: Callable[[], Condition]) -> v.Value:
    """``joined`` with the identities of both sides: the left ones where ``condition`` holds.

    The join itself forgets identities that differ.
    """
    if left is right:
        return joined
    if isinstance(joined, v.Union):
        return _either_option(left, right, joined, condition)
    if isinstance(joined, v.Seq) and joined.items is not None:
        if isinstance(left, v.Seq) and isinstance(right, v.Seq) and left.items and right.items:
            parts = zip(left.items, right.items, joined.items, strict=True)
            return replace(joined, items=tuple(either(*part, condition) for part in parts))
        return joined
    if isinstance(joined, v.Instance) and isinstance(left, v.Instance) and isinstance(right, v.Instance):
        lefts, rights = dict(left.fields), dict(right.fields)
        fields = tuple(
            (name, either(lefts.get(name, entry), rights.get(name, entry), entry, condition))
            for name, entry in joined.fields
        )
        return joined if _same(fields, joined.fields) else replace(joined, fields=fields)
    return _either_key(left, right, joined, condition)


def _either_option(
    left: v.Value, right: v.Value, joined: v.Union, condition: Callable[[], Condition]
) -> v.Value:
    """A value that is of another kind on each side: a key in it is there where its side was taken."""
    lefts, rights = keys_in(left), keys_in(right)
    if lefts == rights:
        return joined
    here = condition()
    opposite = here._replace(holds=not here.holds)

    def change(identity: v.Identity, _path: tuple[Any, ...]) -> v.Identity:
        return tuple(
            (key, conditions | {here if key in lefts else opposite})
            if (key in lefts) is not (key in rights)
            else (key, conditions)
            for key, conditions in identity
        )

    return rename(joined, change)


def keys_in(value: v.Value) -> set[v.Key]:
    """All keys in a value."""
    return {key for identity, _path in held(value) for key, _ in identity}


def _either_key(
    left: v.Value, right: v.Value, joined: v.Value, condition: Callable[[], Condition]
) -> v.Value:
    one, other = identity_of(left), identity_of(right)
    if one is None or other is None or one == other:
        return joined
    here = condition()
    opposite = here._replace(holds=not here.holds)
    return with_identity(joined, _limited((*under(one, here), *under(other, opposite))))


def following(state: v.Value | None, end: v.Value, joined: v.Value) -> v.Value:
    """``joined`` with the identities that ``end`` has: those with which the next round of a loop starts."""
    if state is None or state is end or isinstance(joined, v.Union):
        return joined
    if isinstance(joined, v.Seq) and isinstance(end, v.Seq) and isinstance(state, v.Seq):
        if joined.items is None or end.items is None or state.items is None:
            return joined
        parts = zip(state.items, end.items, joined.items, strict=True)
        return replace(joined, items=tuple(following(*part) for part in parts))
    if isinstance(joined, v.Instance) and isinstance(end, v.Instance) and isinstance(state, v.Instance):
        before, after = dict(state.fields), dict(end.fields)
        fields = tuple(
            (name, following(before.get(name), after.get(name, entry), entry))
            for name, entry in joined.fields
        )
        return joined if _same(fields, joined.fields) else replace(joined, fields=fields)
    return with_identity(joined, identity_of(end))
