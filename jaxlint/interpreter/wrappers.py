"""``jit``, ``checkpoint``, ``make_jaxpr`` and other wrappers that run the whole function in one way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.inspection import innermost
from jaxlint.interpreter import entry, host, keys, pytrees, unrolled
from jaxlint.interpreter.binding import Args, bind
from jaxlint.interpreter.frames import EAGER, Trace
from jaxlint.interpreter.operators import result_origin
from jaxlint.interpreter.reverse import is_followed, without_derivative
from jaxlint.interpreter.running import (
    Immediate,
    constants,
    hand_back,
    link,
    result_stage,
    run,
    static_parameters,
)
from jaxlint.knowledge.transforms import transform
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Stage = v.Stage


def jit(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``jit``: all arguments that are not static are traced, and all that is computed inside."""
    static = static_parameters(callee)
    if static is None:
        machine.call(frame, callee.function, Args(star=v.UNKNOWN, star_star=v.UNKNOWN), node)
        return v.UNKNOWN
    if not callee.transform.startswith("equinox."):
        unrolled.report_arguments(machine, frame, args, static, node)
    host.report_sent(machine, frame, args)
    value = run(machine, frame, callee, args, node, Stage.TRACED, Stage.TRACED, static)
    value = hand_back(frame, value, args, callee)
    return value if frame.trace.level else pytrees.map_leaves(value, _compiled)


def _compiled(leaf: v.Value) -> v.Value:
    """Mark a result of compiled code, which may not have been computed yet."""
    return replace(leaf, lineage=v.Lineage(is_compiled=True)) if isinstance(leaf, v.Array) else leaf


def abstract(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``checkpoint``, ``shard_map``: traced abstractly wherever they are called."""
    static = static_parameters(callee)
    if static is None:
        return v.UNKNOWN
    facts = transform(callee.transform)
    ambient = Stage.TRACED
    if facts is not None and facts.kind == "shard_map":
        args = replace(args, pos=tuple(map(pytrees.shapeless, args.pos)))
        ambient = frame.trace.stage  # outside of jit, what is computed from constants alone keeps its value
    value = run(machine, frame, callee, args, node, Stage.TRACED, ambient, static)
    value = pytrees.shapeless(value) if facts is not None and facts.kind == "shard_map" else value
    return hand_back(frame, value, args)


def make_jaxpr(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``make_jaxpr``: traced like ``jit``; the result is no array."""
    static = static_parameters(callee)
    if static is not None:
        with keys.without_consequences(frame):
            run(machine, frame, callee, args, node, Stage.TRACED, Stage.TRACED, static)
    return v.UNKNOWN


def eval_shape(call: Immediate) -> v.Value:
    """``eval_shape``: traced like ``jit``; the result holds shapes only."""
    with keys.without_consequences(call.frame):
        call.run(call.function, call.behind_function(), Stage.TRACED, Stage.TRACED)
    return v.UNKNOWN


def pallas(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """The kernel gets references: nothing is known of them, but all that JAX computes in it is traced."""
    trace = Trace(Stage.TRACED, link(callee), frame.trace)
    entry.call_in(machine, frame, callee.function, Args(star=v.LibraryInstance("jax.Ref")), node, trace)
    return v.Array(result_stage(frame, args), None, None, result_origin(frame, *args.values()))


def transparent(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``custom_vjp`` and the like: the function runs on what it is given, and so do its rules."""
    if "custom_" in callee.transform and is_followed(result_stage(frame, args)):
        return _primal(callee, _without_grad(machine, frame, callee, args, node))
    value = _with_own_derivative(machine, frame, callee, args, node)
    core = innermost(callee.function)
    rules = machine.rules.get(core.code) if isinstance(core, v.Function) else None
    if isinstance(core, v.Function) and rules is not None and result_stage(frame, args) is Stage.TRACED:
        _run_rules(machine, frame, callee, rules, _resolved(frame, core, args, node), value, node)
    return _primal(callee, value)


def _primal(callee: v.Transformed, value: v.Value) -> v.Value:
    """The result for the caller: ``custom_gradient`` takes off the rule that the function returns with it."""
    if callee.transform != "jax.custom_gradient":
        return value
    return value.items[0] if isinstance(value, v.Seq) and value.items else v.UNKNOWN


def _resolved(frame: Frame, core: v.Function, args: Args, node: n.Node) -> Args:
    """The arguments by position, defaults among them, as the rules of a function get them.

    Source: `jax._src.api_util.resolve_kwargs`, which ``custom_jvp`` and ``custom_vjp`` call.
    """
    is_plain = all(param.kind in ("pos", "normal") for param in core.code.params)
    binding = bind(frame, core, args, node) if is_plain and args.star is None else None
    return args if binding is None else Args(tuple(binding.env[param.name] for param in core.code.params))


def _with_own_derivative(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node
) -> v.Value:
    """The body of a function that has rules is not what is differentiated."""
    if "custom_" not in callee.transform or not frame.trace.is_differentiated:
        return machine.call(frame, callee.function, args, node)
    outer = frame.trace
    frame.trace = replace(outer, is_differentiated=False)
    try:
        return machine.call(frame, callee.function, args, node)
    finally:
        frame.trace = outer


def _without_grad(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """Under differentiation alone the rules of the function are used, and run on concrete values."""

    def concrete(value: v.Value) -> v.Value:
        return pytrees.returned(without_derivative(value), Stage.CONCRETE, None, keeps_numbers=True)

    pos = tuple(map(concrete, args.pos))
    kw = {name: concrete(value) for name, value in args.kw.items()}
    value = entry.call_in(machine, frame, callee.function, replace(args, pos=pos, kw=kw), node, EAGER)
    return hand_back(frame, value, args)


def _run_rules(
    machine: Machine,
    frame: Frame,
    callee: v.Transformed,
    rules: tuple[str, tuple[v.Value, ...]],
    args: Args,
    value: v.Value,
    node: n.Node,
) -> None:
    name, functions = rules
    numbers = constants(callee.option("nondiff_argnums"), int)
    if numbers is None or callee.option("nondiff_argnames") is not None:
        return
    # Rules get what is not differentiated first, as it is, and the rest as one tuple or as residuals.
    static = tuple(args.pos[number] for number in sorted(numbers) if number < len(args.pos))
    others = tuple(one for number, one in enumerate(args.pos) if number not in numbers)
    if name == "defvjp" and len(functions) == 2:
        forward = machine.call(frame, functions[0], args, node)
        residuals = (
            forward.items[1]
            if isinstance(forward, v.Seq) and forward.items and len(forward.items) == 2
            else v.UNKNOWN
        )
        machine.call(frame, functions[1], Args((*static, residuals, value)), node)
    elif name == "defjvp" and functions:
        primals = v.Seq("tuple", others)
        machine.call(frame, functions[0], Args((*static, primals, primals)), node)
    else:
        for function in functions:
            if not isinstance(function, v.Const):
                machine.call(frame, function, Args((value, value, *args.pos)), node)
