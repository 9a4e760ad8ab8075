"""Which of several functions a variable holds where one test decided twice: ``if jit: f = jax.jit(f)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import keys
from jaxlint.interpreter.conditions import Conditions, exclusive, of_test
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import children

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def possible(machine: Machine, frame: Frame, node: n.Node, function: v.Value) -> v.Value:
    """``function``, the first argument of the call ``node``, without what the running path rules out."""
    if not (isinstance(function, v.Union) and isinstance(node, n.Call) and node.args):
        return function
    variable = node.args[0].value
    if not isinstance(variable, n.Name):
        return function
    here = frozenset(
        one for one in keys.conditions_of(machine, frame) if one.subject not in frame.code.rebound
    )
    sources = [one for one in _assigned((frame.code,), variable.id, frozenset()) if one[0] is not node]

    def is_possible(option: v.Value) -> bool:
        places = [
            known
            for source, known in sources
            if not isinstance(source, n.Name) or machine.lookup(frame, source.id) == option
        ]
        return not places or not all(exclusive(known, here) for known in places)

    options = [option for option in function.options if is_possible(option)]
    return v.join_all(options) if options else function


def _assigned(block: tuple[n.Node, ...], name: str, known: Conditions) -> Iterator[tuple[n.Expr, Conditions]]:
    """What is assigned to a variable, and what holds there."""
    for node in block:
        if isinstance(node, n.If):
            yield from _assigned(node.body, name, known | of_test(node.test, (), holds=True))
            yield from _assigned(node.orelse, name, known | of_test(node.test, (), holds=False))
        elif isinstance(node, n.Assign):
            if any(isinstance(target, n.Name) and target.id == name for target in node.targets):
                yield node.value, known
        else:
            inside = (child for child in children(node) if isinstance(child, n.Stmt))
            yield from _assigned(tuple(inside), name, known)
