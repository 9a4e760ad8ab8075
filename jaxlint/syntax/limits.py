"""Texts that no parser reads in reasonable time: found before one tries."""

from __future__ import annotations

import re

MAX_BRACKETS = 200
"""Brackets opened directly behind each other; CPython's own parser gives up at as many."""

MAX_OPERATORS = 1500
"""Operators, subscripts and attributes on one line."""

LONG_LINE = 6000
"""Shorter lines are not looked at."""

_BRACKETS = re.compile(rf"(?:[(\[{{]\s*){{{MAX_BRACKETS}}}")
_OPERATOR = re.compile(
    r"(?<![0-9][eE])(?<=[\w\])\"'])\s*(?:[-+*/%&|^@](?!=)|\.(?=[a-zA-Z_])|\[|\(|\bif\b)|\b(?:and|or|not)\b|-(?=-)"
)


MAX_NESTED = 300
"""Words and operators on one line of which each stands inside the one before."""

_NESTING = re.compile(r"\b(?:if|not|lambda)\b|\*\*")


def is_too_deep(text: str) -> bool:
    """Whether ``text`` holds an expression nested so deeply that parsing it would take minutes."""
    if _BRACKETS.search(text):
        return True
    return any(len(line) > MAX_NESTED and _is_deep_line(line) for line in text.splitlines())


def _is_deep_line(line: str) -> bool:
    if len(_NESTING.findall(line)) > MAX_NESTED:
        return True
    return len(line) > LONG_LINE and len(_OPERATOR.findall(line)) > MAX_OPERATORS
