"""Library functions that call the function they are given: ``tree.map``, ``piecewise``, host callbacks."""

from __future__ import annotations

from jaxlint import values as v
from jaxlint.inspection import innermost, origin_of, stage_of
from jaxlint.interpreter import entry, keys, pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.frames import EAGER
from jaxlint.interpreter.identities import in_round, of_all_rounds
from jaxlint.interpreter.operators import result_origin
from jaxlint.interpreter.running import Immediate, as_array, result_stage

Stage = v.Stage


def associative_scan(call: Immediate) -> v.Value:
    """Not abstract by itself: the function runs on slices at the caller's stage."""
    elems = pytrees.shapeless(call.get("elems"))
    call.machine.call(call.frame, call.function, Args((elems, elems)), call.node)
    return call.get("elems")


def reduce(call: Immediate) -> v.Value:
    """The computation of ``lax.reduce`` gets two scalars."""
    one = v.Array(Stage.TRACED, ())
    call.enter(call.function, one, one)
    return v.Array(
        result_stage(call.frame, call.args), None, None, result_origin(call.frame, *call.args.values())
    )


def elementwise_call(call: Immediate) -> v.Value:
    """Functions such as ``fromfunction`` and ``odeint`` that call the function on arrays of their own."""
    core = innermost(call.function)
    ambient = Stage.TRACED if call.facts.name.endswith("odeint") else call.frame.trace.stage
    if call.facts.name == "jax.numpy.apply_along_axis":
        operand = call.get("arr")
        if isinstance(operand, v.Array) and operand.shape is not None and len(operand.shape) > 1:
            call.enter(call.function, v.Array(Stage.TRACED, (None,), operand.dtype), ambient=ambient)
    elif isinstance(core, v.Function):
        count = sum(param.kind in ("pos", "normal") and param.default is None for param in core.code.params)
        call.enter(call.function, *(v.Array(Stage.TRACED) for _ in range(count)), ambient=ambient)
    return v.Array(
        result_stage(call.frame, call.args), None, None, result_origin(call.frame, *call.args.values())
    )


def piecewise(call: Immediate) -> v.Value:
    """The functions of the list run abstractly, each on the values of its interval."""
    arms = call.function.items if isinstance(call.function, v.Seq) and call.function.items is not None else ()
    x = pytrees.shapeless(call.get("x"))
    for arm in arms:
        if not isinstance(arm, (v.Const, v.Static, v.Array)):
            call.enter(arm, x, *call.operands)
    return call.result(as_array(call.get("x")))


def callback(call: Immediate) -> v.Value:
    """Host callbacks get NumPy arrays, whatever surrounds the call."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, (v.Array, v.Tree)):
            return v.NumPyArray(getattr(one, "shape", None), getattr(one, "dtype", None))
        return one

    values = tuple(pytrees.map_leaves(value, leaf) for value in call.operands)
    skip = 1 if call.facts.name in _SHAPES_FIRST else 0
    args = Args(values[skip:], {name: leaf(value) for name, value in call.args.kw.items()}, call.args.star)
    for option in _OPTIONS:
        args.kw.pop(option, None)
    entry.call_in(call.machine, call.frame, call.function, args, call.node, EAGER)
    stage = call.frame.trace.stage or max([Stage.CONCRETE, *map(stage_of, call.operands)])
    has_result = call.facts.name != "jax.debug.callback"
    return v.Tree(stage, result_origin(call.frame, *call.operands)) if stage and has_result else v.UNKNOWN


# Callbacks whose first operand describes the result, and keywords that are not for the function.
_SHAPES_FIRST = frozenset({"jax.pure_callback", "jax.experimental.io_callback"})
_OPTIONS = ("ordered", "result_shape_dtypes", "sharding", "vmap_method", "vectorized", "partitioned")


def tree_map(call: Immediate) -> v.Value:
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
        own = pytrees.one_of_many(known)

        def run() -> v.Value:
            args = Args((in_round(own, call.frame.rounds), *(v.UNKNOWN,) * rest))
            return call.machine.call(call.frame, call.function, args, call.node)

        result = of_all_rounds(keys.repeated(call.frame, run), (*call.frame.rounds, 0))
        if not isinstance(one, (v.Tree, v.Unknown)):
            return result
        # Of the structure nothing is known, so only that all leaves are tracers can be said.
        is_traced = isinstance(result, v.Array) and result.stage
        return v.Tree(stage_of(result), origin_of(result)) if is_traced else v.UNKNOWN

    return pytrees.map_leaves(tree, leaf) if "is_leaf" not in call.given else v.UNKNOWN
