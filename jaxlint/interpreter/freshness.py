"""Functions that are compiled anew each time: made, transformed and called in one round of a loop.

``jit`` remembers what it compiled by the function that it was given. A function defined in the loop, a
bound method, a ``partial`` and what ``vmap`` or ``grad`` returned are other objects every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import FreshCompilation
from jaxlint.interpreter.paths import names_in
from jaxlint.interpreter.repetition import is_long
from jaxlint.knowledge.transforms import transform
from jaxlint.leaves import has_identity
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame, Loop
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.timeline import Made

# Kinds of transformations that return another function each time that they are applied.
_WRAPPING = frozenset({"vmap", "vectorize", "grad", "value_and_grad", "jacobian"})


def note_call(machine: Machine, frame: Frame, callee: v.Transformed) -> None:
    """A compiled function is called outside of any trace: note whether it was made for this call alone."""
    assert callee.place is not None
    application = callee.place.node
    made = machine.timeline.made.get(application)
    loop = frame.loops[-1] if frame.loops else None
    start = loop.start if loop is not None else frame.start
    if made is None or frame.trace.stage or machine.is_muted or made.time <= start:
        return
    if not _is_always_made(made, frame) or not _is_fresh(machine, callee, start):
        return
    where = machine.module_frame(callee.place.module)
    event = FreshCompilation(application, where, made.code.name, None)
    if loop is None:
        if not frame.is_module and not has_loop(frame.code):
            frame.fresh.append(event)
    elif is_long(loop) and not _is_chosen(loop, callee, application):
        machine.session.pending.append(event)


def pass_on(machine: Machine, caller: Frame, fresh: tuple[FreshCompilation, ...], node: n.Node) -> None:
    """A function was called that compiles anew in every call."""
    if caller.trace.stage:
        return
    if caller.loops:
        if is_long(caller.loops[-1]):
            place = v.Place(caller.module, node)
            machine.session.pending += [
                FreshCompilation(one.node, one.frame, one.function, place) for one in fresh
            ]
    elif not caller.is_module and not has_loop(caller.code):
        # A function that loops itself, as training does, makes good use of what it compiles.
        caller.fresh += fresh


def is_new_function(machine: Machine, frame: Frame, value: v.Value, node: n.Node) -> bool:
    """Whether an argument is a function that each round of a loop makes anew."""
    loop = frame.loops[-1] if frame.loops else None
    if loop is None or not is_long(loop):
        return False
    if isinstance(value, v.Function):
        made = machine.timeline.made.get(value.code)
        return made is not None and made.time > loop.start
    return isinstance(value, v.Partial) and isinstance(node, n.Call)


def is_new_object(frame: Frame, value: v.Value, node: n.Node) -> bool:
    """Whether an argument makes an object, in each round of a loop, that equals no other."""
    is_repeated = bool(frame.loops) and is_long(frame.loops[-1])
    return (
        is_repeated and isinstance(node, n.Call) and isinstance(value, v.Instance) and has_identity(value.cls)
    )


def has_loop(code: n.Code) -> bool:
    """Whether a function holds a loop statement."""
    return any(isinstance(node, (n.For, n.While)) for statement in code.body for node in walk(statement))


def _is_always_made(made: Made, frame: Frame) -> bool:
    """Whether what is called was made on this very path, and not only where it was missing."""
    if made.code is not frame.code:
        return not made.guards
    return frame.guards[: len(made.guards)] == made.guards


def _is_fresh(machine: Machine, callee: v.Transformed, start: int) -> bool:
    assert callee.place is not None
    function, application = callee.function, callee.place.node
    operand = application.args[0].value if isinstance(application, n.Call) and application.args else None
    if isinstance(function, v.Function):
        made = machine.timeline.made.get(function.code)
        return made is not None and made.time > start
    if isinstance(function, v.Transformed):
        facts = transform(function.transform)
        made = machine.timeline.made.get(function.place.node) if function.place is not None else None
        return facts is not None and facts.kind in _WRAPPING and made is not None and made.time > start
    if isinstance(function, v.Partial):
        return isinstance(operand, n.Call)
    return _is_method(function) and isinstance(operand, n.Attribute)


def _is_method(function: v.Value) -> bool:
    """Whether reading an attribute made the function: Python binds a method anew each time.

    The functions of ``hk.transform(…)`` and of optax are no methods but fields.
    """
    if isinstance(function, v.BoundLibrary):
        receiver = function.receiver
        is_layer = isinstance(receiver, v.LibraryInstance) and receiver.dotted.startswith("flax.linen.")
        return is_layer or isinstance(receiver, v.Instance)
    return isinstance(function, v.Bound)


def _is_chosen(loop: Loop, callee: v.Transformed, application: n.Node) -> bool:
    """Whether the loop goes over functions or objects, each of which has to be compiled by itself."""
    target = loop.target
    names = set(names_in(target)) if target is not None else set()
    if not isinstance(callee.function, v.Function):
        return any(isinstance(node, n.Name) and node.id in names for node in walk(application))
    return any(isinstance(node, n.Call) and _root(node.func) in names for node in walk(callee.function.code))


def _root(node: n.Expr) -> str:
    while isinstance(node, (n.Attribute, n.Subscript)):
        node = node.value
    return node.id if isinstance(node, n.Name) else ""
