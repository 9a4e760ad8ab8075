"""The displays of abstract values, compared with what the real JAX has at run time.

``traced f32[3,?]``, ``tuple(static 3, array key[])``, ``static str | static None``: the words of the
analyzer. A display may know less than JAX does (``?``, ``unknown``), never something else.
"""

from __future__ import annotations

import importlib
import re
import types
from collections.abc import Callable, Iterator
from typing import Any

_ARRAY = re.compile(r"^(?P<level>array|grad|traced|numpy) (?P<dtype>\w+|\?)\[(?P<dims>[^\]]*)\]$")
_BRACKETED = re.compile(r"^(?P<word>\w+)(?P<bracket>[\[({])(?P<inside>.*)[\])}]$", re.DOTALL)
_STATIC_TYPES = {"int": int, "float": float, "str": str, "bool": bool}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def disagreement(display: str, value: object) -> str | None:
    """Say how ``value`` differs from ``display``; None where it does not.

    A union agrees when one of its members does; the origin after ``<-`` is not looked at.
    """
    stated, *_ = split(display, " <- ")
    problems = [_compare(member.strip(), value) for member in split(stated, " | ")]
    return None if None in problems else problems[0]


def split(text: str, separator: str) -> list[str]:
    """Split at the separators that stand outside of brackets and quotes."""
    parts, start, position = [], 0, 0
    while position < len(text):
        if text.startswith(separator, position):
            parts.append(text[start:position])
            position = start = position + len(separator)
        elif text[position] in "'\"" or text[position] in _CLOSING:
            position = _end_of_group(text, position)
        else:
            position += 1
    return [*parts, text[start:]]


def _end_of_group(text: str, start: int) -> int:
    """The position after the bracket or quote that closes the one at ``start``."""
    opening, position = text[start], start + 1
    closing = _CLOSING.get(opening, opening)
    while position < len(text) and text[position] != closing:
        if opening in _CLOSING and (text[position] in "'\"" or text[position] in _CLOSING):
            position = _end_of_group(text, position)
        else:
            position += 2 if text[position] == "\\" else 1
    return position + 1


def _compare(display: str, value: Any) -> str | None:
    if display == "unknown":
        return None
    if match := _ARRAY.match(display):
        return _compare_array(match["level"], match["dtype"], match["dims"], value)
    word, _, rest = display.partition(" ")
    if word in _WORDS and rest:
        return _WORDS[word](rest, value)
    if display == "static":
        return _compare_static("", value)
    if match := _BRACKETED.match(display):
        return _compare_container(match["word"], match["bracket"], match["inside"], value)
    return f"`{display}` is no display"


def _compare_array(level: str, dtype: str, dims: str, value: Any) -> str | None:
    actual = _level(value)
    if actual != level:
        return f"its level is {actual} ({type(value).__name__})"
    shape, name = tuple(value.shape), short_name(value.dtype)
    if dtype not in ("?", name):
        return f"its dtype is {name}"
    stated = [] if dims == "" else dims.split(",")
    if stated == ["..."]:
        return None
    if len(stated) != len(shape) or any(
        known not in ("?", str(size)) for known, size in zip(stated, shape, strict=True)
    ):
        return f"its shape is {shape}"
    return None


def short_name(dtype: Any) -> str:
    """``f32`` for float32, ``key`` for any typed key."""
    name = str(dtype)
    if name.startswith("key<"):
        return "key"
    match = re.match(r"^(bf|f|u?i|c)[a-z]*?(\d+)$", name)
    if match is None:
        return name
    return {"ui": "u"}.get(match[1], match[1]) + match[2]


def _level(value: Any) -> str:
    """``array``, ``grad``, ``traced`` or ``numpy``; ``static`` for everything else."""
    jax = importlib.import_module("jax")
    numpy = importlib.import_module("numpy")
    if isinstance(value, jax.core.Tracer):
        # No public function says whether a tracer knows its value.
        core = importlib.import_module("jax._src.core")
        return "grad" if core.is_concrete(value) else "traced"
    if isinstance(value, jax.Array):
        return "array"
    return "numpy" if isinstance(value, (numpy.ndarray, numpy.generic)) else "static"


