"""Small objects of libraries, for parameters that want one: which type or name asks for which."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from jaxlint.knowledge.tables import load_table


@dataclass(frozen=True, slots=True)
class Sample:
    """A word that makes an object; what types it serves, and parameters that it is passed to."""

    types: frozenset[str]
    word: str
    names: frozenset[str]
    attributes: frozenset[str]

    @property
    def library(self) -> str:
        """The package that makes it."""
        return self.word.removeprefix("new:").partition(".")[0]


@cache
def samples() -> tuple[Sample, ...]:
    """The table."""
    return tuple(
        Sample(frozenset(row["types"]), row["word"], frozenset(row["names"]), frozenset(row["attributes"]))
        for row in load_table("samples")["samples"]
    )


def sample_of_type(dotted: str) -> str | None:
    """The word for an object of a type, by the package and the last part of its name."""
    package, last = dotted.partition(".")[0], dotted.rpartition(".")[2]
    for one in samples():
        if dotted in one.types or f"{package}.{last}" in one.types:
            return one.word
    return None


def sample_of_parameter(name: str, attributes: AbstractSet[str], packages: Iterable[str]) -> str | None:
    """The word for a parameter by its name and what the body reads of it, where its library is in use."""
    known = frozenset(packages)
    for one in samples():
        if one.library in known and name in one.names and attributes & one.attributes:
            return one.word
    return None
