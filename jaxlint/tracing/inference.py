"""Guesses arguments from a function's text: annotations first, then names and uses, then a bounded search."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from jaxlint.knowledge.samples import sample_of_parameter
from jaxlint.tracing.annotations import ARRAY, SIZE, word_of
from jaxlint.tracing.functions import FunctionInfo
from jaxlint.tracing.signatures import is_function_name, is_key_name, is_keys_name, is_loss_name
from jaxlint.tracing.usage import Use, uses

Arguments = tuple[tuple["str | None", "str | None"], ...]

MAX_GUESSES = 24
"""Sets of arguments that are tried for one function."""

ANNOTATIONS, USE, SEARCH = "annotations", "use", "search"

_INTEGERS = frozenset(
    """i j n idx index indices ids token tokens label labels step t action actions length lengths
    position positions segment_ids""".split()
)
_FLAGS = frozenset("train training is_training deterministic verbose debug test eval inference".split())
_RANKS = (1, 0, 2, 3, 4)


class Guess:
    """What is known of one parameter: a word, or an array whose rank is to be found."""

    def __init__(
        self, word: str | None, least: int = 0, exact: int | None = None, dtype: str = "f32"
    ) -> None:
        self.word, self.least, self.exact, self.dtype = word, least, exact, dtype

    def at(self, rank: int, *, is_float: bool = False) -> str:
        """The word if free arrays have that rank; ``is_float`` where integers are not to be believed."""
        if self.word is not None:
            return self.word
        dimensions = self.exact if self.exact is not None else max(rank, self.least)
        return f"{'f32' if is_float else self.dtype}[{','.join([str(SIZE)] * dimensions)}]"

    @property
    def is_free(self) -> bool:
        """Whether the search decides about it."""
        return self.word is None and self.exact is None


def guesses(
    info: FunctionInfo,
    static: frozenset[str],
    class_word: Callable[[str], str | None],
    held: AbstractSet[str],
    functions: Mapping[str, ast.FunctionDef],
    packages: AbstractSet[str] = frozenset(),
) -> Iterator[tuple[str, Arguments]]:
    """Arguments to try, the likeliest first, each with the source that the report names.

    ``static`` are parameters that must not be traced, ``held`` those (by number or name) that a
    ``partial`` has given already, ``functions`` others of the module, which they may be passed to,
    ``packages`` those whose objects it may be given.
    """
    positional = [arg for number, arg in enumerate(info.required) if str(number) not in held]
    parameters = [arg for arg in (*positional, *info.required_keywords) if arg.arg not in held]
    found = uses(info.node, frozenset(arg.arg for arg in parameters), functions)
    sizes: dict[str, int] = {}
    annotated = [word_of(arg.annotation, class_word, sizes) for arg in parameters]
    guessed = [
        _guess(arg.arg, word, found[arg.arg], packages, is_static=arg.arg in static)
        for arg, word in zip(parameters, annotated, strict=True)
    ]
    source = SEARCH if any(guess.is_free for guess in guessed) else USE
    if parameters and all(word not in (None, ARRAY) for word in annotated):
        source = ANNOTATIONS
    keywords = frozenset(arg.arg for arg in info.required_keywords)
    seen = set()
    for ranks, is_float in _variants(guessed):
        free = iter(ranks)
        words = [guess.at(next(free) if guess.is_free else 0, is_float=is_float) for guess in guessed]
        arguments = tuple(
            (arg.arg if arg.arg in keywords else None, word)
            for arg, word in zip(parameters, words, strict=True)
        )
        if arguments not in seen:
            seen.add(arguments)
            yield source, arguments
        if len(seen) >= MAX_GUESSES:
            return


def _variants(guessed: list[Guess]) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Ranks of the free arrays; those that look like integers are tried as numbers, too."""
    count = sum(guess.is_free for guess in guessed)
    has_integers = any(guess.is_free and guess.dtype != "f32" for guess in guessed)
    for number, ranks in enumerate(_rankings(count)):
        yield ranks, False
        if has_integers and number < len(_RANKS):
            yield ranks, True


