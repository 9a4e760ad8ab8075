"""Guesses arguments from a function's text: what its parameters are called, annotated with, and used for."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.tracing.functions import FunctionInfo

Arguments = tuple[tuple["str | None", "str | None"], ...]

_KEYS = frozenset("key rng prng prng_key rng_key random_key subkey seed_key keys".split())


def guesses(info: FunctionInfo) -> Iterator[tuple[str, Arguments]]:
    """Arguments to try, the likeliest first, each with the source that the report names."""
    for shape in ("f32[3]", "f32[]", "f32[3,3]", "f32[2,3,3]", "i32[]", "i32[3]"):
        positional = tuple((None, _word(arg.arg, shape)) for arg in info.required)
        keywords = tuple((arg.arg, _word(arg.arg, shape)) for arg in info.required_keywords)
        yield "search", (*positional, *keywords)


def _word(name: str, shape: str) -> str:
    return "key" if name in _KEYS else shape
