"""The scenarios, one module for each family of rules; `Scenarios` says what such a module holds."""

from __future__ import annotations

from dataclasses import dataclass

Seed = tuple[int, str, str]
"""The number of a scenario in the project's list, its name, and the program behind the common imports."""


@dataclass(frozen=True)
class Scenarios:
    """Programs, and the numbers of the scenarios that must have a wrong and a right one among them."""

    seeds: tuple[Seed, ...]
    wrong: frozenset[int]
    right: frozenset[int]
