"""Typed access to ``frameworks.toml``: what library classes and decorators make of a class."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from jaxlint.knowledge.tables import load_table


@cache
def _table() -> dict[str, Any]:
    return load_table("frameworks")


@cache
def base_class_traits(dotted: str) -> frozenset[str]:
    """What inheriting from that library class makes of a class.

    ``open`` if the class is not known, and ``foreign`` too if it is none of Python's own.
    """
    exact = _table()["bases"].get(dotted)
    if exact is None and dotted.rpartition(".")[2][:1].isupper():
        exact = _by_prefix("families", dotted)
    if exact is not None:
        return frozenset(exact)
    is_pythons = dotted.partition(".")[0] in sys.stdlib_module_names
    return frozenset({"open"} if is_pythons else {"open", "foreign"})


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


Within = tuple[str, tuple[tuple[str, int], ...]]
"""The name of a transformation and its options."""


@dataclass(frozen=True, slots=True)
class Likely:
    """Why a function is likely to be traced: ``text`` goes on behind "traced if it is".

    The library that runs it passes tracers for the first ``traced`` of its parameters. It cannot be run
    without what ``within`` names: a transformation and its options.
    """

    text: str
    traced: int = 0
    within: Within | None = None


@cache
def likely_method(trait: str) -> tuple[frozenset[str], str, Likely] | None:
    """The methods of a kind of module class that are likely to be traced, a decorator that says so, why."""
    for row in _table()["likely"]["methods"]:
        if row["trait"] == trait:
            return frozenset(row["methods"]), row.get("decorator", ""), Likely(row["text"])
    return None


@cache
def likely_caller(dotted: str) -> Likely | None:
    """Why a function is likely to be traced that calls ``dotted``."""
    rows = _table()["likely"]["callers"]
    return next((Likely(row["text"], within=_within(row)) for row in rows if dotted in row["calls"]), None)


def _within(row: dict[str, Any]) -> Within | None:
    within = row.get("within")
    return None if within is None else (within["transform"], tuple(within["options"].items()))


@cache
def likely_arguments(dotted: str) -> tuple[tuple[str, ...], Likely] | None:
    """The parameters of ``dotted`` that take functions which are likely to be traced, and why."""
    for row in _table()["likely"]["arguments"]:
        if dotted in row["of"]:
            return tuple(row["parameters"]), Likely(row["text"], row.get("traced", 0), _within(row))
    return None


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


def is_static_annotation(dotted: str) -> bool:
    """Whether a field annotated so is static."""
    return dotted in _table()["static_annotations"]["names"]
