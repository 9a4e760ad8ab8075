"""Makes arguments from words: abstract ones for transformations that trace, concrete ones for others."""

from __future__ import annotations

import importlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxlint.tracing.signatures import (
    DTYPES,
    ArrayWord,
    DictWord,
    FunctionWord,
    KeyWord,
    NewWord,
    RefWord,
    SequenceWord,
    ValueWord,
    Word,
    parse_word,
)
from jaxlint.tracing.worker.instances import instance
from jaxlint.tracing.worker.makers import filled
from jaxlint.tracing.worker.standins import any_function


def make(word: Word) -> Any:
    """The argument that a word stands for."""
    if isinstance(word, ArrayWord):
        return _array(word)
    if isinstance(word, KeyWord):
        key = jax.random.key(0)
        return jax.random.split(key, word.shape) if word.shape else key
    if isinstance(word, ValueWord):
        return word.value
    if isinstance(word, NewWord):
        return _new(word)
    if isinstance(word, RefWord):
        return named(word.dotted)
    if isinstance(word, FunctionWord):
        return any_function(None if word.result is None else make(word.result))
    if isinstance(word, SequenceWord):
        items = [make(item) for item in word.items]
        return items if word.kind == "list" else tuple(items)
    if isinstance(word, DictWord):
        return {key: make(item) for key, item in word.items}
    raise TypeError(word)


def made_of(text: str) -> Any:
    """The argument that the text of a word stands for."""
    return make(parse_word(text))


def _array(word: ArrayWord) -> Any:
    """An array of ones and their like: in the domain of logarithms and roots, and valid as an index."""
    dtype = DTYPES[word.dtype]
    module = np if word.on_host else jnp
    if word.dtype.startswith(("i", "u")):
        return module.zeros(word.shape, dtype) + module.asarray(1, dtype)
    return module.ones(word.shape, dtype)


def _new(word: NewWord) -> Any:
    made = named(word.dotted)
    if word.arguments is None:
        return instance(made, made_of)
    positional = [make(item) for name, item in word.arguments if name is None]
    return made(*positional, **{name: make(item) for name, item in word.arguments if name is not None})


def named(dotted: str) -> Any:
    """What a dotted name stands for, whatever part of it is the module."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            value = getattr(value, part)
        return value
    raise ImportError(f"{dotted} cannot be found")


def concrete(value: Any) -> Any:
    """A value with arrays in the place of abstract ones."""

    def leaf(one: Any) -> Any:
        return filled(one) if isinstance(one, jax.ShapeDtypeStruct) else one

    try:
        return jax.tree_util.tree_map(leaf, value)
    except Exception:  # noqa: BLE001 - it is no pytree
        return value
