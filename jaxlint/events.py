"""What the interpreter reports while it runs a program: one record for each thing a rule may mind.

An event carries the node to report, the values involved and the frame it happened in. The interpreter
knows no rules; it leaves out only what no rule could mind, such as a branch on a known constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from jaxlint.knowledge.dtypes import Dtype
from jaxlint.syntax.nodes import Node
from jaxlint.values import Array, Bounds, Class, Origin, Place, Tree, Value


@dataclass(slots=True, eq=False)
class Event:
    """Base of all events: ``node`` is what is reported, ``frame`` where it happened."""

    needs_certainty: ClassVar[bool] = False
    """Whether one of several functions that may run here is not enough to speak of it."""

    node: Node
    frame: Any


@dataclass(slots=True, eq=False)
class TransformedArgument(Event):
    """``value`` is passed for ``parameter`` of ``function``, which ``transform`` transformed.

    ``varies`` says that a loop around the call passes a new value each time, ``is_made_anew`` that this is
    an object without equality, which the argument makes.
    """

    value: Value
    parameter: str
    function: str
    transform: str
    is_static: bool
    varies: bool = False
    is_made_anew: bool = False


@dataclass(slots=True, eq=False)
class TracedReturn(Event):
    """``function``, run by ``transform``, returns ``value``, which holds what JAX cannot return."""

    value: Value
    function: str
    transform: str


@dataclass(slots=True, eq=False)
class UnknownParameter(Event):
    """``option`` of a transformation names ``parameter``, which ``function`` does not have."""

    option: str
    parameter: str
    function: str


@dataclass(slots=True, eq=False)
class CompiledMethod(Event):
    """A function that takes an object of ``cls`` as its first argument is compiled with that traced."""

    cls: Class
    method: str
    transform: str


@dataclass(slots=True, eq=False)
class FreshCompilation(Event):
    """A transformation is applied and its result compiled each time that ``function`` comes to it.

    ``place`` is the call of that function in a loop; None where the application stands in the loop.
    """

    function: str
    place: Place | None


@dataclass(slots=True, eq=False)
class DonatedRead(Event):
    """``path`` is read after the call at ``place`` was given it for good."""

    path: str
    place: Place
    is_deleted: bool


@dataclass(slots=True, eq=False)
class UnrolledLoop(Event):
    """A Python loop in traced code goes round ``count`` times, or as often as an unknown tracer is long.

    ``outer`` is how often the loops around it start it; ``origin`` is that of the tracer that it goes over.
    """

    count: int | None
    outer: int
    origin: Origin | None


@dataclass(slots=True, eq=False)
class UnblockedTiming(Event):
    """Time is taken while the computation that the call at ``place`` started may be under way."""

    place: Place


@dataclass(slots=True, eq=False)
class WideDtype(Event):
    """``dtype`` is asked for where x64 is off; ``narrow`` is what comes."""

    dtype: str
    narrow: str


@dataclass(slots=True, eq=False)
class WideInteger(Event):
    """An integer that 32 bits do not hold enters JAX while x64 is off: it is cut, or JAX raises."""

    is_cut: bool


@dataclass(slots=True, eq=False)
class LateSwitch(Event):
    """X64 is switched on after ``first``, which made ``"arrays"`` or was JAX's ``"import"``."""

    reason: str
    first: Place


@dataclass(slots=True, eq=False)
class DebugFlag(Event):
    """``option`` of JAX's configuration is switched on in every run."""

    option: str


class Role(Enum):
    """What the truth of a value is needed for."""

    BRANCH = "branch"
    WHILE = "while"
    ASSERT = "assert"
    BOOLEAN = "boolean"


@dataclass(slots=True, eq=False)
class TruthTest(Event):
    """The truth of ``value`` decides something; ``keyword`` is the construct that asks."""

    value: Value
    role: Role
    keyword: str


@dataclass(slots=True, eq=False)
class Iteration(Event):
    """``value`` is iterated over."""

    value: Value


@dataclass(slots=True, eq=False)
class LoopBound(Event):
    """``value`` is an argument of ``range``."""

    value: Value


