"""``cond`` and ``switch``: branches that all run abstractly, and whose results must match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from jaxlint import values as v
from jaxlint.interpreter import keys, reverse
from jaxlint.interpreter.conditions import Guard
from jaxlint.interpreter.pytrees import shape_of
from jaxlint.interpreter.running import Immediate, as_array
from jaxlint.interpreter.signatures import arity_problem, describe, differences, no_function
from jaxlint.syntax import nodes as n

_FUNCTIONS = (v.Function, v.Bound, v.Partial, v.Transformed)


def cond(call: Immediate) -> v.Value:
    """``cond`` runs both branches."""
    pred, true_fun, false_fun = call.get("pred"), call.function, call.get("false_fun")
    if shape_of(pred) or (isinstance(pred, v.Seq) and pred.kind in ("list", "tuple")):
        call.mismatch("predicate", "", describe(pred))
    if _is_old_form(call):
        arms = [(false_fun, (true_fun,)), (call.operands[1], call.operands[:1])]
    else:
        operands = (call.given["operand"],) if "operand" in call.given else call.operands
        arms = [(true_fun, operands), (false_fun, operands)]
    test = call.args.node("pred") or call.args.node(0)
    guards = _guards(call.node, test) if isinstance(test, n.Expr) else ()
    return _branches(call, arms, ("true_fun", "false_fun"), guards)


def _guards(node: n.Node, test: n.Expr) -> list[Guard]:
    """What is known in the two branches."""
    return [Guard(node, test, test, holds, is_traced=True) for holds in (True, False)]


def _is_old_form(call: Immediate) -> bool:
    """``cond(pred, x, true_fun, y, false_fun)``, which JAX still takes."""
    functions = (call.get("false_fun"), *call.operands[1:])
    return (
        not isinstance(call.function, _FUNCTIONS)
        and len(functions) == 2
        and not any(no_function(function) for function in functions)
    )


def switch(call: Immediate) -> v.Value:
    """``switch`` runs every branch."""
    branches, index = call.function, call.get("index")
    dtype = getattr(as_array(index), "dtype", None)
    if shape_of(index) or (dtype is not None and dtype.kind not in ("i", "u")):
        call.mismatch("index", "", describe(index))
    operands = (call.given["operand"],) if "operand" in call.given else call.operands
    if not isinstance(branches, v.Seq):
        return v.UNKNOWN
    arms = branches.items if branches.items is not None else (branches.element,)
    names = tuple(f"branch {number}" for number in range(len(arms)))
    return _branches(call, [(arm, operands) for arm in arms], names)


def _guarded(call: Immediate, guard: Guard, run: Callable[[], v.Value]) -> v.Value:
    """Run a branch where it is known how the predicate came out."""
    with keys.where(call.frame, guard):
        return run()


def _branches(
    call: Immediate,
    arms: list[tuple[v.Value, tuple[v.Value, ...]]],
    names: tuple[str, ...],
    guards: Sequence[Guard] = (),
) -> v.Value:
    for (arm, operands), name in zip(arms, names, strict=True):
        problem = arity_problem(arm, len(operands)) if call.args.star is None else None
        if no_function(arm):
            call.mismatch("callable", name, describe(arm))
            return v.UNKNOWN
        if problem is not None:
            call.mismatch("arity", name, problem, str(len(operands)))
            return v.UNKNOWN
    runs = [partial(call.enter, arm, *operands, star=call.args.star) for arm, operands in arms]
    if guards:
        runs = [partial(_guarded, call, guard, run) for guard, run in zip(guards, runs, strict=True)]
    results = [as_array(result) for result in keys.alternatives(call.frame, runs)]
    for name, result in zip(names[1:], results[1:], strict=True):
        for found in differences(results[0], result):
            call.mismatch("branches", found.path, f"{found.left} in {names[0]}", f"{found.right} in {name}")
            return call.result(v.UNKNOWN)
    joined = v.join_all(results)
    return call.result(joined if call.machine.followed is None else reverse.all_looped(results, joined))
