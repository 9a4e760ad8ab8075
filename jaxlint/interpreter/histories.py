"""What was done to PRNG keys on a path: a record of uses that travels with the variables."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from jaxlint.interpreter.conditions import Conditions, exclusive
from jaxlint.interpreter.fates import Trail
from jaxlint.syntax.nodes import Node
from jaxlint.values import Key, Value

HISTORY = "<keys>"
"""The name under which the history stands among the variables of a frame; no program can use it."""

MAX_USES = 8
"""Uses of one key that are remembered."""

DRAW, SPLIT, FOLD, STREAM = "draw", "split", "fold", "stream"
"""What is done to a key; to draw from a stream is to fold its name in first."""


class Slice(NamedTuple):
    """The elements of an array of keys from ``lower`` up to and without ``upper``, as Python counts."""

    lower: int = 0
    upper: int | None = None

    def place(self, number: int) -> int:
        """The index in the whole array of what has ``number`` in the slice."""
        if number >= 0:
            return self.lower + number
        return number if self.upper is None else self.upper + number

    def slice_of(self, other: Slice) -> Slice:
        """A slice of this one."""
        upper = self.upper if other.upper is None else self.place(other.upper)
        return Slice(self.place(other.lower), upper)


class Each(NamedTuple):
    """One element of an array of keys that a loop goes over, in certain rounds; no rounds: all of them.

    Of a slice of the array, the loop may go over a part alone.
    """

    rounds: tuple[int, ...] | None = None
    within: Slice = Slice()


class At(NamedTuple):
    """The element at an index that is not known, as the program writes it, in certain rounds of loops."""

    index: Any
    rounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of (a part of) a key.

    ``effect`` is what was done, ``data`` what was folded in, or the index of the one key that is
    taken of those that ``split`` makes (None: not known). ``call`` is the place in the function that the
    history belongs to; ``site`` the frame and node to report where the use repeats itself; ``is_shared``
    says that a function which a transformation repeats uses the same key each time; ``is_paired`` that
    programs use one key several times on purpose there, ``is_implicit`` that the function has a key of its
    own, ``is_whole`` that the argument itself is the key, and is no array of keys. ``trail`` is the call that
    did it, in its function, and the calls that led there; ``which`` are those of the conditions under which
    the variable holds this key, and no other. ``is_occasional`` says that only some rounds of a loop come
    to it.
    """

    path: tuple[Any, ...]
    effect: str
    call: Node
    rounds: tuple[int, ...]
    conditions: Conditions = frozenset()
    data: Any = None
    count: int | None = None
    is_shared: bool = False
    by: str = ""
    is_paired: bool = False
    is_implicit: bool = False
    argument: Node | None = field(default=None, compare=False)
    part: str = field(default="", compare=False)
    is_whole: bool = field(default=False, compare=False)
    site: tuple[Any, Node] = field(default=(None, None), compare=False)  # type: ignore[assignment]  # always given
    trail: Trail = field(default=(), compare=False)
    which: Conditions = field(default=frozenset(), compare=False)
    is_occasional: bool = field(default=False, compare=False)

    @property
    def is_initial(self) -> bool:
        """Whether the use is that of a module which makes its first parameters."""
        return self.by.rpartition(".")[2].startswith(("init", "lazy_init"))

    def clashes(self, later: Use) -> bool:
        """Whether ``later`` uses again what this use has used up."""
        if self.call is later.call and not self.is_of_earlier_round(later):
            return False
        if not _overlap(self.path, later.path) or not _spoils(self, later):
            return False
        if exclusive(self.conditions, later.conditions):
            return False
        return not (self.is_of_earlier_round(later) and self._happens_once(later))

    def reaches(self, key: Key, conditions: Conditions) -> bool:
        """Whether this may have happened to ``key`` where ``conditions`` hold."""
        return _overlap(self.path, key.path) and not exclusive(self.conditions, conditions)

    def is_of_earlier_round(self, later: Use) -> bool:
        """Whether a loop around both came to ``later`` in a later round."""
        return any(mine < other for mine, other in zip(self.rounds, later.rounds, strict=False))

    def is_of_inner_round(self, later: Use) -> bool:
        """Whether it is the innermost loop around ``later`` that came to it again."""
        return self.is_of_earlier_round(later) and self.rounds[: len(later.rounds) - 1] == later.rounds[:-1]

    def is_at(self, other: Use) -> bool:
        """Whether both are of one place in the program."""
        return self.site[1] is other.site[1]

    def _happens_once(self, later: Use) -> bool:
        return any(condition.is_passing for condition in self.conditions & later.conditions)