@dataclass(slots=True, eq=False)
class SequenceOperand(Event):
    """A list or tuple, ``value``, is where ``function`` (or an operator) takes arrays only."""

    needs_certainty = True

    value: Value
    function: str


@dataclass(slots=True, eq=False)
class DtypeMismatch(Event):
    """``function`` wants operands of one dtype, but is given ``dtypes``."""

    needs_certainty = True

    function: str
    dtypes: tuple[Dtype, ...]


@dataclass(slots=True, eq=False)
class SequenceArgument(Event):
    """A sequence of ``count`` Python numbers (None: of unknown length) is an argument of compiled code."""

    value: Value
    count: int | None


@dataclass(slots=True, eq=False)
class ArrayFromList(Event):
    """``function`` makes an array of a sequence of ``count`` tracers; of one that is an argument as it is."""

    value: Value
    function: str
    count: int | None
    is_argument: bool


@dataclass(slots=True, eq=False)
class FloatCast(Event):
    """Floats, ``value``, are cast to integers of ``dtype``; they lie within ``bounds`` where known."""

    value: Value
    dtype: Dtype
    bounds: Bounds


@dataclass(slots=True, eq=False)
class NanGradient(Event):
    """The derivative of ``function`` at ``value`` is lost at ``guard``; ``reason`` tells how."""

    function: str
    value: Value
    guard: Node | None
    reason: str


@dataclass(slots=True, eq=False)
class ComplexGradient(Event):
    """A gradient of a complex argument, ``value``, is subtracted without being conjugated."""

    value: Value


@dataclass(slots=True, eq=False)
class HostSync(Event):
    """``function`` takes ``value``, an array, to the host, or (``is_sent``) sends it from there."""

    value: Value
    function: str
    is_sent: bool = False


@dataclass(slots=True, eq=False)
class Conversion(Event):
    """``value`` is turned into a Python value by ``function``, which raises ``exception`` on a tracer."""

    value: Value
    function: str
    exception: str


@dataclass(slots=True, eq=False)
class HostCall(Event):
    """``function``, of NumPy or SciPy, is called with ``value``; ``outcome`` is what comes of a tracer."""

    value: Value
    function: str
    outcome: str
    replacement: str | None


@dataclass(slots=True, eq=False)
class PythonIndex(Event):
    """``value`` indexes, or is looked up in, a Python container named by ``container``."""

    value: Value
    container: str


@dataclass(slots=True, eq=False)
class SilentlyWrong(Event):
    """An operation on ``value`` that neither raises nor does what it says; ``reason`` tells."""

    value: Value
    operation: str
    reason: str


@dataclass(slots=True, eq=False)
class Index(Event):
    """``array[index]`` is read, or used through ``.at`` (``method`` is then the update's name)."""

    array: Array | Tree
    index: Value
    method: str | None
    mode: bool


@dataclass(slots=True, eq=False)
class ItemStore(Event):
    """An item of ``target`` gets ``right``.

    ``op`` is that of an augmented assignment, ``"del"`` or empty.
    """

    target: Value
    index: Value
    op: str
    right: Node | None = None


@dataclass(slots=True, eq=False)
class InPlaceCall(Event):
    """``function`` changes ``value`` in place, or would if it were not a JAX array."""

    value: Value
    function: str
    reason: str


@dataclass(slots=True, eq=False)
class Discarded(Event):
    """The result of ``.at[…].method(…)`` on ``array`` is dropped."""

    array: Value
    method: str


@dataclass(slots=True, eq=False)
class AtMisuse(Event):
    """``.at`` is used in a way that it has no meaning for; ``problem`` tells which."""

    array: Value
    problem: str


@dataclass(slots=True, eq=False)
class ShapeArgument(Event):
    """``value`` is passed for ``parameter`` of ``function``, which JAX needs concrete."""

    value: Value
    function: str
    parameter: str


@dataclass(slots=True, eq=False)
class DataDependentShape(Event):
    """``function`` is called on ``value`` without ``parameter``, so the result's shape depends on data."""

    value: Value
    function: str
    parameter: str


@dataclass(slots=True, eq=False)
class SideEffect(Event):
    """``function`` prints, logs or writes in traced code; ``origin`` is that of what is shown.

    ``is_traced`` tells whether a tracer is among that.
    """

    function: str
    origin: Origin | None
    is_traced: bool


