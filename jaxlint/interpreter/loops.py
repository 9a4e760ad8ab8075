"""``scan``, ``while_loop``, ``fori_loop``, ``map``: bodies that run abstractly, carries that keep types."""

from __future__ import annotations

from collections.abc import Callable

from jaxlint import values as v
from jaxlint.events import ShapeArgument
from jaxlint.inspection import stage_of
from jaxlint.interpreter import keys, pytrees, reverse
from jaxlint.interpreter.identities import following, forgotten, in_round
from jaxlint.interpreter.running import Immediate, as_array
from jaxlint.interpreter.signatures import (
    Difference,
    arity_problem,
    definition,
    describe,
    differences,
    filled,
    is_no_pair,
    kind_of,
    leaves,
    no_function,
    parameter_name,
    promoted,
    settled,
)
from jaxlint.knowledge.dtypes import INT, Dtype

Stage = v.Stage

MAX_OTHERS = 4
"""Leaves of a carry that are shown besides the first one that differs."""

MAX_CARRY_PASSES = 3
"""Runs of a loop body after which a carry that still changes loses its shapes."""


def scan(call: Immediate) -> v.Value:
    """``scan`` runs its body on the carry and on one slice of what it scans."""
    xs, length = call.get("xs", v.Const(None)), call.get("length", v.Const(None))
    if stage_of(length) is Stage.TRACED:
        node = call.args.kw_nodes.get("length", call.node)
        call.machine.report(ShapeArgument(node, call.frame, length, call.facts.name, "length"))
    size = _scanned_size(call, xs, length)
    x = pytrees.without_axis(xs)
    ys: list[v.Value] = []

    def step(carry: v.Value) -> v.Value:
        out = call.enter(call.function, carry, in_round(x, call.frame.rounds))
        if is_no_pair(out):
            call.mismatch("pair", _name(call.function, "f"), describe(out), function=call.function)
        if isinstance(out, v.Seq) and out.items is not None and len(out.items) == 2:
            ys.append(out.items[1])
            return out.items[0]
        ys.append(v.UNKNOWN)
        return v.UNKNOWN if not isinstance(out, v.Seq) else out.element

    carry: v.Value = v.UNKNOWN
    if _accepts(call, call.function, "f", 2):
        carry = _carried(call, call.get("init"), step, call.function, 0)
    stacked = pytrees.with_axis(as_array(ys[-1]) if ys else v.UNKNOWN, size)
    return v.Seq("tuple", (call.result(carry), call.result(stacked)))


def while_loop(call: Immediate) -> v.Value:
    """``while_loop`` runs its condition and its body on the carry; that of flax gives them a module first."""
    module = (call.given["mdl"],) if "mdl" in call.given else ()
    body, start = (call.get("body_fn"), "init") if module else (call.get("body_fun"), "init_val")
    count = 1 + len(module)
    if not (_accepts(call, call.function, "cond_fun", count) and _accepts(call, body, "body_fun", count)):
        return v.UNKNOWN

    def step(carry: v.Value) -> v.Value:
        test = call.enter(call.function, *module, carry)
        if _is_no_truth(test):
            call.mismatch(
                "condition", _name(call.function, "cond_fun"), describe(test), function=call.function
            )
        return call.enter(body, *module, carry)

    carry = _carried(call, call.get(start), step, body, len(module))
    return call.result(reverse.leave_loop(call, carry))


def fori_loop(call: Immediate) -> v.Value:
    """The counter is traced even where the bounds are constants."""
    index = v.Array(Stage.TRACED, (), _counter(call))
    if not _accepts(call, call.function, "body_fun", 2):
        return v.UNKNOWN

    def step(carry: v.Value) -> v.Value:
        return call.enter(call.function, index, carry)

    carry = _carried(call, call.get("init_val"), step, call.function, 1)
    is_dynamic = any(stage_of(call.get(bound)) is Stage.TRACED for bound in ("lower", "upper"))
    return call.result(reverse.leave_loop(call, carry) if is_dynamic else carry)


def map_over(call: Immediate) -> v.Value:
    """``lax.map`` runs its function on one slice."""
    xs = call.get("xs")
    size = _scanned_size(call, xs, v.Const(None))
    if not _accepts(call, call.function, "f", 1):
        return v.UNKNOWN
    x = pytrees.without_axis(xs)
    value = keys.repeated(call.frame, lambda: call.enter(call.function, in_round(x, call.frame.rounds)))
    return call.result(pytrees.with_axis(as_array(value), size))