def _rankings(count: int) -> Iterator[tuple[int, ...]]:
    """Ranks for the free arrays: all the same, then the first above or below the rest, then any two."""
    for rank in _RANKS:
        yield (rank,) * count
    for first, rest in ((2, 1), (1, 0), (2, 0), (1, 2), (0, 1), (3, 1), (0, 2), (3, 2), (4, 1)):
        yield (first,) + (rest,) * (count - 1) if count else ()
    for last, rest in ((0, 1), (0, 2), (1, 2), (2, 1), (1, 0)):
        yield (rest,) * (count - 1) + (last,) if count else ()
    if count == 3:
        yield from ((2, 1, 1), (2, 2, 1), (1, 2, 1), (1, 1, 2), (2, 1, 0), (1, 1, 0), (0, 1, 2))


def _guess(
    name: str, annotated: str | None, use: Use, packages: AbstractSet[str], *, is_static: bool
) -> Guess:
    if annotated is None and (sample := sample_of_parameter(name, use.attributes, packages)):
        return Guess(sample)
    if is_static:
        return Guess(_static(name, annotated, use))
    if annotated not in (None, ARRAY):
        return Guess(annotated)
    return _by_use(name, use, is_array=annotated == ARRAY)


def _static(name: str, annotated: str | None, use: Use) -> str:
    if use.strings:
        return f"static:{use.strings[0]!r}"
    if use.is_called:
        return "function"
    if annotated is not None and annotated.startswith(("ref:", "new:", "function", "'")):
        return annotated
    if annotated == "True" or name in _FLAGS:
        return "static:True"
    if annotated == "f32[]":
        return "static:1.0"
    return "static:2"


def _by_use(name: str, use: Use, *, is_array: bool = False) -> Guess:
    if not is_array:
        if use.is_key or is_key_name(name):
            return Guess("key")
        if is_keys_name(name) and not use.attributes:
            return Guess(f"key[{SIZE}]")
        if use.is_called:
            is_number = use.is_differentiated or is_loss_name(name)
            return Guess(
                "function:f32[]" if is_number else f"function:{use.results}" if use.results else "function"
            )
        if use.strings:
            return Guess(repr(use.strings[0]))
        if use.keys:
            return Guess(_dict(use))
        if use.is_mapping:
            return Guess(f"{{'{name}': f32[{SIZE}]}}")
        if use.parts:
            return Guess(_sequence(use))
        if (word := _by_name(name, use)) is not None:
            return Guess(word)
        if use.is_size and not use.least_rank:
            return Guess(str(SIZE))
    is_integer = use.is_index or name in _INTEGERS
    dtype = "i32" if (is_integer and use.least_rank == 0) or name in _INTEGERS else "f32"
    return Guess(None, use.least_rank, use.rank, dtype)


def _by_name(name: str, use: Use) -> str | None:
    """What names alone tell of values that are no arrays."""
    if name in _FLAGS:
        return "True"
    if name == "dtype" or name.endswith("_dtype"):
        return "ref:jax.numpy.float32"
    if name in {"axis", "axes"}:
        return "0"
    if is_function_name(name) and not use.attributes:
        return "function:f32[]" if is_loss_name(name) else "function"
    is_count = name in {"n", "k", "size", "num"} or name.startswith(("num_", "n_"))
    return str(SIZE) if is_count and not (use.least_rank or use.attributes or use.is_iterated) else None


def _dict(use: Use) -> str:
    return "{" + ", ".join(f"{key!r}: {_element(str(key), part)}" for key, part in use.keys.items()) + "}"


def _sequence(use: Use) -> str:
    parts = [_element("", part) for part in use.parts or []]
    if use.is_iterated:
        return f"[{', '.join(parts * 2)}]"
    return f"({', '.join(parts)},)"


def _element(name: str, use: Use) -> str:
    """A part of a container; weights are square, so that products fit."""
    guess = _by_use(name, use)
    is_weight = name.lower() in {"w", "weight", "weights", "kernel"}
    return guess.at(2 if is_weight else 1)


def parameter_names(node: ast.FunctionDef | ast.Lambda) -> list[str]:
    """All parameters that can be given by position."""
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
