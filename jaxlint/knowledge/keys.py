"""Typed access to ``keys.toml``: what library functions do to PRNG keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jaxlint.knowledge.tables import load_table

_EFFECTS = ("draws", "split", "fold", "makes")

_NAME = re.compile(r"(^|_)(r?rngs?|prng|prngs|keys?|rng_?key|subkeys?|seed_key)\d*($|_)")


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a function does to keys: the effect, and the parameters that take them.

    ``is_paired`` says that programs call it several times with one key on purpose.
    """

    effect: str
    parameters: tuple[tuple[int | None, str], ...]
    is_paired: bool = False

    @property
    def makes(self) -> bool:
        """Whether the result is a key, or an array of keys."""
        return self.effect in ("split", "fold", "makes")


@cache
def _table() -> dict[str, Any]:
    return load_table("keys")


@cache
def _functions() -> dict[str, KeyFacts]:
    found: dict[str, KeyFacts] = {}
    default = _parameters(_table()["parameters"]["default"])
    for module, row in _table().items():
        paired = row.get("pairs", "").split()
        for effect in _EFFECTS:
            for name in row.get(effect, "").split():
                parameters = () if effect == "makes" else default
                found[f"{module}.{name}"] = KeyFacts(effect, parameters, name in paired)
    return found


def _parameters(rows: list[str]) -> tuple[tuple[int | None, str], ...]:
    pairs = (row.split() for row in rows)
    return tuple((None if position == "-" else int(position), name) for position, name in pairs)


def key_facts(dotted: str) -> KeyFacts | None:
    """What a library function does to keys; None if nothing."""
    return _functions().get(dotted)


@cache
def is_key_function(name: str) -> bool:
    """Whether a function of that last name takes a key, in some library that the tables know."""
    return any(
        dotted.rpartition(".")[2] == name and facts.parameters for dotted, facts in _functions().items()
    )


@cache
def is_key_name(name: str) -> bool:
    """Whether programs call PRNG keys so: ``key``, ``rng``, ``dropout_rng``, ``subkeys``."""
    return _NAME.search(name.lower()) is not None