def _compare_tree(level: str, value: Any) -> str | None:
    leaves = importlib.import_module("jax").tree.leaves(value)
    others = {_level(leaf) for leaf in leaves} - {level}
    return f"it has leaves of level {', '.join(sorted(others))}" if others else None


def _compare_static(rest: str, value: Any) -> str | None:
    if _level(value) != "static":
        return f"its level is {_level(value)}"
    if rest in _STATIC_TYPES:
        same = type(value) is _STATIC_TYPES[rest]
        return None if same else f"its type is {type(value).__name__}"
    if rest and repr(value) != rest:
        return f"it is {value!r}"
    return None


def _compare_container(word: str, bracket: str, inside: str, value: Any) -> str | None:
    kinds: dict[str, type[Any]] = {"tuple": tuple, "list": list, "dict": dict, "set": set}
    if word == "iterator":
        return None if hasattr(value, "__next__") else f"it is a {type(value).__name__}"
    if word not in kinds:
        return f"`{word}` is no display"
    if not isinstance(value, kinds[word]):
        return f"it is a {type(value).__name__}"
    if bracket == "[":
        elements = value.values() if word == "dict" else value
        return next(filter(None, (disagreement(inside, each) for each in elements)), None)
    stated = [part.strip() for part in split(inside, ",")] if inside.strip() else []
    return _compare_items(stated, value) if word == "dict" else _compare_elements(stated, value)


def _compare_elements(stated: list[str], value: Any) -> str | None:
    if len(stated) != len(value):
        return f"it has {len(value)} elements"
    problems: Iterator[str | None] = map(disagreement, stated, value)
    return next((f"element {i}: {text}" for i, text in enumerate(problems) if text), None)


def _compare_items(stated: list[str], value: dict[object, object]) -> str | None:
    displays = dict(split(part, ": ") for part in stated)
    actual = {repr(key): item for key, item in value.items()}
    if displays.keys() != actual.keys():
        return f"its keys are {', '.join(actual)}"
    for key, display in displays.items():
        if text := disagreement(display, actual[key]):
            return f"item {key}: {text}"
    return None


def _compare_function(name: str, value: Any) -> str | None:
    if not callable(value):
        return f"it is a {type(value).__name__}"
    actual = getattr(value, "__name__", name)
    return None if actual == name else f"it is the function {actual}"


def _compare_class(name: str, value: Any) -> str | None:
    same = isinstance(value, type) and value.__name__ == name
    return None if same else f"it is {value!r}"


def _compare_module(name: str, value: Any) -> str | None:
    same = isinstance(value, types.ModuleType) and value.__name__ == name
    return None if same else f"it is {value!r}"


def _compare_instance(name: str, value: Any) -> str | None:
    actual = type(value).__name__
    return None if actual == name else f"it is a {actual}"


def _compare_library(name: str, value: Any) -> str | None:
    path = name.split(".")
    for length in range(len(path), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(path[:length]))
        except ImportError:
            continue
        for attribute in path[length:]:
            found = getattr(found, attribute, None)
        return None if found is value else f"it is {value!r}"
    return f"there is no {name}"


_WORDS: dict[str, Callable[[str, Any], str | None]] = {
    "static": _compare_static,
    "traced": lambda rest, value: _compare_leveled_tree("traced", rest, value),
    "grad": lambda rest, value: _compare_leveled_tree("grad", rest, value),
    "function": _compare_function,
    "class": _compare_class,
    "module": _compare_module,
    "instance": _compare_instance,
    "library": _compare_library,
}


def _compare_leveled_tree(level: str, rest: str, value: Any) -> str | None:
    return _compare_tree(level, value) if rest == "tree" else f"`{level} {rest}` is no display"
