"""Python loops in traced code: each round becomes a part of the program that is compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import UnrolledLoop
from jaxlint.inspection import stage_of
from jaxlint.interpreter.paths import names_in
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Env, Frame, Loop, Trace
    from jaxlint.interpreter.machine import Machine


def after_loop(machine: Machine, frame: Frame, loop: Loop, before: Env, after: Env, node: n.For) -> None:
    """A ``for`` in traced code is over: report it if it goes round often and computes something."""
    if loop.breaks or not _computes(loop, before, after):
        return
    _report(machine, frame, loop, node.iter)


def after_comprehension(machine: Machine, frame: Frame, element: v.Value, node: n.Comprehension) -> None:
    """A comprehension in traced code is over; ``frame.loops`` still holds its clauses."""
    picks = isinstance(node.element, (n.Name, n.Attribute))
    if not picks and stage_of(element) is v.Stage.TRACED:
        loop = frame.loops[-1]
        _report(machine, frame, loop, node.generators[-1].iter)


def _report(machine: Machine, frame: Frame, loop: Loop, iterable: n.Expr) -> None:
    if frame.code.name in _BUILDING or _is_kernel(frame.trace):
        return
    limit = machine.settings.unroll_limit
    outer = math.prod(one.count or 1 for one in frame.loops[:-1])
    if loop.count is not None:
        machine.session.counted.add(iterable)
        total = outer * loop.count
        if outer < limit <= total and not machine.is_muted:
            machine.report(UnrolledLoop(iterable, frame, total, outer, loop.length_of))
    elif loop.length_of is not None and not machine.is_muted and not _is_meant(frame, iterable):
        machine.session.pending.append(UnrolledLoop(iterable, frame, None, outer, loop.length_of))


# Methods that make the layers of a model, each of them once.
_BUILDING = frozenset({"__init__", "__post_init__", "setup"})


def _is_kernel(trace: Trace) -> bool:
    """Whether code is of a kernel: that is written for blocks of a fixed size, which its loops unroll."""
    return any(one.origin is not None and one.origin.label == "pallas_call" for one in trace.outwards())


def _computes(loop: Loop, before: Env, after: Env) -> bool:
    """Whether a round leaves traced values behind, in variables other than those of the loop itself."""
    own = set(names_in(loop.target)) if loop.target is not None else set()
    return any(
        value is not before.get(name) and name not in own and stage_of(value) is v.Stage.TRACED
        for name, value in after.items()
    )


def _is_meant(frame: Frame, iterable: n.Expr) -> bool:
    """Whether a loop over an unknown number of rows has few, or its function says that it unrolls."""
    size = iterable.args[0].value if isinstance(iterable, n.Call) and len(iterable.args) == 1 else None
    return "unroll" in frame.code.name or _is_last_axis(size) or "dim" in last_name(size)


def _is_last_axis(size: n.Expr | None) -> bool:
    """``x.shape[-1]``: the coordinates or channels of something, and few as a rule, like dimensions."""
    index = size.index if isinstance(size, n.Subscript) else None
    return isinstance(index, n.Unary) or (isinstance(index, n.LiteralValue) and index.value == -1)
