"""``vmap``, ``pmap`` and ``vectorize``: functions that run on arguments without their mapped axes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import keys, pytrees
from jaxlint.interpreter.axes import check_axes, check_result
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.entry import IsStatic
from jaxlint.interpreter.identities import in_round
from jaxlint.interpreter.running import hand_back, link, run, static_parameters
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Stage = v.Stage


def pmap(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``pmap``: like ``jit``, on arguments without their first axis."""
    static = static_parameters(callee)
    if static is None:
        return v.UNKNOWN
    mapped = _without_axes(callee, keys.adopt_arguments(machine, frame, args))
    value = _run(machine, frame, callee, mapped, node, Stage.TRACED, static)
    size = pytrees.leading_size(v.Seq("tuple", args.pos))
    return hand_back(frame, pytrees.with_axis(value, size), args)


def vmap(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``vmap``: what ``in_axes`` maps is traced; the rest stays what it is."""
    axes = callee.option("in_axes")
    if axes is v.UNKNOWN or callee.option("**") is not None:
        return v.UNKNOWN
    mapped = _without_axes(callee, keys.adopt_arguments(machine, frame, args))

    def is_static(key: int | str) -> bool:
        # Axes given leaf by leaf may leave some leaves unmapped: nothing is known of such an argument.
        return isinstance(key, int) and not _is_mapped(_axis(axes, key))

    fits = check_axes(machine, frame, callee, args, node)
    value = _run(machine, frame, callee, mapped, node, frame.trace.stage, is_static)
    if fits:
        check_result(machine, frame, callee, value, node)
    sizes = {
        size
        for index, value in enumerate(args.pos)
        if not is_static(index) and (size := pytrees.axis_size(value, _axis(axes, index))) is not None
    }
    size = sizes.pop() if len(sizes) == 1 else None
    value = hand_back(frame, value, args, callee)
    if callee.option("out_axes") not in (None, v.Const(0)):
        return pytrees.shapeless(value)
    return pytrees.with_axis(value, size)


def _run(
    machine: Machine,
    frame: Frame,
    callee: v.Transformed,
    mapped: Args,
    node: n.Node,
    ambient: Stage,
    static: IsStatic,
) -> v.Value:
    """Run the function for one element; where that does things to keys, for another one as well.

    Not if there is one element only, nor if the elements are models: what they do with the same random
    numbers is what they are compared by.
    """

    def run_once() -> v.Value:
        pos = tuple(in_round(value, frame.rounds) for value in mapped.pos)
        kw = {name: in_round(value, frame.rounds) for name, value in mapped.kw.items()}
        args = replace(mapped, pos=pos, kw=kw)
        return run(machine, frame, callee, args, node, Stage.TRACED, ambient, static)

    if callee.option("axis_size") == v.Const(1) or _is_over_models(callee):
        return run_once()
    return keys.repeated(frame, run_once)


_MODEL = re.compile(
    r"(^|_)(params|parameters|theta|thetas|weights|solutions?|population|individuals?|genotypes?|genomes?|"
    r"candidates?|members?|policy|policies|hparams?|hyperparams?|nets?|networks?|models?)($|_)"
)


def _is_over_models(callee: v.Transformed) -> bool:
    """Whether nothing but the parameters of models is mapped, so that everything else is the same for all."""
    axes, function = callee.option("in_axes"), callee.function
    is_method = isinstance(function, v.Bound)
    function = function.function if isinstance(function, v.Bound) else function
    if not isinstance(function, v.Function):
        return False
    mapped = [param.name for param in function.code.params[is_method:]]
    if isinstance(axes, v.Seq) and axes.items is not None:
        pairs = zip(mapped, axes.items, strict=False)
        mapped = [name for name, axis in pairs if axis != v.Const(None)]
    elif axes is not None:
        return False
    return bool(mapped) and all(map(_MODEL.search, mapped))


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
            pos.append(pytrees.slices(value))
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
        inner = pytrees.without_axis(value, axis) if axis is not None else pytrees.slices(value)
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


def vectorize(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``jnp.vectorize``: every argument is traced, with the shape that broadcasting leaves."""
    if callee.option("excluded") is not None:
        return v.UNKNOWN
    mapped = replace(args, pos=tuple(map(pytrees.slices, args.pos)))
    value = _run(machine, frame, callee, mapped, node, frame.trace.stage, lambda _: False)
    return hand_back(frame, pytrees.shapeless(value), args)
