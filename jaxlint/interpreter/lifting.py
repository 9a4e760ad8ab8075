"""Transformations of flax that are applied to module classes, or to methods of modules.

``nn.scan(Cell, …)(features)`` makes a module whose ``__call__`` is scanned; ``@nn.remat`` on a method, or
``@nnx.scan`` on a function, does the same with the module as first argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import class_attribute, instantiate
from jaxlint.interpreter.running import hand_back, run, static_parameters
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Stage = v.Stage


def lift(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``nn.jit``, ``nn.remat``: what the module or method computes is traced."""
    made = _made_module(machine, frame, callee, args, node)
    if made is not None:
        return made
    static = static_parameters(callee)
    if static is None:
        return v.UNKNOWN
    return hand_back(frame, run(machine, frame, callee, args, node, Stage.TRACED, Stage.TRACED, static), args)


def lift_mapped(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    """``nn.scan``, ``nn.vmap``, ``nnx.scan``: as well, and of some arguments an axis is taken."""
    made = _made_module(machine, frame, callee, args, node)
    if made is not None:
        return made
    inner = replace(args, pos=tuple(map(pytrees.shapeless, args.pos)))
    value = run(machine, frame, callee, inner, node, Stage.TRACED, Stage.TRACED, _broadcast(callee, args))
    return hand_back(frame, pytrees.shapeless(value), args)


_BROADCAST = v.Library("flax.linen.broadcast")


def _broadcast(callee: v.Transformed, args: Args) -> Callable[[int | str], bool]:
    """Which arguments of what is scanned, behind the module and the carry, every step gets as they are."""
    axes = callee.option("in_axes")
    if axes == v.Const(None):
        return lambda key: key in range(1, len(args.pos)) and not v.is_container(args.pos[int(key)])
    items = axes.items if isinstance(axes, v.Seq) and axes.items is not None else ()
    given = range(_SCANNED, len(args.pos))
    numbers = {
        number
        for number, axis in zip(given, (axes,) * len(given) if axes == _BROADCAST else items, strict=False)
        if axis == _BROADCAST
        and not v.is_container(args.pos[number])  # those are taken apart, and built anew
    }
    return lambda key: key in numbers


_SCANNED = 2
"""The position of the first argument that ``nn.scan`` may scan over: behind the module and the carry."""


def _made_module(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node
) -> v.Value | None:
    """The module that calling a lifted class makes; None where a method or function was lifted."""
    if isinstance(callee.function, v.Library):
        return machine.call(frame, callee.function, args, node)
    lifts = _lifts(callee)
    target = lifts[-1].function
    if not isinstance(target, v.Class):
        return None
    places = tuple(None if one.place is None else one.place.node for one in lifts)
    key = (callee.transform, target, places)
    cls = machine.made_classes.get(key)
    if cls is None:
        cls = v.Class(target.node, target.module, (target,), _lifted_methods(machine, lifts, target), {})
        cls.traits, cls.fields = target.traits, target.fields
        machine.made_classes[key] = cls
    return instantiate(machine, frame, cls, args, node)


def _lifted_methods(machine: Machine, lifts: list[v.Transformed], target: v.Class) -> dict[str, v.Value]:
    method = class_attribute(machine, target, "__call__")
    if method is None:
        return {}
    for one in reversed(lifts):
        method = replace(one, function=method)
    return {"__call__": method}


def _lifts(callee: v.Transformed) -> list[v.Transformed]:
    """The transformations that were applied to a class one after the other, the last first."""
    inner = callee.function
    return [callee, *(_lifts(inner) if isinstance(inner, v.Transformed) else ())]
