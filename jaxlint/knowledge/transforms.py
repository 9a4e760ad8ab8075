"""Typed access to ``transforms.toml``: which callables run a function with tracers, and how."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jaxlint.knowledge.tables import load_table


@dataclass(frozen=True, slots=True)
class TransformFacts:
    """One transformation: its kind, its parameters in order, which of them is the function.

    ``variadic`` is the name of the ``*`` parameter that collects operands, or None; parameters after
    it are keyword-only.
    """

    name: str
    kind: str
    positional: tuple[str, ...]
    variadic: str | None
    function: str


@cache
def _table() -> dict[str, TransformFacts]:
    facts: dict[str, TransformFacts] = {}
    for row in load_table("transforms")["row"]:
        words = [word.strip() for word in row["signature"].split(",")]
        star = next((index for index, word in enumerate(words) if word.startswith("*")), len(words))
        positional = tuple(words[:star])
        variadic = words[star][1:] or None if star < len(words) else None
        for name in row["names"]:
            function = row.get("function", positional[0])
            facts[name] = TransformFacts(name, row["kind"], positional, variadic, function)
    return facts


def transform(dotted: str) -> TransformFacts | None:
    """The facts about the transformation of that canonical name, or None."""
    return _table().get(dotted)


def transform_names() -> frozenset[str]:
    """The canonical names of all transformations."""
    return frozenset(_table())
