"""Arrays of the sizes that the objects beside them have, for functions that no other array fits."""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import jax

from jaxlint.tracing.protocol import Attempt
from jaxlint.tracing.signatures import ArrayWord, ValueWord, Word, parse_word
from jaxlint.tracing.words import word_for
from jaxlint.tracing.worker import values
from jaxlint.tracing.worker.makers import PROJECT

MAX_SIZES = 8
MAX_FITTED = 64
"""Sets of arguments that are tried."""


def fitted(function: Callable[..., Any], attempts: Iterable[Attempt]) -> Iterator[Attempt]:
    """Attempts in which free arrays are like fields of the objects that others are, or as long as these."""
    first = next((one for one in attempts if not one.is_sure and one.steps is None), None)
    if first is None or any(word is None for _, word in first.arguments):
        return
    words = [(name, parse_word(word or "")) for name, word in first.arguments]
    objects = [word for _, word in words if not isinstance(word, (ArrayWord, ValueWord))]
    free = [index for index, (_, word) in enumerate(words) if isinstance(word, ArrayWord)]
    sizes = _sizes(objects)
    if not free or not sizes:
        return
    names = _names(function, len(words))
    named = [
        word_for(PROJECT.array(names[index] if name is None else name))
        for index, (name, _) in enumerate(words)
    ]
    like = [named[index] if isinstance(named[index], ArrayWord) else None for index in free]
    choices = [
        [one] if one is not None else [_sized(words[index][1], size) for size in sizes]
        for index, one in zip(free, like, strict=True)
    ]
    for chosen in itertools.islice(itertools.product(*choices), MAX_FITTED):
        arguments = list(first.arguments)
        for index, word in zip(free, chosen, strict=True):
            arguments[index] = (arguments[index][0], str(word))
        yield replace(first, arguments=tuple(arguments))


def _sizes(objects: Iterable[Word]) -> list[int]:
    """The commonest lengths of the axes of arrays in the objects."""
    counts: Counter[int] = Counter()
    for word in objects:
        try:
            leaves = jax.tree_util.tree_leaves(values.make(word))
        except Exception:  # noqa: BLE001, S112 - it cannot be made, as the attempt itself has shown
            continue
        counts.update(leaf.shape[0] for leaf in leaves if isinstance(leaf, jax.Array) and leaf.shape)
    return [size for size, _ in counts.most_common(MAX_SIZES)]


def _sized(word: Word, size: int) -> ArrayWord:
    assert isinstance(word, ArrayWord)
    return replace(word, shape=(size, *word.shape[1:]))


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """What a function calls its arguments."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    return [*names, *[""] * count][:count]
