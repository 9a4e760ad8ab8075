"""Words for the arguments of real calls; the other way round from ``signatures``."""

from __future__ import annotations

import dataclasses
from typing import Any

from jaxlint.tracing.signatures import (
    DTYPES,
    ArrayWord,
    DictWord,
    KeyWord,
    NewWord,
    RefWord,
    SequenceWord,
    ValueWord,
    Word,
)

_SHORT = {name: short for short, name in DTYPES.items()}
_LITERALS = (bool, int, float, complex, str, bytes, type(None))
MAX_ITEMS = 64
"""Larger containers have no word."""


def word_for(value: Any, *, static: bool = False) -> Word | None:
    """The word for a value; None where there is none, as for objects of the user's classes."""
    if type(value) in _LITERALS:
        return ValueWord(value, static=static)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _array(value)
    if (fields := _fields(value)) is not None:
        return _made(value, fields)
    if type(value) in (tuple, list) and len(value) <= MAX_ITEMS:
        items = [word_for(item, static=static) for item in value]
        return None if None in items else SequenceWord(type(value).__name__, tuple(filter(None, items)))
    if type(value) is dict and len(value) <= MAX_ITEMS and all(type(key) in _LITERALS for key in value):
        entries = [(key, word_for(item, static=static)) for key, item in value.items()]
        known = tuple((key, word) for key, word in entries if word is not None)
        return DictWord(known) if len(known) == len(entries) else None
    return _named(value)


def _array(value: Any) -> Word | None:
    name = str(value.dtype)
    shape = tuple(int(size) for size in value.shape)
    if name.startswith("key<"):
        return KeyWord(shape)
    if name not in _SHORT:
        return None
    on_host = type(value).__module__.partition(".")[0] == "numpy"
    return ArrayWord(_SHORT[name], shape, on_host)


def _fields(value: Any) -> list[str] | None:
    """The fields of a named tuple or dataclass, which can be made again from them."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(value._fields)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [field.name for field in dataclasses.fields(value) if field.init]
    return None


def _made(value: Any, fields: list[str]) -> Word | None:
    words = [(name, word_for(getattr(value, name, None))) for name in fields]
    known = tuple((name, word) for name, word in words if word is not None)
    kind = _named(type(value))
    return NewWord(kind.dotted, known) if isinstance(kind, RefWord) and len(known) == len(words) else None


def _named(value: Any) -> Word | None:
    """A function or class that can be imported by its name."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not callable(value) or not module or not name or "<" in name or module == "__main__":
        return None
    return RefWord(f"{module}.{name}")


def kind_of(value: Any) -> str:
    """What can be said of a value without a word: its type."""
    return f"{type(value).__module__}.{type(value).__qualname__}"
