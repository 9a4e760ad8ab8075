"""Typed access to ``versions.toml``: what left a library, or is leaving it, in which version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

from jaxlint.knowledge.tables import load_table

Version: TypeAlias = "tuple[int, ...]"


@dataclass(frozen=True, slots=True)
class Bound:
    """How new a library may be: up to ``version``, with it or without; None stands for any version."""

    version: Version | None = None
    inclusive: bool = True

    def reaches(self, version: str) -> bool:
        """Whether some version that is allowed is at least ``version``."""
        if self.version is None:
            return True
        other = parse_version(version)
        size = max(len(self.version), len(other))
        mine, theirs = (_padded(self.version, size), _padded(other, size))
        return mine >= theirs if self.inclusive else mine > theirs

    def lower(self, other: Bound) -> Bound:
        """The stricter of two bounds."""
        if self.version is None or other.version is None:
            return other if self.version is None else self
        size = max(len(self.version), len(other.version))
        mine = (_padded(self.version, size), self.inclusive)
        return self if mine <= (_padded(other.version, size), other.inclusive) else other


def _padded(version: Version, size: int) -> Version:
    return version + (0,) * (size - len(version))


NEWEST = Bound()
"""No bound at all."""


class Part(Enum):
    """What kind of thing a row speaks of."""

    NAME = "names"
    MODULE = "modules"
    ARGUMENT = "arguments"
    METHOD = "methods"
    STATEMENT = "statements"
    OPTION = "options"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was removed or deprecated.

    ``name`` is a dotted name; that of an argument is ``function(argument=)``, that of an array's method
    ``jax.Array.method``. ``only_imported``: a module whose name is taken by something that may be used;
    ``called``: an attribute that must not be called; ``unless_none``: an argument that may be None.
    """

    name: str
    part: Part
    library: str = "jax"
    deprecated: str | None = None
    removed: str | None = None
    use: str | None = None
    only_imported: bool = False
    called: bool = False
    unless_none: bool = False


def parse_version(text: str) -> Version:
    """A version as numbers that compare; what follows them (``rc1``, ``.dev0``, ``+cuda``) is left out."""
    numbers = []
    for part in text.strip().removeprefix("v").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)


@cache
def changes() -> dict[str, Change]:
    """Every change by its name."""
    table = load_table("versions")
    return {change.name: change for part in Part for row in table[part.value] for change in _read(part, row)}


_FACTS = ("library", "deprecated", "removed", "only_imported", "called", "unless_none")


def _read(part: Part, row: dict[str, Any]) -> Iterator[Change]:
    facts = {key: row[key] for key in _FACTS if key in row}
    for word in row["names"].split():
        use = row["use"].replace("{name}", word.rpartition(".")[2]) if "use" in row else None
        for name in _names(part, row, word):
            yield Change(name, part, use=use, **facts)


def _names(part: Part, row: dict[str, Any], word: str) -> list[str]:
    if part is Part.NAME:
        return [f"{row['module']}.{word}"]
    if part is Part.ARGUMENT:
        return [f"{function}({word}=)" for function in row["functions"].split()]
    if part is Part.METHOD:
        return [f"jax.Array.{word}"]
    if part is Part.STATEMENT:
        return [f"with {word}"]
    if part is Part.OPTION:
        return [f"option {word}"]
    return [word]


@cache
def outdated_functions() -> frozenset[str]:
    """Functions of which some argument is listed."""
    return frozenset(
        name.partition("(")[0] for name, change in changes().items() if change.part is Part.ARGUMENT
    )


@cache
def outdated_methods() -> frozenset[str]:
    """Attributes of arrays that are listed."""
    return frozenset(
        name.rpartition(".")[2] for name, change in changes().items() if change.part is Part.METHOD
    )


def private_part(dotted: str) -> str | None:
    """The first private module or name in a dotted name of JAX; None where all of it is public."""
    words = dotted.split(".")
    if words[0] not in ("jax", "jaxlib"):
        return None
    for index, word in enumerate(words):
        if word.startswith("_") and not word.endswith("__"):
            return ".".join(words[: index + 1])
    return None
