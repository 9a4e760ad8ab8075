"""The operations that XLA is handed, as plain data: one graph for each computation, functions inlined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: its name, the numbers of the nodes it uses, its type as StableHLO writes it.

    ``operands`` are the types of what it uses, arguments of the computation included; ``attributes`` is a
    hash of what else it is given, such as the bounds of a slice; ``body`` counts the operations in regions
    that are part of it, such as the comparison of a sort; ``pieces`` the kernels it needs besides its own.
    """

    name: str
    inputs: tuple[int, ...]
    type: str
    operands: tuple[str, ...] = ()
    attributes: int = 0
    body: int = 0
    pieces: int = 0


@dataclass(slots=True)
class Graph:
    """One computation, each node after those it uses; ``outputs`` are the nodes whose values leave it."""

    nodes: list[Node] = field(default_factory=list)
    outputs: set[int] = field(default_factory=set)

    def users(self) -> list[list[int]]:
        """Return for each node those that use it."""
        result: list[list[int]] = [[] for _ in self.nodes]
        for number, node in enumerate(self.nodes):
            for used in dict.fromkeys(node.inputs):
                result[used].append(number)
        return result


def count(graphs: Iterable[Graph]) -> Counter[str]:
    """Count the operations of all computations by name."""
    return Counter(node.name for graph in graphs for node in graph.nodes)
