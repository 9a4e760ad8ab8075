"""JAX's transformations: how the function they are given is run, and with which tracers.

Each kind of `transforms.toml` has one function here. A wrapper (`jit`, `vmap`, `grad`, …) makes a
`Transformed` value, and `call_transformed` runs the function when that is called. The others (`scan`,
`cond`, …) run the function at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import ShapeArgument
from jaxlint.inspection import origin_of, stage_of
from jaxlint.interpreter import entry, pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.frames import EAGER, Trace
from jaxlint.interpreter.operators import result_origin
from jaxlint.knowledge.dtypes import INT
from jaxlint.knowledge.transforms import TransformFacts, transform
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Stage = v.Stage

_WRAPPERS = frozenset(
    """jit pmap vmap vectorize grad value_and_grad jacobian checkpoint make_jaxpr shard_map pallas_call
    transparent""".split()
)


def apply(machine: Machine, frame: Frame, facts: TransformFacts, args: Args, node: n.Node) -> v.Value:
    """Call a transformation: a wrapper gives a function, without one a decorator; others run at once."""
    given, operands = _bind(facts, args)
    function = given.pop(facts.function, None)
    if function is None:
        if args.star is not None or args.pos:
            return v.UNKNOWN
        return v.Partial(v.Library(facts.name), (), tuple(args.kw.items()))
    if facts.kind in _WRAPPERS:
        if args.star_star is not None:
            given["**"] = v.UNKNOWN
        return _wrap(machine, frame, facts, function, given, node)
    call = Immediate(machine, frame, facts, function, given, operands, args, node)
    return _IMMEDIATE[facts.kind](call)


def _bind(facts: TransformFacts, args: Args) -> tuple[dict[str, v.Value], tuple[v.Value, ...]]:
    """The arguments of a transformation by name, and its operands."""
    count = len(facts.positional)
    given = dict(zip(facts.positional, args.pos, strict=False))
    given.update(args.kw)
    return given, args.pos[count:]


def _wrap(
    machine: Machine,
    frame: Frame,
    facts: TransformFacts,
    function: v.Value,
    given: dict[str, v.Value],
    node: n.Node,
) -> v.Value:
    if isinstance(function, v.Union):
        return v.join_all([_wrap(machine, frame, facts, option, given, node) for option in function.options])
    if isinstance(function, v.Transformed):
        machine.session.used.add(_application(function))
    made = v.Transformed(facts.name, function, tuple(given.items()), v.Place(frame.module, node))
    machine.session.applied.append(made)
    core = _innermost(function.function if isinstance(function, v.Bound) else function)
    if isinstance(core, v.Function):
        machine.session.transformed.add(core.code)
    return made


def _application(function: v.Transformed) -> n.Node:
    assert function.place is not None
    return function.place.node


# --- calling what a wrapper made -----------------------------------------------------------------


def call_transformed(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node
) -> v.Value:
    """Call a transformed function."""
    machine.session.used.add(_application(callee))
    facts = transform(callee.transform)
    assert facts is not None
    return _CALLS[facts.kind](machine, frame, callee, args, node)


def call_method(
    machine: Machine, frame: Frame, receiver: v.Transformed, name: str, args: Args, node: n.Node
) -> v.Value:
    """``jit(f).lower(x)`` traces like a call; ``f.defvjp(fwd, bwd)`` adds rules."""
    if name in ("lower", "trace", "eval_shape"):
        call_transformed(machine, frame, receiver, args, node)
        return v.LibraryInstance("jax.stages.Lowered")
    if name in ("defjvp", "defvjp", "defjvps"):
        core = _innermost(receiver)
        if isinstance(core, v.Function):
            machine.rules.setdefault(core.code, (name, args.pos))
        return args.pos[0] if name == "defjvp" and args.pos else v.Const(None)
    return v.UNKNOWN


def _innermost(value: v.Value) -> v.Value:
    while isinstance(value, (v.Transformed, v.Partial)):
        value = value.function
    return value


def link(callee: v.Transformed) -> v.Origin:
    """The end of every chain: the transformation and where it was applied."""
    name = callee.transform
    is_configured = callee.place is not None and isinstance(callee.place.node, n.Code)
    text = "traced, as the configuration says" if is_configured else f"traced by `{name}`"
    return v.Origin(name.rpartition(".")[2], text, callee.place)


def _run(
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
    how = entry.Tracing(link(callee), stage, ambient, static, is_filtering)
    return entry.enter(machine, frame, callee.function, args, node, how)


def _result_stage(frame: Frame, args: Args) -> Stage:
    return max([frame.trace.stage, *(stage_of(value) for value in args.values())])


def _hand_back(frame: Frame, value: v.Value, args: Args) -> v.Value:
    """A result as the code that called sees it."""
    return pytrees.returned(value, _result_stage(frame, args), result_origin(frame, *args.values()))


def _jit(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    static = static_parameters(callee)
    if static is None:
        machine.call(frame, callee.function, Args(star=v.UNKNOWN, star_star=v.UNKNOWN), node)
        return v.UNKNOWN
    value = _run(machine, frame, callee, args, node, Stage.TRACED, Stage.TRACED, static)
    return _hand_back(frame, value, args)


def static_parameters(callee: v.Transformed) -> Callable[[int | str], bool] | None:
    """Which arguments are static, by position or name; None where the program does not show it."""
    if callee.option("**") is not None:
        return None
    numbers = _constants(callee.option("static_argnums") or callee.option("static_broadcasted_argnums"), int)
    names = _constants(callee.option("static_argnames"), str)
    if numbers is None or names is None:
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


def _constants(value: v.Value | None, kind: type) -> set[Any] | None:
    """The constants in an option such as ``static_argnums``; None where they are not known."""
    if value is None or value == v.Const(None):
        return set()
    items = value.items if isinstance(value, v.Seq) else (value,)
    if items is None or not all(isinstance(item, v.Const) and isinstance(item.value, kind) for item in items):
        return None
    return {item.value for item in items}  # type: ignore[attr-defined]  # constants, as checked


def _pmap(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    static = static_parameters(callee)
    if static is None:
        return v.UNKNOWN
    mapped = _without_axes(callee, args)
    value = _run(machine, frame, callee, mapped, node, Stage.TRACED, Stage.TRACED, static)
    size = pytrees.leading_size(v.Seq("tuple", args.pos))
    return _hand_back(frame, pytrees.with_axis(value, size), args)


def _vmap(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    axes = callee.option("in_axes")
    if axes is v.UNKNOWN or callee.option("**") is not None:
        return v.UNKNOWN
    mapped = _without_axes(callee, args)

    def is_static(key: int | str) -> bool:
        # Axes given leaf by leaf may leave some leaves unmapped: nothing is known of such an argument.
        return isinstance(key, int) and not _is_mapped(_axis(axes, key))

    value = _run(machine, frame, callee, mapped, node, Stage.TRACED, frame.trace.stage, is_static)
    sizes = {
        size
        for index, value in enumerate(args.pos)
        if not is_static(index) and (size := pytrees.axis_size(value, _axis(axes, index))) is not None
    }
    size = sizes.pop() if len(sizes) == 1 else None
    value = _hand_back(frame, value, args)
    if callee.option("out_axes") not in (None, v.Const(0)):
        return _shapeless(value)
    return pytrees.with_axis(value, size)


def _is_mapped(axis: v.Value) -> bool:
    """Whether an entry of ``in_axes`` maps the whole argument."""
    return axis == v.Static("int") or (isinstance(axis, v.Const) and isinstance(axis.value, int))


def _axis(axes: v.Value | None, index: int) -> v.Value:
    """The entry of ``in_axes`` for one argument."""
    if axes is None:
        return v.Const(0)
    if isinstance(axes, v.Seq) and axes.items is not None:
        return axes.items[index] if index < len(axes.items) else v.UNKNOWN
    return axes


def _without_axes(callee: v.Transformed, args: Args) -> Args:
    axes = callee.option("in_axes")
    pos = []
    for index, value in enumerate(args.pos):
        axis = _axis(axes, index)
        if isinstance(axis, v.Const) and (axis.value is None or isinstance(axis.value, int)):
            pos.append(pytrees.without_axis(value, axis.value))
        elif _is_mapped(axis):
            pos.append(_shapeless(value))
        else:
            pos.append(_traced_by_leaf(value, axis, link(callee)))
    kw = {name: pytrees.without_axis(value) for name, value in args.kw.items()}
    return replace(args, pos=tuple(pos), kw=kw)


def _traced_by_leaf(value: v.Value, axes: v.Value, origin: v.Origin) -> v.Value:
    """An argument whose axes are given leaf by leaf: only the leaves that are mapped are traced."""
    if axes == v.Const(None):
        return value
    if _is_mapped(axes):
        axis = axes.value if isinstance(axes, v.Const) else None
        inner = pytrees.without_axis(value, axis) if axis is not None else _shapeless(value)
        return pytrees.trace_argument(inner, Stage.TRACED, origin, v.Tree(Stage.TRACED, origin))
    if isinstance(axes, v.Dict):
        entries = value.get if isinstance(value, v.Dict) else lambda _: None
        items = ((key, _traced_by_leaf(entries(key) or v.UNKNOWN, axis, origin)) for key, axis in axes.items)
        return v.Dict(tuple(items), axes.rest)
    if isinstance(axes, v.Seq) and axes.items is not None:
        known = value.items if isinstance(value, v.Seq) and value.items is not None else ()
        pairs = zip((*known, *(v.UNKNOWN,) * len(axes.items)), axes.items, strict=False)
        return v.Seq(axes.kind, tuple(_traced_by_leaf(part, axis, origin) for part, axis in pairs))
    return v.UNKNOWN


def _shapeless(value: v.Value) -> v.Value:
    return pytrees.map_leaves(
        value, lambda one: replace(one, shape=None) if isinstance(one, v.Array) else one
    )


def _vectorize(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    if callee.option("excluded") is not None:
        return v.UNKNOWN
    args = replace(args, pos=tuple(map(_shapeless, args.pos)))
    value = _run(machine, frame, callee, args, node, Stage.TRACED, frame.trace.stage)
    return _hand_back(frame, _shapeless(value), args)


def _differentiated(callee: v.Transformed, args: Args) -> set[int] | None:
    """Positions that ``grad`` differentiates; None where they are not known."""
    argnums = callee.option("argnums")
    if argnums is None:
        return {0}
    numbers = _constants(argnums, int)
    return None if numbers is None else {number % max(len(args.pos), 1) for number in numbers}


def _gradient(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    numbers = _differentiated(callee, args)
    if numbers is None or callee.option("**") is not None:
        machine.call(frame, callee.function, args, node)
        return v.UNKNOWN

    def is_static(key: int | str) -> bool:
        return key not in numbers

    inner = _run(machine, frame, callee, args, node, Stage.GRAD, frame.trace.stage, is_static)
    value = _hand_back(frame, inner, args)
    facts = transform(callee.transform)
    assert facts is not None
    has_aux = callee.option("has_aux")
    gradient = _gradient_of(callee, args, numbers) if facts.kind != "jacobian" else v.UNKNOWN
    gradient = _hand_back(frame, gradient, args)
    if has_aux is not None and not isinstance(has_aux, v.Const):
        return v.UNKNOWN
    if isinstance(has_aux, v.Const) and has_aux.value:
        extra = _second(inner)
        stage = _result_stage(frame, args)
        extra = pytrees.returned(
            extra, stage, result_origin(frame, *args.values()), keeps_numbers=not frame.trace.stage
        )
        if facts.kind == "value_and_grad":
            first = value.items[0] if isinstance(value, v.Seq) and value.items else v.UNKNOWN
            return v.Seq("tuple", (v.Seq("tuple", (first, extra)), gradient))
        return v.Seq("tuple", (gradient, extra))
    return v.Seq("tuple", (value, gradient)) if facts.kind == "value_and_grad" else gradient


def _second(value: v.Value) -> v.Value:
    return value.items[1] if isinstance(value, v.Seq) and value.items and len(value.items) > 1 else v.UNKNOWN


def _gradient_of(callee: v.Transformed, args: Args, numbers: set[int]) -> v.Value:
    """A gradient has the structure of the argument it belongs to."""
    argnums = callee.option("argnums")
    parts = [args.pos[number] if number < len(args.pos) else v.UNKNOWN for number in sorted(numbers)]
    return v.Seq("tuple", tuple(parts)) if isinstance(argnums, v.Seq) else (parts[0] if parts else v.UNKNOWN)


def _abstract(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``checkpoint``, ``shard_map``: traced abstractly wherever they are called."""
    static = static_parameters(callee)
    if static is None:
        return v.UNKNOWN
    facts = transform(callee.transform)
    ambient = Stage.TRACED
    if facts is not None and facts.kind == "shard_map":
        args = replace(args, pos=tuple(map(_shapeless, args.pos)))
        ambient = frame.trace.stage  # outside of jit, what is computed from constants alone keeps its value
    value = _run(machine, frame, callee, args, node, Stage.TRACED, ambient, static)
    value = _shapeless(value) if facts is not None and facts.kind == "shard_map" else value
    return _hand_back(frame, value, args)


