"""JAX's transformations: which function runs what they are given.

Each kind of `transforms.toml` has one function, in the modules named below. A wrapper (`jit`, `vmap`,
`grad`, …) makes a `Transformed` value, and `call_transformed` runs the function when that is called. The
others (`scan`, `cond`, …) run the function at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import IteratorUse
from jaxlint.inspection import innermost
from jaxlint.interpreter import (
    branches,
    callbacks,
    chosen,
    compilation,
    differentiation,
    keys,
    lifting,
    loops,
    mapping,
    timing,
    wrappers,
)
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import class_attribute
from jaxlint.interpreter.iteration import is_iterator
from jaxlint.interpreter.running import Immediate
from jaxlint.knowledge.transforms import TransformFacts, transform
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


_COMPILED = frozenset({"jit", "pmap"})
"""Kinds of wrappers that keep what they compile for a function, and use it in each call."""


def apply(machine: Machine, frame: Frame, facts: TransformFacts, args: Args, node: n.Node) -> v.Value:
    """Call a transformation: a wrapper gives a function, without one a decorator; others run at once."""
    given, operands = _bind(facts, args)
    function = given.pop(facts.function, None)
    if function is None:
        if args.star is not None or args.pos:
            return v.UNKNOWN
        return v.Partial(v.Library(facts.name), (), tuple(args.kw.items()))
    if facts.kind in _CALLS:
        function = chosen.possible(machine, frame, node, function)
        if args.star_star is not None:
            given["**"] = v.UNKNOWN
        return _wrap(machine, frame, facts, function, given, node)
    if facts.kind not in ("callback", "tree_map"):
        _report_iterators(machine, frame, args, node)
    if facts.name.startswith("flax.linen."):
        function, given = _unbound(function), {name: _unbound(value) for name, value in given.items()}
    call = Immediate(machine, frame, facts, function, given, operands, args, node)
    value = _IMMEDIATE[facts.kind](call)
    if facts.kind in _COMPUTING:
        timing.on_dispatch(machine, frame, node)
    return value


def _unbound(value: v.Value) -> v.Value:
    """A method as flax passes it on: it takes the function, and gives it the module that comes with it."""
    if isinstance(value, v.Bound) and isinstance(value.receiver, v.Instance):
        return value.function
    if isinstance(value, v.Seq) and value.items is not None:
        return replace(value, items=tuple(map(_unbound, value.items)))
    return value


# Kinds that send a computation to the device when they are called.
_COMPUTING = frozenset({"scan", "while_loop", "fori_loop", "cond", "switch", "map", "associative_scan"})


def _report_iterators(machine: Machine, frame: Frame, args: Args, node: n.Node) -> None:
    """Report iterators among the operands of ``scan``, ``cond`` and the like, which take arrays."""
    named = [(value, args.kw_nodes.get(name)) for name, value in args.kw.items()]
    for value, argument in [*((value, args.node(i)) for i, value in enumerate(args.pos)), *named]:
        parts = value.items if isinstance(value, v.Seq) and value.items else (value,)
        if any(map(is_iterator, parts)):
            machine.report(IteratorUse(argument or node, frame, "argument"))


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
    if not machine.is_muted:  # else an error is expected of it
        machine.session.applied.append(made)
    machine.timeline.make(frame, node)
    core = innermost(function.function if isinstance(function, v.Bound) else function)
    if isinstance(core, v.Function):
        machine.session.transformed.add(core.code)
        if facts.kind in _COMPILED and function is not core and not isinstance(function, v.Bound):
            machine.log.forget(core.code)  # a partial or a transformation of a function is another each time
    compilation.on_application(machine, frame, made, node)
    return made


def _application(function: v.Transformed) -> n.Node:
    assert function.place is not None
    return function.place.node


def compiled_code(machine: Machine, callee: v.Transformed) -> n.Code | None:
    """The function whose compiled form a call of ``callee`` uses again; None where it compiles nothing."""
    facts = transform(callee.transform)
    if facts is None or facts.kind not in _COMPILED:
        return None
    core = callee.function.function if isinstance(callee.function, v.Bound) else innermost(callee.function)
    if isinstance(core, v.Instance):
        core = class_attribute(machine, core.cls, "__call__") or v.UNKNOWN
    return core.code if isinstance(core, v.Function) else None


def call_transformed(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node
) -> v.Value:
    """Call a transformed function."""
    machine.session.used.add(_application(callee))
    machine.tell(frame, callee, args)
    if _is_wrapped_in_loop(callee):
        return v.UNKNOWN
    facts = transform(callee.transform)
    assert facts is not None
    compilation.on_call(machine, frame, facts.kind, callee, args)
    return _CALLS[facts.kind](machine, frame, callee, args, node)


def _is_wrapped_in_loop(callee: v.Transformed) -> bool:
    """Whether a loop wraps a function again and again: how often, is not known."""
    inner, place = callee.function, _application(callee)
    while isinstance(inner, v.Transformed):
        if _application(inner) is place:
            return True
        inner = inner.function
    return False


def call_method(
    machine: Machine, frame: Frame, receiver: v.Transformed, name: str, args: Args, node: n.Node
) -> v.Value:
    """``jit(f).lower(x)`` traces like a call; ``f.defvjp(fwd, bwd)`` adds rules."""
    if name in ("lower", "trace", "eval_shape"):
        with keys.without_consequences(frame):
            call_transformed(machine, frame, receiver, args, node)
        return v.LibraryInstance("jax.stages.Lowered")
    if name in ("defjvp", "defvjp", "defjvps"):
        core = innermost(receiver)
        if isinstance(core, v.Function):
            machine.rules.setdefault(core.code, (name, args.pos))
        return args.pos[0] if name == "defjvp" and args.pos else v.Const(None)
    return v.UNKNOWN


_CALLS: dict[str, Callable[[Any, Any, Any, Any, Any], v.Value]] = {
    "jit": wrappers.jit,
    "pmap": mapping.pmap,
    "vmap": mapping.vmap,
    "vectorize": mapping.vectorize,
    "grad": differentiation.gradient,
    "value_and_grad": differentiation.gradient,
    "jacobian": differentiation.gradient,
    "checkpoint": wrappers.abstract,
    "shard_map": wrappers.abstract,
    "make_jaxpr": wrappers.make_jaxpr,
    "pallas_call": wrappers.pallas,
    "transparent": wrappers.transparent,
    "lift": lifting.lift,
    "lift_mapped": lifting.lift_mapped,
}

_IMMEDIATE: dict[str, Callable[[Immediate], v.Value]] = {
    "scan": loops.scan,
    "while_loop": loops.while_loop,
    "fori_loop": loops.fori_loop,
    "cond": branches.cond,
    "switch": branches.switch,
    "map": loops.map_over,
    "associative_scan": callbacks.associative_scan,
    "reduce": callbacks.reduce,
    "elementwise_call": callbacks.elementwise_call,
    "piecewise": callbacks.piecewise,
    "callback": callbacks.callback,
    "eval_shape": wrappers.eval_shape,
    "linearize": differentiation.differentiate,
    "vjp": differentiation.differentiate,
    "jvp": differentiation.jvp,
    "linear_transpose": differentiation.linear_transpose,
    "tree_map": callbacks.tree_map,
}
