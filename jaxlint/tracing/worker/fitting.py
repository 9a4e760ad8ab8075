"""Arrays of the sizes that others have, for functions that no other array fits."""

from __future__ import annotations

import contextlib
import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from jaxlint.tracing.protocol import Attempt
from jaxlint.tracing.signatures import ArrayWord, DictWord, SequenceWord, ValueWord, Word, parse_word
from jaxlint.tracing.words import word_for
from jaxlint.tracing.worker import values
from jaxlint.tracing.worker.makers import PROJECT

MAX_SIZES = 8
MAX_FITTED = 64
"""Sets of arguments that are tried."""
BATCH = 3
"""How many of what the function takes are in a batch."""

_LABELS = frozenset("label labels target targets y tokens token ids input_ids".split())
"""What people call arrays that hold integers."""


def fitted(
    function: Callable[..., Any], attempts: Iterable[Attempt], held: Callable[[], Iterable[Any]]
) -> Iterator[Attempt]:
    """Attempts in which free arrays are like fields of the objects beside them, or as long as these.

    What the function itself takes from elsewhere (``held``) counts as well.
    """
    first = next((one for one in attempts if not one.is_sure and one.steps is None), None)
    if first is None or any(word is None for _, word in first.arguments):
        return
    words = [parse_word(word or "") for _, word in first.arguments]
    sizes = _sizes((word for word in words if not isinstance(word, (ArrayWord, ValueWord))), held)
    names = _names(function, first.arguments)
    free = [one for name, word in zip(names, words, strict=True) for one in _arrays(word, name)]
    if not free or not sizes:
        return
    choices = [_choices(name, word, sizes) for name, word in free]
    for chosen in itertools.islice(itertools.product(*choices), MAX_FITTED):
        arrays = iter(chosen)
        arguments = zip(first.arguments, words, strict=True)
        yield replace(
            first,
            arguments=tuple((keyword, str(_with_arrays(word, arrays))) for (keyword, _), word in arguments),
        )


def _arrays(word: Word, name: str) -> Iterator[tuple[str, ArrayWord]]:
    """The arrays in an argument, each with what it is called."""
    if isinstance(word, ArrayWord):
        yield name, word
    elif isinstance(word, SequenceWord):
        for item in word.items:
            yield from _arrays(item, name)
    elif isinstance(word, DictWord):
        for key, item in word.items:
            yield from _arrays(item, str(key))


def _with_arrays(word: Word, arrays: Iterator[ArrayWord]) -> Word:
    """The argument with others in the places of its arrays."""
    if isinstance(word, ArrayWord):
        return next(arrays)
    if isinstance(word, SequenceWord):
        return replace(word, items=tuple(_with_arrays(item, arrays) for item in word.items))
    if isinstance(word, DictWord):
        return replace(word, items=tuple((key, _with_arrays(item, arrays)) for key, item in word.items))
    return word


def _choices(name: str, word: ArrayWord, sizes: Iterable[int]) -> list[ArrayWord]:
    """What an array may be: like the one that an object of the project calls so, or of one of the sizes."""
    like = word_for(PROJECT.array(name))
    if isinstance(like, ArrayWord):
        return [like]
    labels = [replace(word, dtype="i32")] if name in _LABELS else []
    return [*labels, *(one for size in sizes for one in _sized(word, size))]


def _sizes(objects: Iterable[Word], held: Callable[[], Iterable[Any]]) -> list[int]:
    """The commonest lengths of the axes of arrays in the objects, then of those that are held."""
    beside: Counter[int] = Counter()
    for word in objects:
        # What cannot be made has been told by the attempt itself.
        with contextlib.suppress(Exception):
            beside.update(shape[0] for shape in _shapes(values.make(word)) if shape)
    around = Counter(size for value in held() for shape in _shapes(value) for size in shape)
    sizes = [size for counts in (beside, around) for size, _ in counts.most_common(MAX_SIZES)]
    return list(dict.fromkeys(sizes))


def _shapes(value: Any) -> Iterator[tuple[int, ...]]:
    """The shapes of the arrays in a value."""
    with contextlib.suppress(Exception):  # objects of the user's may not let themselves be flattened
        for leaf in jax.tree_util.tree_leaves(value):
            if isinstance(leaf, (jax.Array, np.ndarray)):
                yield leaf.shape


def _sized(word: ArrayWord, size: int) -> Iterator[ArrayWord]:
    """The array with a first axis of that length, and with a last one behind others."""
    yield replace(word, shape=(size, *word.shape[1:]))
    yield replace(word, shape=(*(word.shape[:-1] or (BATCH,)), size))


def _names(function: Callable[..., Any], arguments: Sequence[tuple[str | None, object]]) -> list[str]:
    """What a function calls its arguments."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    names = [*names, *[""] * len(arguments)]
    return [keyword or name for (keyword, _), name in zip(arguments, names, strict=False)]