def _carried(
    call: Immediate, initial: v.Value, step: Callable[[v.Value], v.Value], body: v.Value, position: int
) -> v.Value:
    """The loop-carried value: what it starts as, joined with what ``body`` makes of it.

    It is the argument of ``body`` at ``position``. A body that does things to keys runs twice at least: the
    second round may mind what the first did.
    """
    frame, before = call.frame, keys.history_of(call.frame)

    def run(carry: v.Value, number: int) -> v.Value:
        with keys.round_of(frame, number, "carry"):
            return as_array(step(carry))

    start = as_array(initial)
    out = run(start, 0)
    strong = promoted(start, out)
    if strong != start:
        start = strong
        out = run(start, 0)
    found = list(differences(start, out))
    if found:
        _report_carry(call, body, position, found)
        keys.end_loop(frame)
        return start
    carry = start
    for count in range(MAX_CARRY_PASSES):
        out = filled(out, carry)
        joined = v.join(filled(carry, out), settled(carry, out))
        is_settled = forgotten(joined) == forgotten(carry)
        carry = following(carry, out, joined)
        if is_settled and (count or keys.history_of(frame) == before):
            break
        if count == MAX_CARRY_PASSES - 1:
            carry = carry if is_settled else pytrees.map_leaves(carry, v.widen)  # JAX keeps the structure
        else:
            out = run(carry, 1)
    keys.end_loop(frame)
    return carry if call.machine.followed is None else reverse.all_looped([out], carry)


def _report_carry(call: Immediate, body: v.Value, position: int, found: list[Difference]) -> None:
    name = parameter_name(body, position, "carry")
    first, *others = ((name + one.path, one.left, one.right) for one in found)
    call.mismatch("carry", *first, others=tuple(others[:MAX_OTHERS]), function=body)


# --- what cannot be run --------------------------------------------------------------------------


def _accepts(call: Immediate, function: v.Value, role: str, count: int) -> bool:
    """Whether a callback may be called with ``count`` arguments; else that is reported."""
    if no_function(function):
        call.mismatch("callable", role, describe(function))
        return False
    problem = arity_problem(function, count)
    if problem is not None:
        call.mismatch("arity", _name(function, role), problem, str(count), function=function)
    return problem is None


def _name(function: v.Value, default: str) -> str:
    """How a message names a callback."""
    core = definition(function)
    return core.code.name if core is not None and core.code.name != "<lambda>" else default


def _is_no_truth(test: v.Value) -> bool:
    """Whether the result of a loop's condition is certainly no boolean scalar."""
    kind = kind_of(test)
    if kind != "array":
        return kind is not None
    return any(True for _ in differences(test, v.Static("bool")))


def _scanned_size(call: Immediate, xs: v.Value, length: v.Value) -> int | None:
    """How many slices there are; sizes that do not agree, and scalars, are reported."""
    arrays = [one for one in leaves(xs) if kind_of(one) == "array"]
    scalar = next((one for one in arrays if pytrees.shape_of(one) == ()), None)
    if scalar is not None:
        call.mismatch("scalar", "", describe(scalar))
        return None
    sizes = [shape[0] for one in arrays if (shape := pytrees.shape_of(one)) and shape[0] is not None]
    if isinstance(length, v.Const) and isinstance(length.value, int):
        sizes.append(length.value)
    if len(set(sizes)) > 1:
        first = sizes[0]
        call.mismatch("sizes", "", str(first), str(next(size for size in sizes if size != first)))
        return None
    return sizes[0] if sizes else None


def _counter(call: Immediate) -> Dtype | None:
    """The dtype of the counter of ``fori_loop``; bounds of different types are reported."""
    lower, upper = (as_array(call.get(name)) for name in ("lower", "upper"))
    if not isinstance(lower, v.Array) or not isinstance(upper, v.Array):
        return INT._replace(weak=True) if isinstance(call.get("lower"), v.Const) else None
    first, second = lower.dtype, upper.dtype
    if first is None or second is None or first.name == second.name:
        return first
    if {first.kind, second.kind} == {"i"} and first.weak != second.weak:
        return second if first.weak else first
    call.mismatch("bounds", "", describe(lower), describe(upper))
    return None
