"""A function of one library in the place of another's, with the import that it needs."""

from __future__ import annotations

from collections.abc import Sequence

from jaxlint.edits.names import spelling
from jaxlint.edits.rewrite import Change, InsertBefore, Replace, Rewrite
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

_USUAL = {"jax.numpy": "jnp", "jax.scipy": "jsp"}
"""Under which names modules are imported where they are not yet."""


def use_function(module: n.Code, inside: Sequence[n.Code], call: n.Node, dotted: str) -> Rewrite | None:
    """Call the function ``dotted`` in the place of the one that is called."""
    if not isinstance(call, n.Call) or not isinstance(call.func, (n.Name, n.Attribute)):
        return None
    changes: list[Change] = []
    text = spelling(module, inside, dotted)
    if text is None:
        package = next((package for package in _USUAL if dotted.startswith(f"{package}.")), None)
        first = _first_import(module)
        if package is None or first is None or _is_taken(module, _USUAL[package]):
            return None
        text = _USUAL[package] + dotted.removeprefix(package)
        changes.append(InsertBefore(first, f"import {package} as {_USUAL[package]}"))
    changes.append(Replace(call.func, (text,)))
    return Rewrite(f"Use `{dotted}`", tuple(changes), safe=False)


def _first_import(module: n.Code) -> n.Stmt | None:
    """The first import of a module's top level behind those from the future."""
    for statement in module.body:
        is_future = isinstance(statement, n.ImportFrom) and statement.module == "__future__"
        if isinstance(statement, (n.Import, n.ImportFrom)) and not is_future:
            return statement
    return None


def _is_taken(module: n.Code, name: str) -> bool:
    return any(name in part.bound or name in part.free for part in walk(module) if isinstance(part, n.Code))
