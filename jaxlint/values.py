"""Abstract values: what the interpreter knows about a Python object while it reads the program.

The lattice is that of JAX's own tracing. `UNKNOWN` is its top: nothing is known, and no rule fires
on it. Values are immutable by convention (frozen dataclasses are three times as slow to make, and
making values is the interpreter's inner loop); they compare by what is known of them, never by their
origin, so that the interpreter can memoise calls by their arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from math import inf, isnan
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from jaxlint.knowledge.dtypes import Dtype

if TYPE_CHECKING:
    from jaxlint.syntax.nodes import ClassDef, Code, Node

Shape: TypeAlias = "tuple[int | None, ...] | None"
"""Dimensions of an array: None stands for one unknown dimension, or for an unknown rank."""


Bounds: TypeAlias = "tuple[float, float] | None"
"""Limits of the elements of an array (infinite: there are none, NaN: not known), None where not known."""


class Stage(IntEnum):
    """How far an array is from having a value while the program runs.

    ``CONCRETE``: a JAX array with numbers in it. ``GRAD``: a tracer of differentiation alone, which
    still knows its numbers. ``TRACED``: an abstract tracer, of which only shape and dtype exist.

    Where the interpreter follows a derivative (`interpreter/reverse.py`), and nowhere else, ``FOLLOWED`` is
    what depends on a differentiated argument, and ``LOOPED`` what a loop without reverse mode made of that.
    """

    CONCRETE = 0
    GRAD = 1
    TRACED = 2
    FOLLOWED = 3
    LOOPED = 4


@dataclass(slots=True, eq=False)
class Place:
    """Where something stands: a node, and the file that it is in (``module.path``)."""

    module: Any
    node: Node


@dataclass(slots=True, eq=False)
class Origin:
    """One link of the chain that says why a value is traced; ``cause`` is the link before it.

    ``label`` is the short form that `describe` shows, ``text`` the sentence of a note. ``flag`` is the
    argument of the call, where that passes a Python ``bool`` or ``int`` for a traced parameter.
    ``is_active`` tells that a gradient is taken with respect to what the value comes from, ``is_likely``
    that nothing in the project traces the code, and those who use it usually do.
    """

    label: str
    text: str
    place: Place | None
    cause: Origin | None = None
    flag: Place | None = None
    is_active: bool = False
    is_likely: bool = False

    def chain(self) -> Iterator[Origin]:
        """This link, then what caused it, and so on."""
        link: Origin | None = self
        while link is not None:
            yield link
            link = link.cause


@dataclass(slots=True, eq=False)
class Test:
    """A comparison of two values (``right`` None: a question about ``left``, such as `isnan`)."""

    op: str
    left: Value
    right: Value | None


@dataclass(slots=True, eq=False)
class Risk:
    """An operation on ``subject`` whose derivative is infinite or undefined somewhere.

    ``result`` is what came of it; ``inner`` are the risks of its operands.
    """

    kind: str
    subject: Value
    result: Value
    node: Node
    frame: Any
    inner: Risk | None = None


@dataclass(slots=True, eq=False)
class Lineage:
    """How an array came about, in code that is differentiated: see `interpreter.singular`.

    ``of`` is an array that is zero exactly where this one is, ``expanded`` one that this is with more axes.
    Elsewhere only two things are noted: ``is_gradient``, that of a complex number as `jax.grad` gives it, and
    ``is_compiled``, the result of compiled code.
    """

    risk: Risk | None = None
    tests: tuple[Test, ...] = ()
    of: Value | None = None
    expanded: Value | None = None
    holds_pairs: bool = False
    is_safe: bool = False
    is_gradient: bool = False
    is_compiled: bool = False


class Value:
    """Base of all abstract values."""

    __slots__ = ()


class Unknown(Value):
    """Nothing is known."""

    __slots__ = ()


UNKNOWN = Unknown()


class Given(Unknown):
    """Nothing is known, but that it is not None; variables hold it, expressions give Unknown for it."""

    __slots__ = ()


GIVEN = Given()


@dataclass(slots=True, unsafe_hash=True)
class Const(Value):
    """A Python constant whose value is known."""

    value: Any
    type: type = field(init=False)

    def __post_init__(self) -> None:
        # 1, 1.0 and True are equal in Python but not the same to JAX.
        self.type = type(self.value)


@dataclass(slots=True, unsafe_hash=True)
class Static(Value):
    """A Python value that exists while tracing; ``kind`` names its type where that is known.

    ``shows`` is the origin of a tracer that the text was made of: ``f"loss = {loss}"``; ``length_of`` that
    of a tracer whose length, not known here, the number is.
    """

    kind: str | None = None
    shows: Origin | None = field(default=None, compare=False)
    length_of: Origin | None = field(default=None, compare=False)


class Key(NamedTuple):
    """Which PRNG key a value is: where it was made, in which rounds of the loops there, which part of that.

    Two keys with one ``node`` and ``rounds`` come from the same call, such as one ``split``; ``path`` tells
    its parts apart. A path that begins another stands for a whole that holds the part.
    """

    node: Node
    rounds: tuple[int, ...] = ()
    path: tuple[Any, ...] = ()

    @property
    def root(self) -> Key:
        """The whole that the key is a part of."""
        return Key(self.node, self.rounds)


Identity: TypeAlias = "tuple[tuple[Key, frozenset[Any]], ...]"
"""The keys that a value can be, each with the conditions under which it is that one."""


@dataclass(slots=True, unsafe_hash=True)
class Array(Value):
    """A JAX array or a tracer of one.

    ``key`` tells which PRNG key it is, where it is known to be one; its elements lie within ``bounds``.
    """

    stage: Stage
    shape: Shape = None
    dtype: Dtype | None = None
    origin: Origin | None = field(default=None, compare=False)
    key: Identity | None = None
    bounds: Bounds = None
    lineage: Lineage | None = field(default=None, compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Tree(Value):
    """A traced argument that may be one array or a container (pytree) of arrays."""

    stage: Stage
    origin: Origin | None = field(default=None, compare=False)
    key: Identity | None = None


@dataclass(slots=True, unsafe_hash=True)
class UnknownKey(Unknown):
    """A PRNG key, or a container with keys, of which nothing else is known."""

    key: Identity | None


@dataclass(slots=True, unsafe_hash=True)
class NumPyArray(Value):
    """A NumPy array; ``readonly`` when it is a view of a JAX array.

    ``wide`` when it certainly holds integers, or times, that 32 bits do not hold.
    """

    shape: Shape = None
    dtype: Dtype | None = None
    readonly: bool = False
    wide: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Seq(Value):
    """A tuple, list, set or other sequence.

    Either ``items`` holds each element, or it is None and ``element`` is the join of all of them.
    ``cls`` is the class of a NamedTuple. ``home`` is the level of the trace in which the object was made,
    for code of deeper traces: see `interpreter.ownership`. Other mutable objects have one as well.
    ``length`` is that of a sequence whose elements are not known one by one.
    """

    kind: str
    items: tuple[Value, ...] | None
    element: Value = UNKNOWN
    cls: Class | None = None
    home: int | None = None
    length: int | None = None

    @property
    def size(self) -> int | None:
        """How many elements there are, when that is known."""
        return self.length if self.items is None else len(self.items)

    def join_of_elements(self) -> Value:
        """One value that stands for any element."""
        return self.element if self.items is None else join_all(self.items)


@dataclass(slots=True, unsafe_hash=True)
class Dict(Value):
    """A dict: the entries whose constant keys are known, and ``rest`` for any others (None: none)."""

    items: tuple[tuple[Any, Value], ...]
    rest: Value | None = None
    home: int | None = None

    def get(self, key: Any) -> Value | None:
        """The value under a known key, or None."""
        for name, value in self.items:
            if name == key and type(name) is type(key):
                return value
        return None

    def join_of_values(self) -> Value:
        """One value that stands for any entry."""
        values = [value for _, value in self.items]
        if self.rest is not None:
            values.append(self.rest)
        return join_all(values)


@dataclass(slots=True, unsafe_hash=True)
class Range(Value):
    """A ``range``; ``numbers`` are the ones it gives, when they are known.

    ``length_of`` is the origin of a tracer that it counts the elements of.
    """

    numbers: range | None = None
    length_of: Origin | None = field(default=None, compare=False)

    @property
    def length(self) -> int | None:
        """How many numbers there are, when that is known."""
        return None if self.numbers is None else len(self.numbers)


@dataclass(slots=True, unsafe_hash=True)
class Iter(Value):
    """An iterator or generator that yields ``element``; ``items`` where each is known.

    A view, such as ``d.items()``, starts anew in each loop; ``is_view`` tells.
    """

    element: Value
    items: tuple[Value, ...] | None = None
    is_view: bool = False
    home: int | None = None


@dataclass(slots=True, unsafe_hash=True)
class SliceValue(Value):
    """A slice."""

    lower: Value
    upper: Value
    step: Value


@dataclass(slots=True, unsafe_hash=True)
class At(Value):
    """``x.at`` (``index`` None) or ``x.at[index]``."""

    array: Value
    index: Value | None = None


@dataclass(slots=True, unsafe_hash=True)
class Library(Value):
    """A module, function, class or constant of a library, by its canonical dotted name."""

    dotted: str


@dataclass(slots=True, unsafe_hash=True)
class ModuleValue(Value):
    """A module of the project."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class Function(Value):
    """A function of the project: its code, the frame that it closes over, its defaults.

    ``keys`` are the PRNG keys in variables of frames that have ended: which they are for the caller.
    ``wrapped`` is the callable whose signature it shows, as `functools.wraps` tells; ``known`` what tests
    have told, where it is defined, of parameters of the function around it.
    """

    code: Code
    module: Any
    frame: Any = None
    defaults: tuple[tuple[str, Value], ...] = ()
    owner: Class | None = None
    keys: tuple[tuple[str, Identity], ...] = ()
    wrapped: Value | None = field(default=None, compare=False)
    known: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Bound(Value):
    """A method bound to an instance or class."""

    function: Value
    receiver: Value


