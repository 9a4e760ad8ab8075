"""Running the function of a transformation, and handing its result back; used by every kind of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import SignatureMismatch
from jaxlint.inspection import origin_of, stage_of
from jaxlint.interpreter import entry, pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.operators import result_origin
from jaxlint.interpreter.signatures import definition
from jaxlint.knowledge.transforms import TransformFacts
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Stage = v.Stage


def link(callee: v.Transformed) -> v.Origin:
    """The end of every chain: the transformation and where it was applied."""
    name = callee.transform
    is_configured = callee.place is not None and isinstance(callee.place.node, n.Code)
    text = "traced, as the configuration says" if is_configured else f"traced by `{name}`"
    return v.Origin(name.rpartition(".")[2], text, callee.place)


def run(
    machine: Machine,
    frame: Frame,
    callee: v.Transformed,
    args: Args,
    node: n.Node,
    stage: Stage,
    ambient: Stage,
    static: Callable[[int | str], bool] = lambda _: False,
) -> v.Value:
    """Run the function with its arguments traced at ``stage``; constants inside are at ``ambient``."""
    is_filtering = callee.transform.startswith("equinox.")
    how = entry.Tracing(link(callee), stage, ambient, static, is_filtering, callee.transform)
    if isinstance(static, Statics):
        args = _hashable(args, static)
    return entry.enter(machine, frame, callee.function, args, node, how)


def _hashable(args: Args, static: Statics) -> Args:
    """Arguments of which those that are static have a hash: what was thought to be an array there is none."""

    def checked(key: int | str, value: v.Value) -> v.Value:
        return v.UNKNOWN if static(key) and isinstance(value, (v.Array, v.NumPyArray)) else value

    pos = tuple(checked(number, value) for number, value in enumerate(args.pos))
    return replace(args, pos=pos, kw={name: checked(name, value) for name, value in args.kw.items()})


def result_stage(frame: Frame, args: Args) -> Stage:
    """The stage of what a transformed function returns to the code that called it."""
    return max([frame.trace.stage, *(stage_of(value) for value in args.values())])


def hand_back(frame: Frame, value: v.Value, args: Args, callee: v.Transformed | None = None) -> v.Value:
    """A result as the code that called sees it; filtering transformations keep Python numbers."""
    is_filtering = callee is not None and callee.transform.startswith("equinox.")
    origin = result_origin(frame, *args.values())
    if frame.trace.stage is Stage.TRACED and not is_filtering:
        # Whatever the function does, what comes out are arrays.
        tree = v.Tree(Stage.TRACED, origin)
        value = pytrees.map_leaves(value, lambda one: tree if one is v.UNKNOWN else one)
    stage = result_stage(frame, args)
    value = pytrees.returned(value, stage, origin, keeps_numbers=is_filtering)
    return pytrees.without_tracers(value) if stage is Stage.CONCRETE else value


def as_array(value: v.Value) -> v.Value:
    """Inside a loop every leaf of the carry is an abstract tracer."""
    return pytrees.returned(value, Stage.TRACED, origin_of(value))


def constants(value: v.Value | None, kind: type) -> set[Any] | None:
    """The constants in an option such as ``static_argnums``; None where they are not known."""
    if value is None or value == v.Const(None):
        return set()
    items = value.items if isinstance(value, v.Seq) else (value,)
    if items is None or not all(isinstance(item, v.Const) and isinstance(item.value, kind) for item in items):
        return None
    return {item.value for item in items}  # type: ignore[attr-defined]  # constants, as checked


def static_parameters(callee: v.Transformed) -> Statics | None:
    """Which arguments are static, by position or name; None where the program does not show it."""
    if callee.option("**") is not None:
        return None
    numbers = constants(callee.option("static_argnums") or callee.option("static_broadcasted_argnums"), int)
    names = constants(callee.option("static_argnames"), str)
    if numbers is None or names is None or (names and entry.hides_signature(callee.function)):
        return None
    positional, _ = entry.parameter_names(callee.function)
    by_number = {number % len(positional) if number < 0 and positional else number for number in numbers}
    static_names = set(names) | {positional[number] for number in by_number if 0 <= number < len(positional)}
    static_numbers = by_number | {positional.index(name) for name in names if name in positional}
    return Statics(frozenset(static_numbers), frozenset(static_names))


@dataclass(frozen=True, slots=True)
class Statics:
    """The arguments of a call that are static, by position and by name."""

    numbers: frozenset[int]
    names: frozenset[str]

    def __call__(self, key: int | str) -> bool:
        """Whether one argument is static."""
        return key in self.numbers if isinstance(key, int) else key in self.names


def without_choice(callables: tuple[v.Value, ...], args: Args) -> tuple[tuple[v.Value, ...], Args]:
    """One function, compiled in several ways on different paths: those fit the arguments that they are for.

    What is static for one of them and traced for another is known to be neither, and nothing of its value.
    """
    compiled = [each for each in callables if isinstance(each, v.Transformed)]
    known = [static for static in map(static_parameters, compiled) if static is not None]
    if len(compiled) < 2 or len(known) < len(compiled) or len({each.function for each in compiled}) > 1:
        return callables, args
    numbers = frozenset[int]().union(*(static.numbers for static in known))
    names = frozenset[str]().union(*(static.names for static in known))

    def told(key: int | str, value: v.Value) -> v.Value:
        return value if len({static(key) for static in known}) == 1 else v.UNKNOWN

    options = (
        ("static_argnums", v.Seq("tuple", tuple(map(v.Const, sorted(numbers))))),
        ("static_argnames", v.Seq("tuple", tuple(map(v.Const, sorted(names))))),
    )
    pos = tuple(told(number, value) for number, value in enumerate(args.pos))
    kw = {name: told(name, value) for name, value in args.kw.items()}
    fused = tuple(
        replace(each, options=(*(o for o in each.options if not o[0].startswith("static_")), *options))
        if isinstance(each, v.Transformed)
        else each
        for each in callables
    )
    return fused, replace(args, pos=pos, kw=kw)


@dataclass(slots=True, eq=False)
class Immediate:
    """One call of a transformation that runs its function itself."""

    machine: Machine
    frame: Frame
    facts: TransformFacts
    function: v.Value
    given: dict[str, v.Value]
    operands: tuple[v.Value, ...]
    args: Args
    node: n.Node
    link: v.Origin = field(init=False)

    def __post_init__(self) -> None:
        """Make the end of every chain: the transformation and where it was called."""
        name = self.facts.name
        place = v.Place(self.frame.module, self.node)
        self.link = v.Origin(name.rpartition(".")[2], f"traced by `{name}`", place)

    def get(self, name: str, default: v.Value = v.UNKNOWN) -> v.Value:
        """The argument of that name; ``default`` where it is certainly not given."""
        is_certain = self.args.star is None and self.args.star_star is None
        return self.given.get(name, default if is_certain else v.UNKNOWN)

    def mismatch(
        self,
        problem: str,
        subject: str,
        left: str,
        right: str = "",
        *,
        others: tuple[tuple[str, str, str], ...] = (),
        function: v.Value | None = None,
    ) -> None:
        """Report that functions and operands of this call, ``function`` among them, cannot fit together."""
        core = definition(function) if function is not None else None
        place = v.Place(core.module, core.code) if core is not None else None
        name = self.facts.name
        self.machine.report(
            SignatureMismatch(self.node, self.frame, name, problem, subject, left, right, others, place)
        )

    def enter(
        self, function: v.Value, *values: v.Value, star: v.Value | None = None, ambient: Stage = Stage.TRACED
    ) -> v.Value:
        """Run a function on abstract tracers of ``values``; ``ambient`` is the stage of constants in it."""
        args = Args(values, star=star)
        if isinstance(function, v.Union):
            # One of several: that it fits as the function of a transformation is not certain.
            with self.machine.choosing():
                results = [self.run(option, args, Stage.TRACED, ambient, "") for option in function.options]
            return v.join_all(results)
        return self.run(function, args, Stage.TRACED, ambient)

    def run(
        self, function: v.Value, args: Args, stage: Stage, ambient: Stage, transform: str | None = None
    ) -> v.Value:
        """Run a function with ``args`` traced at ``stage``."""
        name = self.facts.name if transform is None else transform
        is_filtering = self.facts.name.startswith("equinox.")
        how = entry.Tracing(self.link, stage, ambient, is_filtering=is_filtering, transform=name)
        return entry.enter(self.machine, self.frame, function, args, self.node, how)

    def behind_function(self) -> Args:
        """The positional arguments of the call without the function."""
        return replace(self.args, pos=self.args.pos[1:], pos_nodes=self.args.pos_nodes[1:])

    def result(self, value: v.Value) -> v.Value:
        """A result as the caller sees it."""
        return hand_back(self.frame, value, self.args)