def _overlap(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """Whether one part of a key holds the other."""
    return all(_same_part(one, other) for one, other in zip(left, right, strict=False))


def _same_part(left: Any, right: Any) -> bool:
    if isinstance(left, Each) and isinstance(right, Each) and None not in (left.rounds, right.rounds):
        return left == right
    one, other = _range(left), _range(right)
    if one is not None and other is not None:
        return one[0] < _end(other, one[0]) and other[0] < _end(one, other[0])
    if any(isinstance(part, Each) and part.within == Slice() for part in (left, right)):
        return True  # a loop over all elements comes to any that is named
    return type(left) is type(right) and left == right


_MANY = 1 << 40
"""What stands for the number of elements where it is not known, which most often is larger than any index."""


def _range(part: Any) -> tuple[int, int] | None:
    """Which elements a part stands for, where that is known."""
    if isinstance(part, int):
        return _from_start(part), _from_start(part) + 1
    if isinstance(part, Each):
        return _range(part.within)
    if isinstance(part, Slice):
        return _from_start(part.lower), _MANY if part.upper is None else _from_start(part.upper)
    return None


def _end(elements: tuple[int, int], start: int) -> int:
    """Where elements surely reach to: one counted from the end may be before one counted from the start."""
    is_counted_from_end = _MANY // 2 < elements[1] < _MANY and elements[0] < _MANY // 2
    return elements[0] + 1 if is_counted_from_end and start < _MANY // 2 else elements[1]


def _from_start(index: int) -> int:
    return index if index >= 0 else _MANY + index


def _spoils(first: Use, later: Use) -> bool:
    """Whether the second of two uses of one key gives numbers that depend on those of the first."""
    if first.is_paired and later.is_paired:
        return False
    effects = {FOLD if one.effect == STREAM else one.effect for one in (first, later)}
    if effects == {SPLIT} and first.count == later.count and None not in (first.data, later.data):
        return bool(first.data == later.data)
    if FOLD not in effects:
        return True
    if effects == {FOLD}:
        return first.data is not None and first.data == later.data
    if effects == {FOLD, SPLIT}:
        fold, split = (later, first) if first.effect == SPLIT else (first, later)
        return _is_index(fold.data, split.count)
    return False


def _is_index(data: Any, count: int | None) -> bool:
    """Whether ``fold_in(key, data)`` is one of the keys that ``split(key, count)`` gives."""
    return isinstance(data, tuple) and data[0] == "int" and count is not None and 0 <= data[1] < count


@dataclass(slots=True, eq=False)
class History(Value):
    """The uses of each key on a path, by the root of the key; immutable by convention."""

    uses: dict[Key, tuple[Use, ...]] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, History) and other.uses == self.uses

    def __hash__(self) -> int:
        return hash(frozenset(self.uses))

    def of(self, key: Key) -> tuple[Use, ...]:
        """The uses of anything that has the same root."""
        return self.uses.get(key.root, ())

    def with_use(self, key: Key, use: Use) -> History:
        """The history with one more use."""
        known = self.of(key)
        if use in known or len(known) >= MAX_USES:
            return self
        return History({**self.uses, key.root: (*known, use)})

    def with_new(self, key: Key) -> History:
        """The history in which a key was made: nothing has happened to it. Loops look for such keys."""
        return History({**self.uses, key.root: ()})

    def without(self, key: Key) -> History:
        """The history in which a key was made anew."""
        if key.root not in self.uses:
            return self
        return History({root: uses for root, uses in self.uses.items() if root != key.root})

    def where_all_differ(self, before: History, others: Sequence[History], known: Container[Key]) -> History:
        """This history, but as it was ``before`` for what is not ``known`` and not touched by all others."""
        uses = {
            root: found
            for root, found in self.uses.items()
            if root in known or all(other.uses.get(root) != before.uses.get(root) for other in others)
        }
        return History({**before.uses, **uses})

    def at_round(self, rounds: tuple[int, ...]) -> History:
        """The history with which a round starts that stands for many: it comes to other elements."""
        if not self._mentions(rounds):
            return self
        kept = {
            root: tuple(use for use in uses if not _is_of_round(use, rounds))
            for root, uses in self.uses.items()
        }
        return History({root: uses for root, uses in kept.items() if uses})

    def _mentions(self, rounds: tuple[int, ...]) -> bool:
        return any(_is_of_round(use, rounds) for uses in self.uses.values() for use in uses)

    def with_uses_of(self, other: History, keys: Iterable[Key]) -> History:
        """The history in which to some keys that has happened which has in ``other``."""
        roots = {key.root for key in keys}
        uses = {root: uses for root, uses in self.uses.items() if root not in roots}
        return History(uses | {root: other.uses[root] for root in roots if root in other.uses})

    def after_loop(self, depth: int) -> History:
        """The history behind a loop: what it did to one element in each round it did to all of them."""
        return self._mapped(
            lambda use: replace(
                use, path=tuple(_settled(part, depth) for part in use.path), rounds=use.rounds[:depth]
            )
        )

    def before_round(self, loop: Loop) -> History:
        """The history at the start of a round of a loop: what happened in others did so in an earlier one."""
        before = self._mapped(
            lambda use: replace(
                use,
                path=tuple(_in_earlier_round(part, loop.depth) for part in use.path),
                rounds=_earlier(use.rounds, loop.depth),
            )
        )
        newer = {key: loop.earlier(key) for key in before.uses if loop.earlier(key) != key}
        older = {key: uses for key, uses in before.uses.items() if key not in newer}
        return History(older | {name: before.uses[key] for key, name in newer.items()})

    def _mapped(self, change: Callable[[Use], Use]) -> History:
        return History({root: tuple(dict.fromkeys(map(change, uses))) for root, uses in self.uses.items()})