@dataclass(slots=True, unsafe_hash=True)
class BoundLibrary(Value):
    """A method of a value that a library made: ``x.sum``, ``"a".join``, ``xs.append``."""

    receiver: Value
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Partial(Value):
    """``functools.partial(function, *args, **kwargs)``."""

    function: Value
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Cached(Value):
    """``functools.cache(function)`` or ``lru_cache``."""

    function: Value


@dataclass(slots=True, unsafe_hash=True)
class Transformed(Value):
    """What a transformation made of ``function``: ``transform`` names it canonically.

    ``options`` are the other arguments of the transformation; ``place`` is where it was applied.
    """

    transform: str
    function: Value
    options: tuple[tuple[str, Value], ...] = ()
    place: Place | None = field(default=None, compare=False)

    def option(self, name: str) -> Value | None:
        """The argument that was given for ``name``, or None."""
        return dict(self.options).get(name)


@dataclass(slots=True, eq=False)
class Class(Value):
    """A class of the project."""

    node: ClassDef
    module: Any
    bases: tuple[Value, ...]
    namespace: dict[str, Value]
    annotations: dict[str, Value]
    traits: frozenset[str] = frozenset()
    fields: tuple[tuple[str, Value | None, bool], ...] | None = None
    data_fields: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.node.name

    def seen_by_jax(self, fields: Iterable[tuple[str, Value]]) -> set[str]:
        """The names of those fields of an object that are not static, where the class is a pytree."""
        names = {name for name, _ in fields}
        if self.data_fields is not None:
            return names & self.data_fields
        return names - {name for name, _, is_static in self.fields or () if is_static}


