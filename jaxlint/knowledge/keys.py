"""Typed access to ``keys.toml``: what library functions do to PRNG keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jaxlint.knowledge.tables import load_table

Parameters = tuple[tuple[int | None, str], ...]
"""The parameters that take keys, each by position (None: by keyword only) and name."""

_EFFECTS = ("draws", "split", "fold", "makes", "implicit")
_KEY: Parameters = ((0, "key"),)
_KEYWORD: Parameters = ((None, "key"),)

_NAME = re.compile(r"(^|_)(r?rngs?|prng|prngs|keys?|rng_?key|subkeys?|seed_key)\d*($|_)")
_OTHER_KEY = re.compile(
    r"(^|_)keys?_(bias|cache|channels?|depth|dims?|dtype|features?|fn|func|heads?|layers?|len|lengths?|masks?|"
    r"names?|padding|paths?|proj|projection|shape|size|states?|types?|units|values?|width)($|_)"
)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a function does to keys: the effect, and the parameters that take them.

    ``is_paired`` says that programs call it several times with one key on purpose, ``is_seed`` that it
    makes a key from a number; ``folded`` is what it folds into the key before it draws, None for nothing.
    """

    effect: str
    parameters: Parameters
    is_paired: bool = False
    is_seed: bool = False
    folded: tuple[str, object] | None = None

    @property
    def makes(self) -> bool:
        """Whether the result is a key, or an array of keys."""
        return self.effect in ("split", "fold", "makes")


@cache
def key_functions() -> dict[str, KeyFacts]:
    """What is known of every function, by dotted name."""
    found: dict[str, KeyFacts] = {}
    table: dict[str, Any] = dict(load_table("keys"))
    for other in ("host", "dropout", "own"):
        table.pop(other)
    folding = {name: _folded(what) for what, names in table.pop("folding").items() for name in names.split()}
    for words, names in table.pop("parameters").items():
        for name in names.split():
            found[name] = KeyFacts("draws", _parameters(words), folded=folding.get(name))
    for module, row in table.items():
        paired, seeds = row.get("pairs", "").split(), row.get("seeds", "").split()
        for effect in _EFFECTS:
            parameters = {"makes": (), "implicit": _KEYWORD}.get(effect, _KEY)
            for name in row.get(effect, "").split():
                found[f"{module}.{name}"] = KeyFacts(effect, parameters, name in paired, name in seeds)
    return found


def _folded(what: str) -> tuple[str, object]:
    """What is folded into a key, in the form in which constants are: the type and the value."""
    return ("int", int(what)) if what.isdigit() else ("stream", what)


def _parameters(words: str) -> Parameters:
    pairs = (word.split() for word in words.split(","))
    return tuple((None if position == "-" else int(position), name) for position, name in pairs)


def key_facts(dotted: str) -> KeyFacts | None:
    """What a library function does to keys; None if nothing."""
    return key_functions().get(dotted)


@cache
def draws_on_host(dotted: str) -> bool:
    """Whether a function of NumPy or Python draws random numbers."""
    module, _, name = dotted.rpartition(".")
    return name in load_table("keys")["host"].get(module, "").split()


@cache
def takes_own_key(name: str) -> bool:
    """Whether a function of haiku takes a key from the one that the transformed function was given."""
    return name.rpartition(".")[2] in load_table("keys")["own"]["haiku"].split()


@cache
def is_for_dropout(stream: object) -> bool:
    """Whether modules have a stream of keys of that name for dropout."""
    return stream in load_table("keys")["dropout"]["streams"].split()


@cache
def no_dropout(argument: str) -> bool | None:
    """The value of an argument of modules that switches dropout off; None if it is about something else."""
    words = load_table("keys")["dropout"]
    if argument in words["true"].split():
        return True
    return False if argument in words["false"].split() else None


@cache
def is_key_function(name: str) -> bool:
    """Whether `jax.random` has a function of that name which takes a key."""
    facts = key_facts(f"jax.random.{name}")
    return facts is not None and bool(facts.parameters)


@cache
def is_key_name(name: str) -> bool:
    """Whether programs call PRNG keys so: ``key``, ``dropout_rng``, ``subkeys``; not ``key_size``."""
    words = name.lower()
    return _NAME.search(words) is not None and _OTHER_KEY.search(words) is None
