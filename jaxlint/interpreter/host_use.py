"""Whether a function needs the numbers of one of its parameters while it runs.

Sizes of images, lengths of sequences: what is asked for by ``int(…)`` of the elements of a parameter is meant
to be there when the function runs, so that those who use the function do not compile it with that traced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.classes import class_attribute
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name, names_in
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.machine import Machine

MAX_DEPTH = 2
"""Methods of the same object that a parameter is followed into."""


def needs_numbers(machine: Machine, function: v.Function, name: str, depth: int = MAX_DEPTH) -> bool:
    """Whether a function, or a method that it passes the parameter to, makes numbers of its elements."""
    if makes_numbers(function.code, name):
        return True
    parts = _parts(function.code, name)
    return depth > 0 and any(
        needs_numbers(machine, method, parameter, depth - 1)
        for call in walk(function.code)
        if isinstance(call, n.Call)
        for method, parameter in _handed_on(machine, function, call, parts)
    )


def makes_numbers(code: n.Code, name: str) -> bool:
    """Whether a function itself makes Python numbers of the elements of a parameter."""

    def find(code: n.Code) -> bool:
        parts = _parts(code, name)
        return any(_is_conversion(node, parts) for node in walk(code) if isinstance(node, n.Call))

    return code.remember((name, "numbers"), find)


def _is_conversion(call: n.Call, parts: frozenset[str]) -> bool:
    func = call.func
    if isinstance(func, n.Name):
        return func.id == "int" and len(call.args) == 1 and _is_of(call.args[0].value, parts)
    return isinstance(func, n.Attribute) and func.attr == "tolist" and _is_of(func.value, parts)


def _parts(code: n.Code, name: str) -> frozenset[str]:
    """The variables that hold the parameter or elements of it."""
    found = {name}
    for _ in range(2):  # of elements there may be elements
        for node in walk(code):
            if isinstance(node, (n.For, n.Generator)) and _is_gone_over(node.iter, found):
                found.update(names_in(node.target))
            elif isinstance(node, n.Assign) and _is_of(node.value, found):
                found.update(name for target in node.targets for name in names_in(target))
    return frozenset(found)


def _is_gone_over(iterable: n.Expr, names: set[str]) -> bool:
    if isinstance(iterable, n.Call) and last_name(iterable.func) in ("zip", "enumerate"):
        return any(_is_of(argument.value, names) for argument in iterable.args)
    return _is_of(iterable, names)


def _is_of(node: n.Expr | None, names: frozenset[str] | set[str]) -> bool:
    """Whether an expression is one of the variables, an element of it, or a product of such."""
    while isinstance(node, n.Subscript):
        node = node.value
    if isinstance(node, n.Binary):
        return _is_of(node.left, names) and _is_of(node.right, names)
    return isinstance(node, n.Name) and node.id in names


def _handed_on(
    machine: Machine, function: v.Function, call: n.Call, names: frozenset[str]
) -> Iterator[tuple[v.Function, str]]:
    """The methods of the same object that get one of the variables, with the parameter that it becomes."""
    func = call.func
    if function.owner is None or not (
        isinstance(func, n.Attribute) and isinstance(func.value, n.Name) and func.value.id == "self"
    ):
        return
    method = class_attribute(machine, function.owner, func.attr)
    if not isinstance(method, v.Function):
        return
    positional = [param.name for param in method.code.params if param.kind in ("pos", "normal")][1:]
    for index, argument in enumerate(call.args):
        if _is_of(argument.value, names) and isinstance(argument.value, n.Name):
            if argument.keyword is not None:
                yield method, argument.keyword
            elif index < len(positional):
                yield method, positional[index]
