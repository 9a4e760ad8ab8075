"""Finds the arrays that a function takes from outside, which become part of the program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import jax

from jaxlint.tracing.measure.jaxprs import Counting, inside

_DEPTH = 3
"""How far closures are followed for a name."""


def constants(closed: Any, function: Callable[..., Any], counting: Counting) -> list[dict[str, Any]]:
    """Describe each captured array once, the largest first: bytes, type, name and line where known."""
    names: dict[int, str] = {}
    _name(function, names, _DEPTH)
    found: dict[int, dict[str, Any]] = {}
    for value, line in _captured(closed, counting, None):
        size = int(getattr(value, "nbytes", 0) or 0)
        if size and id(value) not in found:
            found[id(value)] = {
                "bytes": size,
                "type": _type(value),
                "name": names.get(id(value)) or _same(value, function),
                "line": line,
            }
    return sorted(found.values(), key=lambda one: -int(one["bytes"]))


def _captured(closed: Any, counting: Counting, caller: Any) -> Iterator[tuple[Any, Any]]:
    """Yield constants with the line of the first equation that uses each."""
    jaxpr = getattr(closed, "jaxpr", closed)
    values = dict(zip(map(id, getattr(jaxpr, "constvars", ())), getattr(closed, "consts", ()), strict=False))
    lines = dict.fromkeys(values)
    for equation in jaxpr.eqns:
        line = counting.line(equation) or caller
        for variable in equation.invars:
            if id(variable) in values and lines[id(variable)] is None:
                lines[id(variable)] = line
            if getattr(getattr(variable, "val", None), "ndim", 0):
                yield variable.val, line
        for inner in inside(equation):
            yield from _captured(inner, counting, line)
    yield from ((value, lines[key]) for key, value in values.items())


def _type(value: Any) -> str:
    dtype = str(getattr(value, "dtype", "?"))
    short = dtype.replace("float", "f").replace("uint", "u").replace("int", "i").replace("complex", "c")
    return f"{short}[{','.join(map(str, getattr(value, 'shape', ())))}]"


def outside(function: Any) -> dict[str, Any]:
    """Return what a function takes from outside, by name."""
    target = inspect.unwrap(getattr(function, "__func__", function))
    if not inspect.isfunction(target):
        return {}
    variables = inspect.getclosurevars(target)
    return {**variables.globals, **variables.nonlocals}


def _name(function: Any, names: dict[int, str], depth: int) -> None:
    """Note the names of arrays that a function, and the functions it takes from outside, can see."""
    for name, value in outside(function).items():
        if callable(value) and depth:
            _name(value, names, depth - 1)
            continue
        try:
            leaves = jax.tree_util.tree_flatten_with_path(value)[0]
        except Exception:  # noqa: BLE001, S112 - some values of the user's cannot be flattened
            continue
        for path, leaf in leaves:
            if hasattr(leaf, "nbytes"):
                names.setdefault(id(leaf), name + jax.tree_util.keystr(path))


def _same(value: Any, function: Any, depth: int = _DEPTH) -> str | None:
    """Return the name of the only array of the same type, for arrays that were copied on the way in."""
    wanted = (getattr(value, "shape", None), str(getattr(value, "dtype", None)))
    fitting = set()
    for name, one in outside(function).items():
        if (getattr(one, "shape", None), str(getattr(one, "dtype", None))) == wanted:
            fitting.add(name)
        elif callable(one) and depth and (inner := _same(value, one, depth - 1)):
            fitting.add(inner)
    return fitting.pop() if len(fitting) == 1 else None