@dataclass(slots=True, eq=False)
class HostState(Event):
    """``function`` reads a clock, the environment or a file in traced code.

    ``is_setting`` where a function that the traced one calls looks up what hardly changes.
    """

    function: str
    is_setting: bool = False


@dataclass(slots=True, eq=False)
class KeyReuse(Event):
    """A PRNG key that ``first`` has used up is used again, by ``function``.

    ``key`` is the argument as it stands in the program, ``part`` the key's place in it. ``how`` is
    ``"again"`` in the course of the program, ``"loop"`` in the next round of a loop, ``"shared"`` in each run
    of a function that a transformation runs many times; ``"implicit"`` where a function makes the same key
    for itself, ``"method"`` where an object keeps it from one call to the next. ``first_key`` is the argument
    at the first use, where both uses are in the same function and take a whole key.
    """

    key: Node | None
    first: Place
    how: str
    function: str
    part: str = ""
    first_key: Node | None = None


@dataclass(slots=True, eq=False)
class KeyDiscarded(Event):
    """``function`` makes new keys of ``key``, and the statement drops them."""

    key: Node
    function: Node


@dataclass(slots=True, eq=False)
class ConstantKey(Event):
    """A key from a constant seed is made and used where each run gives the same one.

    ``reason`` is ``"traced"``, ``"loop"``, ``"default"`` (argument) or ``"called"`` (by a loop).
    """

    reason: str


@dataclass(slots=True, eq=False)
class LegacyKey(Event):
    """A key is made in the old form."""


@dataclass(slots=True, eq=False)
class HostRandom(Event):
    """``function`` draws a random number on the host while code is traced; ``transform`` is what traces."""

    function: str
    transform: str


@dataclass(slots=True, eq=False)
class ListedName(Event):
    """A use of ``name``, which the targeted version of its library lacks, or (not ``is_gone``) deprecates.

    ``is_evaluated`` is False where Python never looks the name up, as in the text of an annotation.
    """

    name: str
    is_gone: bool
    is_evaluated: bool


@dataclass(slots=True, eq=False)
class PrivateName(Event):
    """A use of ``name``, a private module or name of JAX."""

    name: str


@dataclass(slots=True, eq=False)
class OuterStore(Event):
    """Traced code changes an object or a variable that outlives its trace.

    ``tracer`` is the traced value that gets there; None where a number is counted up or a constant added.
    """

    tracer: Value | None


@dataclass(slots=True, eq=False)
class ArgumentMutation(Event):
    """Something is put into the argument ``name`` of the traced function, which does not read it again."""

    name: str


@dataclass(slots=True, eq=False)
class IteratorUse(Event):
    """An iterator is used in compiled code that was made outside, or is passed in; ``how`` tells which."""

    how: str


@dataclass(slots=True, eq=False)
class SignatureMismatch(Event):
    """The functions, operands and options given to the transformation ``function`` cannot fit together.

    ``problem`` says in which way; ``left`` and ``right`` are what does not match, at ``subject``. ``others``
    are more such triples, ``callback`` is where the function stands that is to blame.
    """

    needs_certainty = True

    function: str
    problem: str
    subject: str
    left: str
    right: str
    others: tuple[tuple[str, str, str], ...] = ()
    callback: Place | None = None


@dataclass(slots=True, eq=False)
class StaleRead(Event):
    """Compiled code reads ``name``, which changes at ``change`` before it is called again at ``call``."""

    name: str
    change: Place
    call: Place


@dataclass(slots=True, eq=False)
class CachedCall(Event):
    """A cached function gets a tracer (``how`` is ``"argument"``) or keeps one as its ``"result"``."""

    value: Value
    function: str
    how: str


@dataclass(slots=True, eq=False)
class ReverseLoop(Event):
    """The transformation ``function`` differentiates in reverse what comes out of the loop ``loop``."""

    function: str
    loop: Origin


@dataclass(slots=True, eq=False)
class Reveal(Event):
    """``reveal(value)``, for the tests of the inference itself."""

    value: Value
