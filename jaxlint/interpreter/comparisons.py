"""Whether a program compares two results with each other at once, as tests of reproducibility do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from jaxlint.interpreter.conditions import key_of
from jaxlint.knowledge.keys import is_key_function
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name, names_in
from jaxlint.syntax.walk import walk

# The assertions of NumPy, of test cases and of chex; and functions that compare, but may serve anything else.
_ASSERTION = re.compile(
    r"assert_?(Not)?(_?[Aa]rrays?|_?[Tt]rees?|_all|_?[Ee]qual|_?[Aa]llclose|All|_?[Aa]lmost)"
)
_COMPARING = frozenset("allclose array_equal array_equiv isclose".split())

_EVALUATING = re.compile(r"(?i)(^|_)(eval|evaluate|evaluation|evaluator|valid|validate|validation|test)($|_)")
_FIRST = frozenset("init reset initialize initial_state".split())
_FOR_EVALUATION = re.compile(r"(?i)(^|_)(eval|evaluation|validation)($|_)")
_COPY = re.compile(r"(?i)(^|_)(target|targ|tgt|ema|copy|teacher|reference|ref|old|slow|frozen|avg)s?($|_)")
_GRADIENT = re.compile(r"(?i)(^|_)(value_and_)?grads?($|_)|gradient")


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


def are_rows(first: n.Node, second: n.Node) -> bool:
    """Whether two calls choose the same rows of two arrays: the same key, the same number, and so on."""
    if not isinstance(first, n.Call) or not isinstance(second, n.Call):
        return False
    if last_name(first.func) != "choice" or key_of(first.func) != key_of(second.func):
        return False
    one, other = ([(arg.keyword, key_of(arg.value)) for arg in call.args] for call in (first, second))
    array = first.args[1].value if len(first.args) > 2 else None
    is_array = isinstance(array, (n.Name, n.Attribute, n.Subscript))
    return is_array and len(one) == len(other) and one[1] != other[1] and one[2:] == other[2:]


def is_evaluation(code: n.Code, call: n.Node) -> bool:
    """Whether a call measures how good something is, or does nothing but make keys for such calls.

    One key for all that is measured makes the measures comparable.
    """
    if not isinstance(call, n.Call):
        return False
    if not is_key_function(last_name(call.func)):
        given = (call.func, *(argument.value for argument in call.args))
        is_for_it = any(_FOR_EVALUATION.search(name) for part in given for name in _parts(part))
        return is_for_it or _EVALUATING.search(last_name(call.func)) is not None
    names = {name for value, target in bindings(code) if value is call for name in names_in(target)}
    calls = (node for node in walk(code) if isinstance(node, n.Call) and node is not call)
    readers = [last_name(node.func) for node in calls if _takes(node, names)]
    return bool(readers) and all(map(_EVALUATING.search, readers))


def _parts(path: n.Expr) -> Iterator[str]:
    """The words of a dotted name: ``eval_loop`` and ``run`` of ``eval_loop.run``."""
    while isinstance(path, n.Attribute):
        yield path.attr
        path = path.value
    if isinstance(path, n.Name):
        yield path.id


def _takes(call: n.Call, names: set[str]) -> bool:
    return any(isinstance(argument.value, n.Name) and argument.value.id in names for argument in call.args)


def is_gradient(call: n.Node) -> bool:
    """Whether a call is of a gradient, by the name of the function or the transformation that makes it."""
    function = call.func if isinstance(call, n.Call) else None
    name = last_name(function.func if isinstance(function, n.Call) else function)
    return _GRADIENT.search(name) is not None


def is_target(code: n.Code, first: n.Node, second: n.Node) -> bool:
    """Whether two calls read alike, and a name says that one result is a copy, as a target network is.

    A method that is asked twice for the first state of its object gives that state twice.
    """
    if key_of(first) != key_of(second):  # type: ignore[arg-type]  # what uses a key is an expression
        return False
    if isinstance(second, n.Call) and isinstance(second.func, n.Attribute) and second.func.attr in _FIRST:
        return True
    names = (name for call in (first, second) for name in _labels(code, call))
    return any(map(_COPY.search, names))


def _labels(code: n.Code, call: n.Node) -> Iterator[str]:
    """The names that the result of a call gets: of variables, attributes and arguments."""
    for value, target in bindings(code):
        if value is call:
            yield from (last_name(node) for node in walk(target))
    for node in walk(code):
        if isinstance(node, n.Argument) and node.value is call and node.keyword is not None:
            yield node.keyword


def is_only_checked(code: n.Code, call: n.Node) -> bool:
    """Whether nothing but assertions sees the result of a call: it stands in one, or its variables do."""
    checked = _checked(code)
    if call in checked:
        return True
    targets = [target for value, target in bindings(code) if value is call]
    if not targets or not all(isinstance(node, (n.Name, n.Display)) for one in targets for node in walk(one)):
        return False
    names = {name for target in targets for name in names_in(target)}
    stored = {node for _, target in bindings(code) for node in walk(target)}
    return all(
        node in stored or node in checked
        for node in walk(code)
        if isinstance(node, n.Name) and node.id in names
    )


def are_results_compared(code: n.Code, first: n.Node, second: n.Node) -> bool:
    """Whether an assertion compares what becomes of the results of two calls: one of each, on its own."""
    one, other = _derived(code, first), _derived(code, second)
    one, other = one - other, other - one
    return any(
        (_reads(left, one) and _reads(right, other)) or (_reads(left, other) and _reads(right, one))
        for sides in _assertions(code)
        for left, right in combinations(sides, 2)
    )


def _reads(side: n.Expr, names: frozenset[str]) -> bool:
    return any(isinstance(node, n.Name) and node.id in names for node in walk(side))


def _derived(code: n.Code, call: n.Node) -> frozenset[str]:
    """The variables that depend on the result of a call, found without regard to the order of statements."""
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            name
            for value, target in bindings(code)
            if any(node is call or (isinstance(node, n.Name) and node.id in found) for node in walk(value))
            for name in names_in(target)
        )
        if more <= found:
            return found
        found |= more


def bindings(code: n.Code) -> tuple[tuple[n.Expr, n.Expr], ...]:
    """What is bound to variables, and the targets: in assignments and loops."""
    return code.remember("<bindings>", lambda code: tuple(_find_bindings(code)))


def _find_bindings(code: n.Code) -> Iterator[tuple[n.Expr, n.Expr]]:
    for node in walk(code):
        if isinstance(node, n.Assign):
            yield from ((node.value, target) for target in node.targets)
        elif isinstance(node, n.For):
            yield node.iter, node.target
        elif isinstance(node, (n.AugAssign, n.AnnAssign)) and node.value is not None:
            yield node.value, node.target


def _checked(code: n.Code) -> frozenset[n.Node]:
    """Everything within assertions."""
    return code.remember("<checked>", _find_checked)


def _find_checked(code: n.Code) -> frozenset[n.Node]:
    inside = (part for node in walk(code) for part in _asserted(node))
    return frozenset(node for part in inside for node in walk(part))


def _asserted(node: n.Node) -> tuple[n.Expr, ...]:
    """What an assertion looks at."""
    if isinstance(node, n.Assert):
        return (node.test,)
    if isinstance(node, n.Call) and last_name(node.func).startswith("assert"):
        return tuple(argument.value for argument in node.args)
    return ()


def _assertions(code: n.Code) -> Iterator[tuple[n.Expr, ...]]:
    """What stands beside each other in assertions and distances: compared, subtracted or given together."""
    for node in walk(code):
        if isinstance(node, n.Assert):
            yield from (sides for inner in walk(node.test) for sides in _sides(inner))
        elif isinstance(node, n.Call) and _is_comparing(last_name(node.func)):
            yield from _sides(node)
        elif isinstance(node, n.Call) and last_name(node.func) in ("abs", "norm", "square"):
            yield from (sides for argument in node.args for sides in _sides(argument.value))


def _is_comparing(name: str) -> bool:
    return name.startswith("assert") or name in _COMPARING


def _sides(node: n.Node) -> Iterator[tuple[n.Expr, ...]]:
    if isinstance(node, n.Compare):
        yield (node.left, *node.rights)
    elif isinstance(node, n.Binary):
        yield (node.left, node.right)
    elif isinstance(node, n.Call):
        yield tuple(argument.value for argument in node.args)


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
    return code.remember("<comparisons>", lambda code: tuple(_find(code)))


def _find(code: n.Code) -> Iterator[_Comparison]:
    for node in walk(code):
        if isinstance(node, n.Compare) and set(node.ops) <= {"==", "!="}:
            yield _Comparison((node.left, *node.rights), is_assertion=False)
        elif isinstance(node, n.Call):
            name = last_name(node.func)
            is_assertion = _ASSERTION.match(name) is not None
            if is_assertion or name in _COMPARING:
                yield _Comparison(tuple(arg.value for arg in node.args), is_assertion)
