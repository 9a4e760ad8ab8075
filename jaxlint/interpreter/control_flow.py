"""``scan``, ``while_loop``, ``cond`` and the like: control flow whose bodies run abstractly."""

from __future__ import annotations

from collections.abc import Callable

from jaxlint import values as v
from jaxlint.events import ShapeArgument
from jaxlint.inspection import stage_of
from jaxlint.interpreter import pytrees
from jaxlint.interpreter.running import Immediate, as_array
from jaxlint.knowledge.dtypes import INT

Stage = v.Stage


MAX_CARRY_PASSES = 3
"""Runs of a loop body after which a carry that still changes loses its shapes."""


def _carry_of(initial: v.Value, step: Callable[[v.Value], v.Value]) -> v.Value:
    """The loop-carried value: what it starts as, joined with what the body makes of it."""
    carry = initial
    for count in range(MAX_CARRY_PASSES):
        following = v.join(as_array(carry), as_array(step(carry)))
        if following == carry:
            break
        carry = following if count < MAX_CARRY_PASSES - 1 else v.widen(following)
    return carry


def scan(call: Immediate) -> v.Value:
    """``scan`` runs its body on the carry and on one slice of what it scans."""
    xs = call.get("xs") if "xs" in call.given else v.Const(None)
    length = call.get("length")
    if stage_of(length) is Stage.TRACED:
        call.machine.report(
            ShapeArgument(
                call.args.kw_nodes.get("length", call.node), call.frame, length, call.facts.name, "length"
            )
        )
    x = pytrees.without_axis(xs)
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
    stacked = pytrees.with_axis(as_array(ys[-1]) if ys else v.UNKNOWN, size)
    return v.Seq("tuple", (call.result(carry), call.result(stacked)))


def while_loop(call: Immediate) -> v.Value:
    """``while_loop`` runs its condition and its body on the carry."""

    def step(carry: v.Value) -> v.Value:
        call.enter(call.function, carry)
        return call.enter(call.get("body_fun"), carry)

    return call.result(_carry_of(call.get("init_val"), step))


def fori_loop(call: Immediate) -> v.Value:
    """The counter is traced even where the bounds are constants."""
    index = v.Array(Stage.TRACED, (), INT._replace(weak=True))

    def step(carry: v.Value) -> v.Value:
        return call.enter(call.function, index, carry)

    return call.result(_carry_of(call.get("init_val"), step))


def cond(call: Immediate) -> v.Value:
    """``cond`` runs both branches."""
    operands = call.operands
    if "operand" in call.given:
        operands = (call.given["operand"],)
    arms = [call.function, call.get("false_fun")]
    if not _is_callable(arms[1]) and len(operands) >= 2:
        return v.UNKNOWN  # the five-argument form of old
    results = [call.enter(arm, *operands, star=call.args.star) for arm in arms]
    return call.result(v.join_all([as_array(result) for result in results]))


def _is_callable(value: v.Value) -> bool:
    return not isinstance(value, (v.Array, v.Tree, v.Seq, v.Dict, v.Const, v.Static))


def switch(call: Immediate) -> v.Value:
    """``switch`` runs every branch."""
    branches = call.function
    arms: tuple[v.Value, ...] = ()
    if isinstance(branches, v.Seq):
        arms = branches.items if branches.items is not None else (branches.element,)
    results = [call.enter(arm, *call.operands, star=call.args.star) for arm in arms]
    return call.result(v.join_all([as_array(result) for result in results]))


def map_over(call: Immediate) -> v.Value:
    """``lax.map`` runs its function on one slice."""
    xs = call.get("xs")
    value = call.enter(call.function, pytrees.without_axis(xs))
    return call.result(pytrees.with_axis(as_array(value), pytrees.leading_size(xs)))