@dataclass(slots=True, unsafe_hash=True)
class Instance(Value):
    """An object of a class of the project; ``is_open`` when it may have more attributes than known."""

    cls: Class
    fields: tuple[tuple[str, Value], ...] = ()
    is_open: bool = False
    home: int | None = None

    def get(self, name: str) -> Value | None:
        """The value of an attribute in the instance's own dict, or None."""
        for key, value in self.fields:
            if key == name:
                return value
        return None

    def replace(self, name: str, value: Value) -> Instance:
        """The same object with one attribute set."""
        fields = dict(self.fields)
        fields.pop(name, None)
        fields[name] = value
        return Instance(self.cls, tuple(fields.items()), self.is_open, self.home)


@dataclass(slots=True, unsafe_hash=True)
class LibraryInstance(Value):
    """An object made by calling a class or factory of a library: ``nn.Dense(4)``, ``optax.adam(1e-3)``.

    ``fields`` are the arguments that it was made with, as far as the tables give them a name.
    """

    dotted: str
    fields: tuple[tuple[str, Value], ...] = ()

    def get(self, name: str) -> Value | None:
        """The argument of that name that the object was made with, or None."""
        return next((value for key, value in self.fields if key == name), None)


@dataclass(slots=True, unsafe_hash=True)
class Clock(Value):
    """A reading of a clock.

    ``time`` is when the program took it, in steps of the interpretation; ``dispatched`` and ``dispatch``
    are when and where the last computation was started that nothing had waited for by then.
    """

    time: int = field(compare=False)
    dispatched: int = field(default=0, compare=False)
    dispatch: Place | None = field(default=None, compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Donation:
    """A variable or attribute path whose arrays were given away by the call at ``place``.

    JAX deletes them if an output can take their memory; ``is_deleted`` tells that one is known to fit.
    """

    path: str
    place: Place = field(compare=False)
    is_deleted: bool = field(compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Donations(Value):
    """What has been given away on one of the paths to here; a variable of its own, not of the program."""

    items: tuple[Donation, ...]


@dataclass(slots=True, unsafe_hash=True)
class Union(Value):
    """One of several values, depending on the path."""

    options: tuple[Value, ...]


MAX_OPTIONS = 6
"""A union of more than this many values is Unknown."""

MAX_CONSTANTS = 3
"""More different constants of one type than this are only known by their type."""


def options(value: Value) -> tuple[Value, ...]:
    """The alternatives of a union, or the value alone."""
    return value.options if isinstance(value, Union) else (value,)


def join_all(values: Iterable[Value]) -> Value:
    """The join of any number of values; Unknown for none."""
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return UNKNOWN if result is None else result


def join(left: Value, right: Value) -> Value:
    """The least value of the lattice that stands for both."""
    if left is right or left == right:
        return left
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    merged = list(options(left))
    for option in options(right):
        _add_option(merged, option)
    if len(merged) == 1:
        return merged[0]
    return Union(tuple(merged)) if len(merged) <= MAX_OPTIONS else UNKNOWN


def _add_option(merged: list[Value], option: Value) -> None:
    """Add ``option`` to the alternatives, merging it with one of its own kind."""
    for index, other in enumerate(merged):
        if other == option:
            return
        both = _merge(other, option)
        if both is not None:
            merged[index] = both
            return
    merged.append(option)
    _limit_constants(merged)


def _limit_constants(merged: list[Value]) -> None:
    """Replace many constants of one type by that type."""
    constants = [value for value in merged if type(value) is Const]
    for kind in {value.type for value in constants}:
        same = [value for value in constants if value.type is kind]
        if len(same) > MAX_CONSTANTS:
            merged[:] = [value for value in merged if value not in same]
            merged.append(Static(kind.__name__))


def _merge(left: Value, right: Value) -> Value | None:
    """The join of two values of one kind as one value, or None if they stay apart."""
    merge = _MERGES.get(type(left))
    if type(left) is type(right):
        return merge(left, right) if merge is not None else None
    if isinstance(left, Static) and isinstance(right, Const):
        return left if left.kind in (None, right.type.__name__) else None
    if isinstance(right, Static) and isinstance(left, Const):
        return right if right.kind in (None, left.type.__name__) else None
    if isinstance(left, Tree) and isinstance(right, Array) and left.stage == right.stage:
        return Tree(left.stage, left.origin)
    if isinstance(right, Tree) and isinstance(left, Array) and left.stage == right.stage:
        return Tree(right.stage, right.origin)
    return None


def join_shapes(left: Shape, right: Shape) -> Shape:
    """The shape of an array that has one of two shapes."""
    if left is None or right is None or len(left) != len(right):
        return None
    return tuple(a if a == b else None for a, b in zip(left, right, strict=True))


def _merge_arrays(left: Array, right: Array) -> Value | None:
    stage = left.stage
    if stage != right.stage:
        stage = max(stage, right.stage)
        if stage <= Stage.TRACED:
            return None
        stage = min(stage, Stage.FOLLOWED)  # on one of the paths it does not come out of a loop
    dtype = left.dtype if left.dtype == right.dtype else None
    key = left.key if left.key == right.key else None
    origin = left.origin or right.origin
    return Array(
        stage,
        join_shapes(left.shape, right.shape),
        dtype,
        origin,
        key,
        _merge_bounds(left.bounds, right.bounds),
    )


def _merge_bounds(left: Bounds, right: Bounds) -> Bounds:
    """The limits after two paths meet; a loop that moves them soon has none that are known."""
    return left if left == right else (-inf, inf) if (-inf, inf) in (left, right) else None


def join_bounds(*bounds: Bounds) -> Bounds:
    """The limits of what has some of several; one without limits makes up for others that are not known."""
    known = [each for each in bounds if each is not None]
    if not known or (len(known) < len(bounds) and (-inf, inf) not in known):
        return None
    if any(isnan(end) for pair in known for end in pair):
        return None
    return (min(low for low, _ in known), max(high for _, high in known))


def _merge_trees(left: Tree, right: Tree) -> Value | None:
    return Tree(left.stage, left.origin) if left.stage == right.stage else None


def _merge_numpy(left: NumPyArray, right: NumPyArray) -> Value | None:
    if left.readonly != right.readonly:
        return None
    dtype = left.dtype if left.dtype == right.dtype else None
    shape = join_shapes(left.shape, right.shape)
    return NumPyArray(shape, dtype, left.readonly, left.wide and right.wide)


def _merge_statics(left: Static, right: Static) -> Value | None:
    return Static(None) if None in (left.kind, right.kind) else None


def _merge_homes(left: Any, right: Any) -> int | None:
    """Where one of two objects was made, if both were made there."""
    home: int | None = left.home
    return home if home == right.home else None


def _merge_seqs(left: Seq, right: Seq) -> Value | None:
    if left.kind != right.kind or left.cls is not right.cls:
        return None
    home = _merge_homes(left, right)
    if left.items is not None and right.items is not None and len(left.items) == len(right.items):
        return Seq(left.kind, tuple(map(join, left.items, right.items)), UNKNOWN, left.cls, home)
    elements = [seq.join_of_elements() for seq in (left, right) if seq.items != ()]
    return Seq(left.kind, None, join_all(elements), left.cls, home)


def _merge_dicts(left: Dict, right: Dict) -> Value | None:
    keys = [key for key, _ in left.items]
    if left.rest is None and right.rest is None and keys == [key for key, _ in right.items]:
        return Dict(
            tuple((key, join(a, b)) for (key, a), (_, b) in zip(left.items, right.items, strict=True)),
            home=_merge_homes(left, right),
        )
    shared = tuple(
        (key, join(value, other)) for key, value in left.items if (other := right.get(key)) is not None
    )
    others = [value for one in (left, right) for value in _entries_apart_from(one, shared)]
    return Dict(shared, join_all(others) if others else None, _merge_homes(left, right))


def _entries_apart_from(one: Dict, shared: tuple[tuple[Any, Value], ...]) -> list[Value]:
    keys = {key for key, _ in shared}
    values = [value for key, value in one.items if key not in keys]
    return values if one.rest is None else [*values, one.rest]


def _merge_iters(left: Iter, right: Iter) -> Value | None:
    return Iter(
        join(left.element, right.element), None, left.is_view or right.is_view, _merge_homes(left, right)
    )


def _merge_ranges(_left: Range, _right: Range) -> Value | None:
    return Range(None)


def _merge_instances(left: Instance, right: Instance) -> Value | None:
    if left.cls is not right.cls:
        return None
    other = dict(right.fields)
    fields = [(name, join(value, other.pop(name)) if name in other else value) for name, value in left.fields]
    is_open = left.is_open or right.is_open
    return Instance(left.cls, (*fields, *other.items()), is_open, _merge_homes(left, right))


def _merge_functions(left: Function, right: Function) -> Value | None:
    if left.code is not right.code:
        return None
    keys = right.keys if left.keys == right.keys else ()
    return replace(right, keys=keys, known=right.known if left.known == right.known else ())


def _merge_donations(left: Donations, right: Donations) -> Value | None:
    return Donations((*left.items, *(item for item in right.items if item not in left.items)))


_MERGES: dict[type[Value], Callable[[Any, Any], Value | None]] = {
    Array: _merge_arrays,
    Tree: _merge_trees,
    NumPyArray: _merge_numpy,
    Static: _merge_statics,
    Seq: _merge_seqs,
    Dict: _merge_dicts,
    Iter: _merge_iters,
    Range: _merge_ranges,
    Instance: _merge_instances,
    Function: _merge_functions,
    Donations: _merge_donations,
}


def alike(value: Value) -> Value:
    """An element that nothing has selected: Unknown where some elements are arrays and others are not.

    ``args[i]`` with an ``i`` that is not known may be any of ``(x, None, "mean")``; which, the program knows.
    """
    if type(value) is not Union:
        return value
    kinds = {isinstance(option, (Array, Tree)) for option in value.options}
    return UNKNOWN if len(kinds) > 1 else value


MAX_PARTS = 400
"""A container that holds more values than this, all levels together, is Unknown where it is passed on."""


_CONTAINERS = frozenset({Seq, Dict, Instance, Union})


def bounded(value: Value) -> Value:
    """``value``, or Unknown where it is too large to be worth carrying through a program."""
    count = 1
    pending = [value]
    while pending:
        parts = _parts(pending.pop())
        count += len(parts)
        if count > MAX_PARTS:
            return UNKNOWN
        if not _CONTAINERS.isdisjoint(map(type, parts)):
            pending.extend(filter(is_container, parts))
    return value


def _parts(value: Value) -> Sequence[Value]:
    """The values that a container holds directly."""
    if isinstance(value, Seq):
        return value.items if value.items is not None else (value.element,)
    if isinstance(value, Union):
        return value.options
    if isinstance(value, Dict):
        return [entry for _, entry in value.items]
    return [entry for _, entry in value.fields] if isinstance(value, Instance) else ()


def is_container(value: Value) -> bool:
    """Whether a value may hold others."""
    return type(value) in _CONTAINERS


MAX_WIDENED = 16
"""A tuple or dict of more entries than this loses them where it is widened."""


def widen(value: Value) -> Value:
    """A coarser value that stands for ``value``: constants lose their value, arrays their shape.

    Used where precision would keep a loop or a recursion from coming to an end.
    """
    if isinstance(value, Const):
        return value if value.value is None else Static(value.type.__name__)
    if isinstance(value, Array):
        return Array(value.stage, None, value.dtype, value.origin, value.key)
    if isinstance(value, Union):
        return join_all([widen(option) for option in value.options])
    if isinstance(value, Seq):
        if value.items is not None and value.kind == "tuple" and len(value.items) <= MAX_WIDENED:
            return Seq(value.kind, tuple(map(widen, value.items)), UNKNOWN, value.cls, value.home)
        return Seq(value.kind, None, widen(value.join_of_elements()), value.cls, value.home)
    if isinstance(value, Dict):
        if len(value.items) <= MAX_WIDENED:
            items = tuple((key, widen(entry)) for key, entry in value.items)
            return Dict(items, None if value.rest is None else widen(value.rest), value.home)
        return Dict((), widen(value.join_of_values()), value.home)
    if isinstance(value, (Instance, Range, Iter, Partial, Transformed)):
        return UNKNOWN
    return value
