"""Typed access to ``frameworks.toml``: what library classes and decorators make of a class."""

from __future__ import annotations

from functools import cache
from typing import Any

from jaxlint.knowledge.tables import load_table


@cache
def _table() -> dict[str, Any]:
    return load_table("frameworks")


@cache
def base_class_traits(dotted: str) -> frozenset[str]:
    """What inheriting from that library class makes of a class; ``open`` if the class is not known."""
    exact = _table()["bases"].get(dotted)
    if exact is None and dotted.rpartition(".")[2][:1].isupper():
        exact = _by_prefix("families", dotted)
    return frozenset(["open"] if exact is None else exact)


def _by_prefix(table: str, dotted: str) -> Any:
    """The row of the longest prefix that fits, or None."""
    rows = _table()[table]
    prefixes = [prefix for prefix in rows if dotted.startswith(prefix)]
    return rows[max(prefixes, key=len)] if prefixes else None


@cache
def parent_class(dotted: str) -> str | None:
    """The library class whose methods objects of that class have as well, or None."""
    found: str | None = _by_prefix("parents", dotted)
    return found


MODULE_KINDS = ("linen", "nnx", "haiku", "equinox")
"""The kinds of neural-network modules: a class with the trait ``module`` mostly has one of them."""


def module_kind(traits: frozenset[str]) -> str | None:
    """Which library's module a class is; None for other classes."""
    return next((kind for kind in MODULE_KINDS if kind in traits), None)


@cache
def decorator_traits(dotted: str) -> frozenset[str]:
    """What that class decorator makes of a class."""
    return frozenset(_table()["decorators"].get(dotted, ()))


def is_field_function(dotted: str) -> bool:
    """Whether calling that function describes a dataclass field."""
    return dotted in _table()["fields"]


@cache
def static_field_option(dotted: str) -> tuple[str, bool] | None:
    """The keyword and value that make a field of that field function static; None if it is no such function.

    The keyword is empty where the function makes static fields only.
    """
    row = _table()["fields"].get(dotted)
    return None if row is None else (row[0], row[1])
