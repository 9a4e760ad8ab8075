"""Guesses how XLA for CPUs fuses operations into kernels, the pieces that LLVM compiles.

Compilation takes as long as LLVM needs for the kernels, so their number and size tell more than the number
of operations. The guess follows what XLA's optimised programs show: an operation on elements is computed
inside of the kernels that use it, unless it is expensive and used twice, or would be computed too often, or
is also needed for something in between; a chain of which each result is also needed by itself is computed
anew in each of their kernels.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from jaxlint.tracing.measure.graphs import Graph, Node
from jaxlint.tracing.measure.operations import (
    BRANCHING,
    DEAR,
    ELEMENTWISE,
    EXPENSIVE,
    FREE,
    LIKE_ONE,
    MADE,
    MOVING,
    REDUCING,
    SHIFTING,
    SUMS,
    has_one_element,
    is_even,
    is_stretched,
    repeats,
)

MOST_DUPLICATION = 15
"""XLA fuses nothing that would be computed more often than this in one kernel."""
MOST_CONCATENATED = 8
"""Concatenations of more are kernels of their own, and so is each of their operands."""
FIRST_OF_CHAIN = 50
"""So many of the first operations in a chain with slices stay in memory, if they are needed elsewhere too."""
MOST_VISITS = 200_000
"""The guess ends after so many steps; the kernels that are left are taken to be like those that were seen."""

_SEVERAL = -1
"""In the place of one kernel."""
_LOOK_AHEAD = 400
"""Nodes looked at to find out whether one is needed for something in between."""


@dataclass(slots=True)
class Kernel:
    """One kernel: instructions in it by kind, and a signature that equal kernels share.

    ``count`` is greater than one for kernels that were not looked at, and are taken to be like this.
    """

    root: str
    type: str
    is_scalar: bool = False
    simple: int = 0
    expensive: float = 0.0
    uneven: float = 0.0
    branching: int = 0
    shifting: int = 0
    sums: int = 0
    pieces: int = 0
    copies: int = 0
    signature: int = 0
    count: int = 1

    def add(self, node: Node, times: int) -> None:
        """Count an operation that is computed so many times for each element."""
        if node.name in EXPENSIVE and not has_one_element(node.type):
            weight = times * LIKE_ONE.get(node.name, 1.0)
            self.expensive += weight
            if not is_even(node.type):
                self.uneven += weight
        elif node.name not in FREE:
            self.simple += times + node.body
        self.pieces += node.pieces
        if node.name in SUMS:
            self.sums += times
        if node.name in BRANCHING:
            self.branching += times
        if node.name in SHIFTING:
            self.shifting += times


@dataclass(slots=True)
class _Weights:
    """How often the nodes of one kernel are computed.

    Nodes are computed once for each *place* that indexes them differently. A set of places is the bits of
    one integer, since sets of thousands are joined for each of thousands of nodes; the places whose own
    number is the same form a class.
    """

    count: int = 0
    classes: dict[int, int] = field(default_factory=dict)

    def place(self, weight: int) -> int:
        """Return a new place, in which things are computed ``weight`` times."""
        bit = 1 << self.count
        self.count += 1
        self.classes[weight] = self.classes.get(weight, 0) | bit
        return bit

    def weigh(self, places: int) -> int:
        """Return how often something is computed that is needed in these places."""
        return sum(weight * (places & of_weight).bit_count() for weight, of_weight in self.classes.items())


class Fusion:
    """Finds the kernels of one computation."""

    def __init__(self, graph: Graph) -> None:
        """Decide for each node whether it may be computed inside of the kernels that use it."""
        self._nodes = graph.nodes
        self._users = graph.users()
        self._repeats = [repeats(node) for node in self._nodes]
        self._concatenated = self._concatenations()
        self._depths = self._chain_depths()
        self._roots = [
            number for number in range(len(self._nodes)) if self._is_root(number, number in graph.outputs)
        ]
        roots = set(self._roots)
        self._fusible = [number not in roots and self._may_fuse(number) for number in range(len(self._nodes))]
        self._keep_shared()

    def _keep_shared(self) -> None:
        """Make roots of what would be computed in several kernels and is too dear, or needed in between."""
        homes = list(range(len(self._nodes)))
        for number in reversed(range(len(self._nodes))):
            if not self._fusible[number]:
                continue
            around = {homes[user] for user in self._users[number]}
            is_single = len(around) == 1 and _SEVERAL not in around
            if (self._is_dear(number) and not is_single) or self._is_needed_between(number):
                self._fusible[number] = False
                self._roots.append(number)
            else:
                homes[number] = around.pop() if is_single else _SEVERAL

    def kernels(self) -> Iterator[Kernel]:
        """Yield the kernels; operations that XLA hands to a library are kernels too."""
        queue = [-number for number in self._roots]
        heapq.heapify(queue)
        seen: dict[int, Kernel] = {}
        left = MOST_VISITS
        while queue and left > 0:
            root = -heapq.heappop(queue)
            if root in seen or (self._nodes[root].name == "constant"):
                continue
            kernel, cut, steps = self._kernel(root)
            seen[root] = kernel
            left -= steps
            for number in cut:
                heapq.heappush(queue, -number)
            if self._nodes[root].name not in FREE or kernel.simple + kernel.expensive > 0:
                yield kernel
        if unseen := {-number for number in queue if self._computes(-number)} - set(seen):
            yield self._typical(seen, unseen)

    def _computes(self, root: int) -> bool:
        """Whether there is anything to do in the kernel of a root."""
        node = self._nodes[root]
        return node.name not in FREE or any(self._fusible[used] for used in node.inputs)

    def _typical(self, seen: dict[int, Kernel], unseen: set[int]) -> Kernel:
        """Return a kernel that stands for those that were not looked at.

        They are nearer to the start, and either as large as the others or smaller by as much as there is
        less before them: the mean of both, as ratios have it.
        """
        nearer = (sum(unseen) / len(unseen)) / (sum(seen) / len(seen))
        part = math.sqrt(min(nearer, 1.0)) / len(seen)

        def mean(name: str) -> int:
            total: int = sum(getattr(kernel, name) for kernel in seen.values())
            return round(part * total)

        return Kernel(
            "rest",
            "",
            simple=mean("simple"),
            expensive=mean("expensive"),
            uneven=mean("uneven"),
            branching=mean("branching"),
            shifting=mean("shifting"),
            sums=mean("sums"),
            signature=id(self._nodes),
            count=len(unseen),
        )

    def _concatenations(self) -> dict[int, int]:
        """Count the operands of each concatenation, those of concatenations in it and around it included."""
        result: dict[int, int] = {}
        for number, node in enumerate(self._nodes):
            if node.name == "concatenate":
                result[number] = len(node.operands) + sum(result.get(used, 1) - 1 for used in node.inputs)
        for number in reversed(result):
            result[number] = max([result[number], *(result.get(user, 0) for user in self._users[number])])
        return result

    def _chain_depths(self) -> list[int]:
        """Count the operations on elements in the longest chain that ends in each node."""
        depths: list[int] = []
        for node in self._nodes:
            before = max((depths[used] for used in node.inputs), default=0)
            depths.append(before + (node.name in ELEMENTWISE and bool(node.inputs)))
        return depths

    def _is_root(self, number: int, is_output: bool) -> bool:
        """Whether the value of a node must exist in memory."""
        node, users = self._nodes[number], self._users[number]
        if node.name == "concatenate" and any(self._concatenated.get(user, 0) for user in users):
            return False
        if is_output or not users or not self._may_fuse(number):
            return True
        return not all(self._is_consumer(user) for user in users)

    def _is_needed_between(self, number: int) -> bool:
        """Whether a way to one of its users leads through memory; XLA then keeps the node there too."""
        users = self._users[number]
        if len(users) < 2 or self._is_cheap_to_repeat(number):
            return False
        if self._depths[number] <= FIRST_OF_CHAIN and any(map(self._is_cut_out, self._nodes[number].inputs)):
            return True
        last = max(users)
        through = dict.fromkeys(users, False)
        queue = list(users)
        heapq.heapify(queue)
        for _ in range(_LOOK_AHEAD):
            if not queue:
                break
            current = heapq.heappop(queue)
            if through[current] and current in users:
                return True
            passed = through[current] or not self._fusible[current] or self._is_shared(current)
            is_dear = self._is_dear(current)
            for user in self._users[current]:
                if user > last:
                    continue
                if user not in through:
                    heapq.heappush(queue, user)
                is_repeated = is_dear and self._repeats[user] and not is_stretched(self._nodes[user])
                through[user] = through.get(user, False) or passed or is_repeated
        return False

    def _is_dear(self, number: int) -> bool:
        """Whether a node is worth computing only once."""
        return self._nodes[number].name in DEAR

    def _is_cut_out(self, number: int) -> bool:
        """Whether a node is a slice, whatever its form."""
        node = self._nodes[number]
        while node.name == "reshape" and node.inputs:
            node = self._nodes[node.inputs[0]]
        return node.name == "slice"

    def _is_shared(self, number: int) -> bool:
        """Whether a node should be computed once for all of its users."""
        return self._is_dear(number) and len(self._users[number]) > 1

    def _is_cheap_to_repeat(self, number: int) -> bool:
        """Whether no more than one array of its own size is read to compute a node."""
        node = self._nodes[number]
        rank = node.type.count("x")
        read = sum(operand.count("x") >= rank for operand in node.operands)
        made = (self._nodes[used] for used in node.inputs)
        return read - sum(used.name in MADE and used.type.count("x") >= rank for used in made) <= 1

    def _may_fuse(self, number: int) -> bool:
        node = self._nodes[number]
        is_sum = node.name in SUMS and len(node.operands) <= 2  # more give several arrays
        return node.name in ELEMENTWISE or node.name in MOVING or is_sum

    def _is_consumer(self, number: int) -> bool:
        name = self._nodes[number].name
        if name == "concatenate":
            return self._concatenated[number] <= MOST_CONCATENATED
        # What is added up in pieces must be in memory.
        is_reduced = name in REDUCING and not self._nodes[number].pieces
        return name in ELEMENTWISE or name in MOVING or is_reduced

    def _kernel(self, root: int) -> tuple[Kernel, list[int], int]:
        """Build the kernel of a root; return it, nodes that must be kernels themselves, and the work done."""
        node = self._nodes[root]
        kernel = Kernel(node.name, node.type, has_one_element(node.type))
        shape: list[object] = [node.name, node.type, node.operands, node.attributes]
        cut: list[int] = []
        steps = 0
        if self._is_consumer(root):
            steps = self._fill(kernel, root, shape, cut)
        else:
            kernel.simple += node.body
            kernel.pieces += node.pieces
            kernel.copies += node.copies
        kernel.signature = hash(tuple(shape))
        return kernel, cut, steps + 1

    def _fill(self, kernel: Kernel, root: int, shape: list[object], cut: list[int]) -> int:
        """Go from a root to all that is computed with it, users before what they use."""
        weights = _Weights()
        places = {root: weights.place(1)}
        local: dict[int, int] = {}
        repeated: set[int] = set()
        queue = [-root]
        while queue:
            number = -heapq.heappop(queue)
            node, mine = self._nodes[number], places.pop(number)
            times = weights.weigh(mine)
            if number != root and (
                not self._is_accepted(number, times, local) or (number in repeated and self._is_dear(number))
            ):
                cut.append(number)
                continue
            local[number] = len(local)
            shape.append(
                (
                    node.name,
                    node.type,
                    node.attributes,
                    tuple(local[user] for user in self._users[number] if user in local),
                )
            )
            kernel.add(node, times)
            if node.name not in ELEMENTWISE and node.name != "reshape":
                mine = weights.place(times)
            for used in node.inputs:
                if not self._fusible[used]:
                    continue
                if number in repeated or self._repeats[number]:
                    repeated.add(used)
                if used not in places:
                    heapq.heappush(queue, -used)
                places[used] = places.get(used, 0) | mine
        return len(local)

    def _is_accepted(self, number: int, times: int, local: dict[int, int]) -> bool:
        """Whether a node that may be fused is fused into the kernel whose nodes are in ``local``."""
        name = self._nodes[number].name
        if self._is_shared(number) and not all(user in local for user in self._users[number]):
            return False
        if name == "concatenate":
            return times <= 1
        return times <= MOST_DUPLICATION or name == "broadcast_in_dim"
