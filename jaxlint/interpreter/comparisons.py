"""Whether a program compares two results with each other at once, as tests of reproducibility do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from jaxlint.interpreter.conditions import key_of
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

# The assertions of NumPy, of test cases and of chex; and functions that compare, but may serve anything else.
_ASSERTION = re.compile(
    r"assert_?(Not)?(_?[Aa]rrays?|_?[Tt]rees?|_all|_?[Ee]qual|_?[Aa]llclose|All|_?[Aa]lmost)"
)
_COMPARING = frozenset("allclose array_equal array_equiv isclose".split())


class _Comparison(NamedTuple):
    """What is compared; an assertion also speaks of results that are in variables."""

    sides: tuple[n.Expr, ...]
    is_assertion: bool


def are_compared(code: n.Code, first: n.Node, second: n.Node) -> bool:
    """Whether the results of two calls in ``code`` are compared with each other there."""
    return any(
        _mentions(code, one, first, comparison) and _mentions(code, other, second, comparison)
        for comparison in _comparisons(code)
        for one in comparison.sides
        for other in comparison.sides
        if one is not other
    )


def are_copies(first: n.Node, second: n.Node) -> bool:
    """Whether two calls are of one function with the same positional arguments: both make one thing."""
    if not isinstance(first, n.Call) or not isinstance(second, n.Call):
        return False
    return _told(first) == _told(second)


def _told(call: n.Call) -> tuple[object, ...]:
    return (key_of(call.func), *(key_of(arg.value) for arg in call.args if arg.keyword is None))


def _mentions(code: n.Code, side: n.Expr, call: n.Node, comparison: _Comparison) -> bool:
    names = _targets(code, call) if comparison.is_assertion else frozenset()
    return any(node is call or (isinstance(node, n.Name) and node.id in names) for node in walk(side))


def _targets(code: n.Code, call: n.Node) -> frozenset[str]:
    """The variables that the result of a call goes to."""
    for statement in walk(code):
        if isinstance(statement, n.Assign) and any(node is call for node in walk(statement.value)):
            targets = (node for target in statement.targets for node in walk(target))
            return frozenset(node.id for node in targets if isinstance(node, n.Name))
    return frozenset()


def _comparisons(code: n.Code) -> tuple[_Comparison, ...]:
    known = code.usage.get("comparisons")
    if known is None:
        known = code.usage["comparisons"] = tuple(_find(code))
    found: tuple[_Comparison, ...] = known
    return found


def _find(code: n.Code) -> Iterator[_Comparison]:
    for node in walk(code):
        if isinstance(node, n.Compare) and set(node.ops) <= {"==", "!="}:
            yield _Comparison((node.left, *node.rights), is_assertion=False)
        elif isinstance(node, n.Call):
            name = last_name(node.func)
            is_assertion = _ASSERTION.match(name) is not None
            if is_assertion or name in _COMPARING:
                yield _Comparison(tuple(arg.value for arg in node.args), is_assertion)
