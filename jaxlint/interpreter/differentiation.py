"""``grad`` and its kin: functions that run at the stage of differentiation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import gradients, pytrees, reverse
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.operators import result_origin
from jaxlint.interpreter.running import Immediate, constants, hand_back, result_stage, run
from jaxlint.interpreter.signatures import describe, is_no_pair
from jaxlint.knowledge.transforms import transform
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Stage = v.Stage


def _differentiated(callee: v.Transformed, args: Args) -> set[int] | None:
    """Positions that ``grad`` differentiates; None where they are not known."""
    argnums = callee.option("argnums")
    if argnums is None:
        return {0}
    numbers = constants(argnums, int)
    return None if numbers is None else {number % max(len(args.pos), 1) for number in numbers}


def gradient(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``grad``, ``value_and_grad``, the jacobians: only arguments that are differentiated are traced."""
    numbers = _differentiated(callee, args)
    if numbers is None or callee.option("**") is not None:
        machine.call(frame, callee.function, args, node)
        return v.UNKNOWN

    def is_static(key: int | str) -> bool:
        return key not in numbers

    gradients.check_arguments(machine, frame, callee, args, node)
    inner = run(machine, frame, callee, args, node, Stage.GRAD, frame.trace.stage, is_static)
    facts = transform(callee.transform)
    assert facts is not None
    gradients.check_result(machine, frame, callee, inner, facts.kind, node)
    value = hand_back(frame, inner, args)
    has_aux = callee.option("has_aux")
    if not callee.transform.endswith("jacfwd"):

        def follow() -> v.Value:
            return run(machine, frame, callee, args, node, Stage.FOLLOWED, frame.trace.stage, is_static)

        aux = has_aux not in (None, v.Const(value=False))
        reverse.check(machine, frame, callee.transform, node, follow, has_aux=aux)
    gradient = _gradient_of(callee, args, numbers) if facts.kind != "jacobian" else v.UNKNOWN
    gradient = hand_back(frame, gradient, args, callee)
    if callee.transform.startswith("jax.") and callee.option("holomorphic") is None:
        gradient = pytrees.map_leaves(gradient, _complex_gradient)
    if has_aux is not None and not isinstance(has_aux, v.Const):
        return v.UNKNOWN
    if isinstance(has_aux, v.Const) and has_aux.value:
        extra = _second(inner)
        stage = result_stage(frame, args)
        extra = pytrees.returned(
            extra, stage, result_origin(frame, *args.values()), keeps_numbers=not frame.trace.stage
        )
        if facts.kind == "value_and_grad":
            first = value.items[0] if isinstance(value, v.Seq) and value.items else v.UNKNOWN
            return v.Seq("tuple", (v.Seq("tuple", (first, extra)), gradient))
        return v.Seq("tuple", (gradient, extra))
    return v.Seq("tuple", (value, gradient)) if facts.kind == "value_and_grad" else gradient


def _complex_gradient(leaf: v.Value) -> v.Value:
    """Mark what JAX gives for a complex argument: the conjugate of the direction of steepest ascent."""
    if isinstance(leaf, v.Array) and leaf.dtype is not None and leaf.dtype.kind == "c":
        return replace(leaf, lineage=v.Lineage(is_gradient=True))
    return leaf


def _second(value: v.Value) -> v.Value:
    return value.items[1] if isinstance(value, v.Seq) and value.items and len(value.items) > 1 else v.UNKNOWN


def _gradient_of(callee: v.Transformed, args: Args, numbers: set[int]) -> v.Value:
    """A gradient has the structure of the argument it belongs to."""
    argnums = callee.option("argnums")
    parts = [args.pos[number] if number < len(args.pos) else v.UNKNOWN for number in sorted(numbers)]
    return v.Seq("tuple", tuple(parts)) if isinstance(argnums, v.Seq) else (parts[0] if parts else v.UNKNOWN)


def differentiate(call: Immediate) -> v.Value:
    """``vjp``, ``linearize``: the function runs at the stage of differentiation on its primals."""
    args = replace(call.behind_function(), kw={})
    value = call.run(call.function, args, Stage.GRAD, call.frame.trace.stage)
    has_aux = call.given.get("has_aux", v.Const(value=False))
    is_certain = has_aux == v.Const(value=True) and not gradients.depends_on_options(call.frame)
    if is_certain and is_no_pair(value, takes_named=True):
        call.mismatch("aux", "", describe(value))
    if call.facts.kind == "vjp":
        _follow(call, args, has_aux=has_aux != v.Const(value=False))
    result = hand_back(call.frame, value, args)
    if has_aux != v.Const(value=False):
        return v.UNKNOWN
    return v.Seq("tuple", (result, v.UNKNOWN))


def jvp(call: Immediate) -> v.Value:
    """``jvp``: the function runs at the stage of differentiation on its primals."""
    primals = call.get("primals")
    values = primals.items if isinstance(primals, v.Seq) else None
    args = Args(values) if values is not None else Args(star=v.UNKNOWN)
    value = call.run(call.function, args, Stage.GRAD, call.frame.trace.stage)
    result = hand_back(call.frame, value, call.args)
    return v.Seq("tuple", (result, result)) if "has_aux" not in call.given else v.UNKNOWN


def linear_transpose(call: Immediate) -> v.Value:
    """``linear_transpose``: the function runs abstractly on the arguments given as examples."""
    args = replace(call.behind_function(), kw={})
    call.run(call.function, args, Stage.TRACED, call.frame.trace.stage)
    _follow(call, args)
    return v.UNKNOWN


def _follow(call: Immediate, args: Args, *, has_aux: bool = False) -> None:
    def follow() -> v.Value:
        return call.run(call.function, args, Stage.FOLLOWED, call.frame.trace.stage)

    reverse.check(call.machine, call.frame, call.facts.name, call.node, follow, has_aux=has_aux)
