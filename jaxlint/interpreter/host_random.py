"""Random numbers of NumPy and of Python, drawn while code is traced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import HostRandom
from jaxlint.knowledge.keys import draws_on_host
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame, Trace
    from jaxlint.interpreter.machine import Machine


def report_draw(machine: Machine, frame: Frame, dotted: str, node: n.Node) -> None:
    """Report a call that draws once although the code around it seems to draw many times."""
    if frame.trace.level and draws_on_host(dotted):
        transform = _repeats(frame.trace)
        if transform is not None:
            machine.report(HostRandom(node, frame, dotted, transform))


def _repeats(trace: Trace) -> str | None:
    """The transformation that makes many draws of one: what compiles, or else `vmap`, but not `grad`."""
    if trace.stage is v.Stage.TRACED:
        return _end(trace)
    ends = map(_end, trace.outwards())
    return next((end for end in ends if end in ("vmap", "pmap", "vectorize")), None)


def _end(trace: Trace) -> str:
    """The name of the transformation of one trace."""
    return "" if trace.origin is None else list(trace.origin.chain())[-1].label
