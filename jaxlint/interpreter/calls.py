"""Calling a value: what kind of callable it is decides what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import AtMisuse, SignatureMismatch
from jaxlint.inspection import stage_of
from jaxlint.interpreter import (
    caching,
    compilation,
    containers,
    frameworks,
    keys,
    library,
    staleness,
    timing,
    transforms,
)
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import class_attribute, instantiate
from jaxlint.interpreter.paths import assign_path
from jaxlint.interpreter.running import without_choice
from jaxlint.interpreter.stores import keep
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def call_value(machine: Machine, frame: Frame, callee: v.Value, args: Args, node: n.Node) -> v.Value:
    """The value of ``callee(*args)``; Unknown where nothing is known of the callee."""
    call = _CALLS.get(type(callee))
    if call is not None:
        return call(machine, frame, callee, args, node)
    _forget_containers(machine, frame, args)
    timing.on_use(machine, (v.UNKNOWN,))
    return v.UNKNOWN


def _function(machine: Machine, frame: Frame, callee: v.Function, args: Args, node: n.Node) -> v.Value:
    result = machine.call_function(frame, callee, args, node, frame.trace)
    if result.changed:
        write_back(machine, frame, callee, args, result.changed)
    return result.value


def write_back(
    machine: Machine, frame: Frame, callee: v.Function, args: Args, changed: dict[str, v.Value]
) -> None:
    """Let the caller see what the callee did to the objects it was given."""
    positional = [param.name for param in callee.code.params if param.kind in ("pos", "normal")]
    for name, value in changed.items():
        key: int | str = (
            positional.index(name) if name in positional and positional.index(name) < len(args.pos) else name
        )
        node = args.node(key)
        if isinstance(node, n.Expr):
            assign_path(machine, frame, node, value)


def _bound(machine: Machine, frame: Frame, callee: v.Bound, args: Args, node: n.Node) -> v.Value:
    place = node.func.value if isinstance(node, n.Call) and isinstance(node.func, n.Attribute) else None
    receiver = _holding(machine, frame, place, callee.receiver)
    return call_value(machine, frame, callee.function, args.prepend(callee.receiver, receiver), node)


def _holding(machine: Machine, frame: Frame, place: n.Expr | None, receiver: v.Value) -> n.Expr | None:
    """The place of a receiver in the program, if the call is made through it.

    An attribute may also hold a method that is bound to another object, or that calls one.
    """
    held = machine.peek(frame, place) if place is not None else None
    options = v.options(held) if held is not None else ()
    is_there = any(getattr(one, "cls", one) is getattr(receiver, "cls", receiver) for one in options)
    return place if is_there else None


def _partial(machine: Machine, frame: Frame, callee: v.Partial, args: Args, node: n.Node) -> v.Value:
    combined = args
    for value in reversed(callee.args):
        combined = combined.prepend(value)
    combined = replace(combined, kw={**dict(callee.kwargs), **args.kw})
    return call_value(machine, frame, callee.function, combined, node)


def _cached(machine: Machine, frame: Frame, callee: v.Cached, args: Args, node: n.Node) -> v.Value:
    def run() -> v.Value:
        return call_value(machine, frame, callee.function, args, node)

    value = caching.call(machine, frame, callee, args, node, run)
    keep(machine, value)
    return value


def _transformed(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> v.Value:
    code = transforms.compiled_code(machine, callee)
    is_noted = code is not None and staleness.entering(machine, frame, callee, code, args, node)
    try:
        result = transforms.call_transformed(machine, frame, callee, args, node)
    finally:
        if is_noted:
            machine.log.running = None
    if not frame.trace.stage:
        compilation.after_call(machine, frame, callee, args, node, result)
    return result


def _class(machine: Machine, frame: Frame, callee: v.Class, args: Args, node: n.Node) -> v.Value:
    return instantiate(machine, frame, callee, args, node)


def _instance(machine: Machine, frame: Frame, callee: v.Instance, args: Args, node: n.Node) -> v.Value:
    method = class_attribute(machine, callee.cls, "__call__")
    if isinstance(method, (v.Function, v.Transformed)):
        place = node.func if isinstance(node, n.Call) else None
        return call_value(
            machine, frame, method, args.prepend(callee, _holding(machine, frame, place, callee)), node
        )
    return v.UNKNOWN


def _library_instance(
    machine: Machine, frame: Frame, callee: v.LibraryInstance, args: Args, node: n.Node
) -> v.Value:
    """A function compiled ahead of time runs on arrays only: no transformation can get into it."""
    if callee.dotted == "jax.stages.Compiled" and any(map(stage_of, args.values())):
        machine.report(SignatureMismatch(node, frame, callee.dotted, "compiled", "", "", ""))
    return frameworks.call_object(machine, frame, callee, args, node)


def _union(machine: Machine, frame: Frame, callee: v.Union, args: Args, node: n.Node) -> v.Value:
    """One of several callables runs; what its method changes, it changes in its own receiver."""
    place = node.func.value if isinstance(node, n.Call) and isinstance(node.func, n.Attribute) else None
    owners = v.options(machine.peek(frame, place) or v.UNKNOWN) if place is not None else ()
    receivers: list[v.Value] = []

    def run(option: v.Value) -> v.Value:
        if isinstance(option, v.Library):
            return _alternative(machine, frame, callee, option, args, node)
        if place is None or not isinstance(option, v.Bound) or option.receiver not in owners:
            return call_value(machine, frame, option, args, node)
        assign_path(machine, frame, place, option.receiver)
        value = call_value(machine, frame, option, args, node)
        receivers.append(machine.peek(frame, place) or option.receiver)
        return value

    callables, args = without_choice(callee.options, args)
    with machine.choosing():
        results = keys.alternatives(frame, [partial(run, option) for option in callables], args.values())
    if place is not None and receivers:
        assign_path(machine, frame, place, v.join_all(receivers))
    return v.join_all(results)


def _alternative(
    machine: Machine, frame: Frame, callee: v.Union, option: v.Library, args: Args, node: n.Node
) -> v.Value:
    """One of several functions of libraries; where NumPy stands beside JAX, it is for arrays of NumPy."""
    is_numpy = option.dotted.startswith("numpy.")
    with machine.muting(when=is_numpy and any(map(_is_jax, callee.options))):
        return _library(machine, frame, option, args, node)


def _is_jax(option: v.Value) -> bool:
    return isinstance(option, v.Library) and option.dotted.startswith("jax.")


def _library(machine: Machine, frame: Frame, callee: v.Library, args: Args, node: n.Node) -> v.Value:
    return library.call(machine, frame, callee.dotted, args, node)


def _bound_library(
    machine: Machine, frame: Frame, callee: v.BoundLibrary, args: Args, node: n.Node
) -> v.Value:
    receiver = callee.receiver
    if isinstance(receiver, (v.Seq, v.Dict)):
        return containers.call_method(machine, frame, receiver, callee.name, args, node)
    return library.call_method(machine, frame, receiver, callee.name, args, node)


def _at(machine: Machine, frame: Frame, callee: v.At, _args: Args, node: n.Node) -> v.Value:
    machine.report(AtMisuse(node, frame, callee.array, "called"))
    return v.UNKNOWN


def _forget_containers(machine: Machine, frame: Frame, args: Args) -> None:
    """An unknown function may change the lists and dicts that it is given."""
    for value, node in zip(args.pos, args.pos_nodes, strict=False):
        if isinstance(node, n.Name) and isinstance(value, v.Seq) and value.kind == "list":
            assign_path(machine, frame, node, v.Seq("list", None, v.UNKNOWN))
        elif isinstance(node, n.Name) and isinstance(value, v.Dict):
            assign_path(machine, frame, node, v.Dict((), v.UNKNOWN))


_CALLS: dict[type[v.Value], Callable[[Any, Any, Any, Any, Any], v.Value]] = {
    v.Function: _function,
    v.Bound: _bound,
    v.Partial: _partial,
    v.Transformed: _transformed,
    v.Cached: _cached,
    v.Class: _class,
    v.Instance: _instance,
    v.LibraryInstance: _library_instance,
    v.Union: _union,
    v.Library: _library,
    v.BoundLibrary: _bound_library,
    v.At: _at,
}
