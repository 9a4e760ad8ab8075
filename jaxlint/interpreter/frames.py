"""What surrounds a statement while it is interpreted: module, function, variables, trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from operator import is_not
from typing import Any

from jaxlint.events import FreshCompilation
from jaxlint.interpreter.conditions import Guard
from jaxlint.interpreter.histories import HISTORY, merge
from jaxlint.project.modules import Module
from jaxlint.syntax.nodes import Code, Expr, Node
from jaxlint.values import Class, Key, Origin, Stage, Value, join

Env = dict[str, Value]


_GRADIENTS = frozenset(
    """grad value_and_grad jacrev jacobian vjp hessian filter_grad filter_value_and_grad filter_vjp
    filter_jacrev filter_hessian""".split()
)
"""Names of the transformations that differentiate in reverse."""


@dataclass(slots=True, eq=False)
class Trace:
    """What encloses the running code: ``stage`` is that of everything JAX computes here.

    Under ``jit`` even constants become tracers (``TRACED``); under ``vmap`` or ``grad`` alone they stay
    concrete, and only what depends on an argument is traced. ``origin`` names the transformation, ``parent``
    is what encloses that, and ``level`` the number of transformations. ``is_differentiated`` tells whether
    one of them goes through the code backwards.
    """

    stage: Stage
    origin: Origin | None
    parent: Trace | None = None
    is_differentiated: bool | None = None
    level: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the transformations around the code, and see whether one takes gradients."""
        if self.is_differentiated is None:
            is_around = self.parent is not None and self.parent.is_differentiated
            self.is_differentiated = bool(is_around or (self.origin and takes_gradient(self.origin)))
        self.level = 0 if self.origin is None else 1 if self.parent is None else self.parent.level + 1

    def outwards(self) -> Iterator[Trace]:
        """This trace and those around it, the innermost first."""
        trace: Trace | None = self
        while trace is not None:
            yield trace
            trace = trace.parent

    def __hash__(self) -> int:
        return hash(self.stage)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Trace)
            and other.stage is self.stage
            and other.is_differentiated == self.is_differentiated
        )


def takes_gradient(link: Origin) -> bool:
    """Whether a transformation differentiates in reverse."""
    return link.label in _GRADIENTS


EAGER = Trace(Stage.CONCRETE, None)


@dataclass(slots=True, eq=False)
class Loop:
    """A loop that is being run: the variables at each of its ``break`` and ``continue``.

    ``count`` is how often it goes round, where that is known; ``counters`` are the variables that have
    another value every time, ``length_of`` the origin of a tracer that the loop goes over, as long as that
    is. ``start`` is when it began, on the timeline of the machine, ``before`` the variables then.
    """

    breaks: list[Env] = field(default_factory=list)
    continues: list[Env] = field(default_factory=list)
    node: Node | None = None
    count: int | None = None
    counters: frozenset[str] = frozenset()
    target: Expr | None = None
    start: int = 0
    length_of: Origin | None = None
    before: Env = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Frame:
    """One activation of a function, or the top level of a module.

    ``env`` is replaced as the interpretation proceeds; closures look names up in the frame, and so
    see the newest one. ``closure`` is the frame of the enclosing function, ``arguments`` are the
    variables at the start, ``traced`` the parameters that a transformation passes on as tracers, in
    containers of its own, ``defaulted`` those that no caller gave. ``is_watched`` means that compiled code
    has read one of the variables.

    ``rounds`` tells in which round of each enclosing loop the code is, ``guards`` what is known to hold
    on this path; ``repeats`` that a transformation runs a function many times (``"carry"`` or ``"map"``).
    ``made`` are the PRNG keys that this activation has made, ``told`` those that were reported, ``seeds``
    those made from a constant, with the reason why that may be wrong; ``constants`` are those of them, and of
    functions called, that would be wrong in a loop.
    ``fresh`` is what each call of the function compiles anew; ``captured`` are keys
    of frames that have ended.
    """

    code: Code
    module: Module
    env: Env
    trace: Trace
    closure: Frame | None = None
    owner: Class | None = None
    arguments: Env = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)
    returns: list[tuple[Value, Env]] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    traced: frozenset[str] = frozenset()
    defaulted: frozenset[str] = frozenset()
    rounds: tuple[int, ...] = ()
    guards: tuple[Guard, ...] = ()
    repeats: str = ""
    is_active: bool = True
    made: set[Key] = field(default_factory=set)
    told: set[tuple[Key, tuple[object, ...]]] = field(default_factory=set)
    is_watched: bool = False
    seeds: dict[Key, Any] = field(default_factory=dict)
    constants: dict[Node, Frame] = field(default_factory=dict)
    answers: list[tuple[Value, Node]] = field(default_factory=list)
    start: int = 0
    fresh: list[FreshCompilation] = field(default_factory=list)
    captured: dict[str, Key] = field(default_factory=dict)
    born: Trace = field(init=False)

    def __post_init__(self) -> None:
        """Remember the trace that the activation belongs to; ``trace`` changes for what it calls."""
        self.born = self.trace

    @property
    def is_module(self) -> bool:
        """Whether this is the top level of a module."""
        return not self.code.params and self.code.name == "<module>"

    def binder(self, name: str) -> Frame | None:
        """This frame, or the innermost one around it, whose function binds a variable."""
        scope: Frame | None = self
        while scope is not None and name not in scope.code.bound:
            scope = scope.closure
        return scope

    @property
    def is_test(self) -> bool:
        """Whether code is that of a test."""
        return self.module.is_test or self.code.name.startswith("test")


def join_envs(left: Env | None, right: Env | None) -> Env | None:
    """The variables after two paths meet; a path that ended is None.

    A name that only one path binds keeps its value: using it on the other path would be an error
    of the program's own.
    """
    if left is None or right is None:
        return left if right is None else right
    if left is right:
        return left
    result = dict(left)
    for name in differing(left, right):
        value, other = right[name], result.get(name)
        if other is None:
            result[name] = value
        elif name == HISTORY:
            result[name] = merge(other, value)
        else:
            result[name] = join(other, value)
    return result


def differing(left: Env, right: Env) -> Iterator[str]:
    """The names under which ``right`` has another value than ``left``, or has one alone.

    Of the many variables of a long program a branch changes few: they are found without a step in Python
    for each of the others.
    """
    return compress(right, map(is_not, map(left.get, right), right.values()))