def _is_of_round(use: Use, rounds: tuple[int, ...]) -> bool:
    return any(isinstance(part, (Each, At)) and part.rounds == rounds for part in use.path)


def _settled(part: Any, depth: int) -> Any:
    if isinstance(part, Each) and part.rounds is not None and len(part.rounds) > depth:
        return part._replace(rounds=None)
    return part


class Loop(NamedTuple):
    """A loop that starts another round: how many loops are around it, and the nodes in it.

    Two rounds stand for any number: the second is the first to the one that comes after it.
    """

    depth: int
    nodes: frozenset[Node]

    def earlier(self, key: Key) -> Key:
        """How the next round calls a key that a round has made or come to."""
        rounds = _earlier(key.rounds, self.depth) if key.node in self.nodes else key.rounds
        return Key(key.node, rounds, tuple(_in_earlier_round(part, self.depth) for part in key.path))


def _in_earlier_round(part: Any, depth: int) -> Any:
    if isinstance(part, (Each, At)) and part.rounds is not None:
        return part._replace(rounds=_earlier(part.rounds, depth))
    return part


def _earlier(rounds: tuple[int, ...], depth: int) -> tuple[int, ...]:
    return (*rounds[:depth], 0, *rounds[depth + 1 :]) if len(rounds) > depth else rounds


def merge(left: Value | None, right: Value | None) -> History:
    """What may have happened when two paths meet: what happened on either."""
    if not isinstance(left, History) or not isinstance(right, History) or left is right:
        return left if isinstance(left, History) else right if isinstance(right, History) else History()
    uses = dict(left.uses)
    for root, others in right.uses.items():
        known = uses.get(root)
        uses[root] = others if known is None else tuple(dict.fromkeys((*known, *others)))[:MAX_USES]
    return History(uses)