def _make_jaxpr(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    static = static_parameters(callee)
    if static is not None:
        _run(machine, frame, callee, args, node, Stage.TRACED, Stage.TRACED, static)
    return v.UNKNOWN


def _pallas(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """The kernel gets references: nothing is known of them, but all that JAX computes in it is traced."""
    trace = Trace(Stage.TRACED, link(callee))
    entry.call_in(machine, frame, callee.function, Args(star=v.LibraryInstance("jax.Ref")), node, trace)
    return v.Array(_result_stage(frame, args), None, None, result_origin(frame, *args.values()))


def _transparent(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``custom_vjp`` and the like: the function runs on what it is given, and so do its rules."""
    value = machine.call(frame, callee.function, args, node)
    core = _innermost(callee.function)
    rules = machine.rules.get(core.code) if isinstance(core, v.Function) else None
    if rules is not None and _result_stage(frame, args) is Stage.TRACED:
        _run_rules(machine, frame, rules, args, value, node)
    return value


def _run_rules(
    machine: Machine,
    frame: Frame,
    rules: tuple[str, tuple[v.Value, ...]],
    args: Args,
    value: v.Value,
    node: n.Node,
) -> None:
    name, functions = rules
    if name == "defvjp" and len(functions) == 2:
        forward = machine.call(frame, functions[0], args, node)
        residuals = (
            forward.items[1]
            if isinstance(forward, v.Seq) and forward.items and len(forward.items) == 2
            else v.UNKNOWN
        )
        machine.call(frame, functions[1], Args((residuals, value)), node)
    elif name == "defjvp" and functions:
        primals = v.Seq("tuple", args.pos)
        machine.call(frame, functions[0], Args((primals, primals)), node)
    else:
        for function in functions:
            if not isinstance(function, v.Const):
                machine.call(frame, function, Args((value, value, *args.pos)), node)


_CALLS: dict[str, Callable[[Any, Any, Any, Any, Any], v.Value]] = {
    "jit": _jit,
    "pmap": _pmap,
    "vmap": _vmap,
    "vectorize": _vectorize,
    "grad": _gradient,
    "value_and_grad": _gradient,
    "jacobian": _gradient,
    "checkpoint": _abstract,
    "shard_map": _abstract,
    "make_jaxpr": _make_jaxpr,
    "pallas_call": _pallas,
    "transparent": _transparent,
}


# --- transformations that run the function at once -----------------------------------------------


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

    def get(self, name: str) -> v.Value:
        """The argument of that name; Unknown where it is not given."""
        return self.given.get(name, v.UNKNOWN)

    def enter(
        self, function: v.Value, *values: v.Value, star: v.Value | None = None, ambient: Stage = Stage.TRACED
    ) -> v.Value:
        """Run a function on abstract tracers of ``values``; ``ambient`` is the stage of constants in it."""
        args = Args(values, star=star)
        if isinstance(function, v.Union):
            return v.join_all(
                [self.enter(option, *values, star=star, ambient=ambient) for option in function.options]
            )
        return self.run(function, args, Stage.TRACED, ambient)

    def run(self, function: v.Value, args: Args, stage: Stage, ambient: Stage) -> v.Value:
        """Run a function with ``args`` traced at ``stage``."""
        how = entry.Tracing(self.link, stage, ambient)
        return entry.enter(self.machine, self.frame, function, args, self.node, how)

    def behind_function(self) -> Args:
        """The positional arguments of the call without the function."""
        return replace(self.args, pos=self.args.pos[1:], pos_nodes=self.args.pos_nodes[1:])

    def result(self, value: v.Value) -> v.Value:
        """A result as the caller sees it."""
        return _hand_back(self.frame, value, self.args)


MAX_CARRY_PASSES = 3
"""Runs of a loop body after which a carry that still changes loses its shapes."""


def _carry_of(initial: v.Value, step: Callable[[v.Value], v.Value]) -> v.Value:
    """The loop-carried value: what it starts as, joined with what the body makes of it."""
    carry = initial
    for count in range(MAX_CARRY_PASSES):
        following = v.join(_as_array(carry), _as_array(step(carry)))
        if following == carry:
            break
        carry = following if count < MAX_CARRY_PASSES - 1 else v.widen(following)
    return carry


def _as_array(value: v.Value) -> v.Value:
    """Inside a loop every leaf of the carry is an abstract tracer."""
    return pytrees.returned(value, Stage.TRACED, origin_of(value))


def _scan(call: Immediate) -> v.Value:
    xs = call.get("xs") if "xs" in call.given else v.Const(None)
    length = call.get("length")
    if stage_of(length) is Stage.TRACED:
        call.machine.report(
            ShapeArgument(
                call.args.kw_nodes.get("length", call.node), call.frame, length, call.facts.name, "length"
            )
        )
    x = _element_of(xs)
    ys: list[v.Value] = []

    def step(carry: v.Value) -> v.Value:
        out = call.enter(call.function, carry, x)
        if isinstance(out, v.Seq) and out.items is not None and len(out.items) == 2:
            ys.append(out.items[1])
            return out.items[0]
        ys.append(v.UNKNOWN)
        return v.UNKNOWN if not isinstance(out, v.Seq) else out.element

    carry = _carry_of(call.get("init"), step)
    size = pytrees.leading_size(xs)
    if size is None and isinstance(length, v.Const) and isinstance(length.value, int):
        size = length.value
    stacked = pytrees.with_axis(_as_array(ys[-1]) if ys else v.UNKNOWN, size)
    return v.Seq("tuple", (call.result(carry), call.result(stacked)))


def _element_of(xs: v.Value) -> v.Value:
    """What one step of ``scan`` gets."""
    return pytrees.without_axis(xs)


def _while_loop(call: Immediate) -> v.Value:
    def step(carry: v.Value) -> v.Value:
        call.enter(call.function, carry)
        return call.enter(call.get("body_fun"), carry)

    return call.result(_carry_of(call.get("init_val"), step))


def _fori_loop(call: Immediate) -> v.Value:
    """The counter is traced even where the bounds are constants."""
    index = v.Array(Stage.TRACED, (), INT._replace(weak=True))

    def step(carry: v.Value) -> v.Value:
        return call.enter(call.function, index, carry)

    return call.result(_carry_of(call.get("init_val"), step))


def _cond(call: Immediate) -> v.Value:
    operands = call.operands
    if "operand" in call.given:
        operands = (call.given["operand"],)
    arms = [call.function, call.get("false_fun")]
    if not _is_callable(arms[1]) and len(operands) >= 2:
        return v.UNKNOWN  # the five-argument form of old
    results = [call.enter(arm, *operands, star=call.args.star) for arm in arms]
    return call.result(v.join_all([_as_array(result) for result in results]))


def _is_callable(value: v.Value) -> bool:
    return not isinstance(value, (v.Array, v.Tree, v.Seq, v.Dict, v.Const, v.Static))


def _switch(call: Immediate) -> v.Value:
    branches = call.function
    arms: tuple[v.Value, ...] = ()
    if isinstance(branches, v.Seq):
        arms = branches.items if branches.items is not None else (branches.element,)
    results = [call.enter(arm, *call.operands, star=call.args.star) for arm in arms]
    return call.result(v.join_all([_as_array(result) for result in results]))


def _map(call: Immediate) -> v.Value:
    xs = call.get("xs")
    value = call.enter(call.function, _element_of(xs))
    return call.result(pytrees.with_axis(_as_array(value), pytrees.leading_size(xs)))


def _associative_scan(call: Immediate) -> v.Value:
    """Not abstract by itself: the function runs on slices at the caller's stage."""
    elems = _shapeless(call.get("elems"))
    call.machine.call(call.frame, call.function, Args((elems, elems)), call.node)
    return call.get("elems")


def _reduce(call: Immediate) -> v.Value:
    one = v.Array(Stage.TRACED, ())
    call.enter(call.function, one, one)
    return v.Array(
        _result_stage(call.frame, call.args), None, None, result_origin(call.frame, *call.args.values())
    )


def _elementwise_call(call: Immediate) -> v.Value:
    """Functions such as ``fromfunction`` and ``odeint`` that call the function on arrays of their own."""
    core = _innermost(call.function)
    ambient = Stage.TRACED if call.facts.name.endswith("odeint") else call.frame.trace.stage
    if call.facts.name == "jax.numpy.apply_along_axis":
        operand = call.get("arr")
        if isinstance(operand, v.Array) and operand.shape is not None and len(operand.shape) > 1:
            call.enter(call.function, v.Array(Stage.TRACED, (None,), operand.dtype), ambient=ambient)
    elif isinstance(core, v.Function):
        count = sum(param.kind in ("pos", "normal") and param.default is None for param in core.code.params)
        call.enter(call.function, *(v.Array(Stage.TRACED) for _ in range(count)), ambient=ambient)
    return v.Array(
        _result_stage(call.frame, call.args), None, None, result_origin(call.frame, *call.args.values())
    )


def _piecewise(call: Immediate) -> v.Value:
    """The functions of the list run abstractly, each on the values of its interval."""
    arms = call.function.items if isinstance(call.function, v.Seq) and call.function.items is not None else ()
    x = _shapeless(call.get("x"))
    for arm in arms:
        if not isinstance(arm, (v.Const, v.Static, v.Array)):
            call.enter(arm, x, *call.operands)
    return call.result(_as_array(call.get("x")))


def _callback(call: Immediate) -> v.Value:
    """Host callbacks get NumPy arrays, whatever surrounds the call."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, (v.Array, v.Tree)):
            return v.NumPyArray(getattr(one, "shape", None), getattr(one, "dtype", None))
        return one

    values = tuple(pytrees.map_leaves(value, leaf) for value in call.operands)
    skip = 0 if call.facts.name == "jax.debug.callback" else 1
    args = Args(values[skip:], {name: leaf(value) for name, value in call.args.kw.items()}, call.args.star)
    if call.facts.name.endswith("debug.callback"):
        args.kw.pop("ordered", None)
    entry.call_in(call.machine, call.frame, call.function, args, call.node, EAGER)
    stage = call.frame.trace.stage or max([Stage.CONCRETE, *map(stage_of, call.operands)])
    return v.Tree(stage, result_origin(call.frame, *call.operands)) if stage and skip else v.UNKNOWN


def _eval_shape(call: Immediate) -> v.Value:
    call.run(call.function, call.behind_function(), Stage.TRACED, Stage.TRACED)
    return v.UNKNOWN


def _differentiate(call: Immediate) -> v.Value:
    """``vjp``, ``linearize``: the function runs at the stage of differentiation on its primals."""
    args = replace(call.behind_function(), kw={})
    value = call.run(call.function, args, Stage.GRAD, call.frame.trace.stage)
    has_aux = call.given.get("has_aux", v.Const(value=False))
    result = _hand_back(call.frame, value, args)
    if has_aux != v.Const(value=False):
        return v.UNKNOWN
    return v.Seq("tuple", (result, v.UNKNOWN))


def _jvp(call: Immediate) -> v.Value:
    primals = call.get("primals")
    values = primals.items if isinstance(primals, v.Seq) else None
    args = Args(values) if values is not None else Args(star=v.UNKNOWN)
    value = call.run(call.function, args, Stage.GRAD, call.frame.trace.stage)
    result = _hand_back(call.frame, value, call.args)
    return v.Seq("tuple", (result, result)) if "has_aux" not in call.given else v.UNKNOWN


def _linear_transpose(call: Immediate) -> v.Value:
    args = replace(call.behind_function(), kw={})
    call.run(call.function, args, Stage.TRACED, call.frame.trace.stage)
    return v.UNKNOWN


def _tree_map(call: Immediate) -> v.Value:
    """The function runs on each leaf, at the caller's stage."""
    tree = call.get("tree")
    results: dict[v.Value, v.Value] = {}
    rest = len(call.operands) + (1 if "rest" in call.given else 0)

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, v.Const) and one.value is None:
            return one
        if one not in results:
            results[one] = on_leaf(one)
        return results[one]

    def on_leaf(one: v.Value) -> v.Value:
        known = v.Array(one.stage, None, None, one.origin) if isinstance(one, v.Tree) else one
        result = call.machine.call(call.frame, call.function, Args((known, *(v.UNKNOWN,) * rest)), call.node)
        if not isinstance(one, (v.Tree, v.Unknown)):
            return result
        # Of the structure nothing is known, so only that all leaves are tracers can be said.
        is_traced = isinstance(result, v.Array) and result.stage
        return v.Tree(stage_of(result), origin_of(result)) if is_traced else v.UNKNOWN

    return pytrees.map_leaves(tree, leaf) if "is_leaf" not in call.given else v.UNKNOWN


_IMMEDIATE: dict[str, Callable[[Immediate], v.Value]] = {
    "scan": _scan,
    "while_loop": _while_loop,
    "fori_loop": _fori_loop,
    "cond": _cond,
    "switch": _switch,
    "map": _map,
    "associative_scan": _associative_scan,
    "reduce": _reduce,
    "elementwise_call": _elementwise_call,
    "piecewise": _piecewise,
    "callback": _callback,
    "eval_shape": _eval_shape,
    "linearize": _differentiate,
    "vjp": _differentiate,
    "jvp": _jvp,
    "linear_transpose": _linear_transpose,
    "tree_map": _tree_map,
}
