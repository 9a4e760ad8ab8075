"""The operations that XLA is handed, as plain data: one graph for each computation, functions inlined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: its name, the numbers of the nodes it uses, its type as StableHLO writes it.

    ``operands`` are the types of what it uses, arguments of the computation included; ``attributes`` is a
    hash of what else it is given, such as the bounds of a slice; ``body`` counts the operations in regions
    that are part of it, such as the comparison of a sort; ``pieces`` the kernels it needs besides its own,
    ``copies`` the operands that are copied into another order of axes before.
    """

    name: str
    inputs: tuple[int, ...]
    type: str
    operands: tuple[str, ...] = ()
    attributes: int = 0
    body: int = 0
    pieces: int = 0
    copies: int = 0


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

    def needed(self, kept: Iterable[int]) -> list[int]:
        """Return in order what the outputs are computed from, and the nodes of ``kept`` with theirs."""
        wanted = self.outputs | set(kept)
        for number in reversed(range(len(self.nodes))):
            if number in wanted:
                wanted.update(self.nodes[number].inputs)
        return sorted(wanted)

    def only(self, numbers: Sequence[int]) -> Graph:
        """Return the graph of some of the nodes, with numbers of their own."""
        new = {number: index for index, number in enumerate(numbers)}
        nodes = [
            replace(node, inputs=tuple(new[used] for used in node.inputs))
            for node in map(self.nodes.__getitem__, numbers)
        ]
        return Graph(nodes, {new[number] for number in self.outputs})
