"""Guesses how XLA for CPUs fuses operations into kernels, the pieces that LLVM compiles.

Compilation takes as long as LLVM needs for the kernels, so their number and size tell more than the number
of operations. The guess follows what XLA's optimised programs show: an operation on elements is computed
inside of the kernels that use it, unless it is expensive and used twice, or would be computed too often, or
is also needed for something in between; a chain of scalars of which each is also needed by itself is
computed anew in each of their kernels.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from jaxlint.tracing.measure.graphs import Graph, Node
from jaxlint.tracing.measure.pieces import sizes

MOST_DUPLICATION = 15
"""XLA fuses nothing that would be computed more often than this in one kernel."""
MOST_CONCATENATED = 8
"""Concatenations of more are kernels of their own, and so is each of their operands."""
FIRST_OF_CHAIN = 50
"""So many of the first operations in a chain with slices stay in memory, if they are needed elsewhere too."""
MOST_VISITS = 200_000
"""The guess ends after so many steps; the kernels that are left are taken to be like those that were seen."""

EXPENSIVE = frozenset(
    "atan2 cbrt complex cosine divide exponential exponential_minus_one log log_plus_one logistic power "
    "remainder rsqrt sine sqrt tan tanh erf erf_inv digamma lgamma acos acosh asin asinh atan atanh "
    "cosh sinh bessel_i1e zeta polygamma next_after igamma igammac".split()
)
"""On arrays they become many instructions."""
_CHEAP_TO_FUSE = frozenset("complex cosine sine".split())
"""Computed twice without regret, though they are long."""
_LIKE_ONE = dict.fromkeys(("divide", "sqrt"), 0.25) | {
    **dict.fromkeys(("rsqrt", "erf"), 2.0),
    **dict.fromkeys(("tanh", "logistic", "erf_inv"), 3.0),
    **dict.fromkeys(("exponential_minus_one", "atan", "atan2", "cosh", "digamma", "next_after"), 4.0),
    **dict.fromkeys(("log_plus_one", "sinh"), 10.0),
    **dict.fromkeys(("asinh", "acosh", "atanh"), 15.0),
    **dict.fromkeys(("lgamma", "zeta", "polygamma", "igamma", "igammac", "bessel_i1e"), 40.0),
}
"""How many exponentials an expensive operation is as long as, where that is not one."""
_LANES = 8
"""Numbers that are computed at once; a rest of an axis is computed by instructions of its own."""
_ELEMENTWISE = EXPENSIVE | frozenset(
    "abs add and ceil clamp compare convert count_leading_zeros floor imag is_finite maximum minimum "
    "multiply negate not or popcnt real round_nearest_afz round_nearest_even select shift_left "
    "shift_right_arithmetic shift_right_logical sign subtract xor reduce_precision bitcast_convert "
    "square is_inf is_pos_inf is_neg_inf conj constant outer_product".split()
)
_MOVING = frozenset(
    "broadcast_in_dim broadcast concatenate dynamic_slice dynamic_update_slice gather dynamic_gather iota "
    "pad real_dynamic_slice reshape reverse slice transpose".split()
)
_SUMS = frozenset("reduce inner_product".split())
"""Fused like operations on elements."""
_REDUCING = _SUMS | {"reduce_window"}
_DEAR = (EXPENSIVE - _CHEAP_TO_FUSE) | _SUMS | {"gather", "dynamic_gather"}
"""Never computed twice."""
_SEVERAL = -1
"""In the place of one kernel."""
_BRANCHING = frozenset("concatenate pad dynamic_update_slice gather dynamic_gather".split())
_SHIFTING = frozenset("shift_left shift_right_logical shift_right_arithmetic".split())
_FREE = frozenset("constant reshape".split())
"""No kernel is made for one of these alone."""
UNIFORM = _ELEMENTWISE | frozenset("broadcast_in_dim reshape reverse slice transpose".split())
"""All elements of the result are the same where those of the operands are."""
_MADE = frozenset("constant broadcast_in_dim broadcast iota".split())
"""What is cheaper to make than to read."""
_LOOK_AHEAD = 400
"""Nodes looked at to find out whether one is needed for something in between."""


def has_one_element(type_: str) -> bool:
    """Whether a type such as ``tensor<1x1xf32>`` is that of a single number."""
    return all(size == 1 for size in sizes(type_))


def of_lanes(type_: str) -> int:
    """How many loops compute the last axis that is longer than one: a whole one, a rest, or both."""
    length = next((size for size in reversed(sizes(type_)) if size > 1), 1)
    return (length >= _LANES) + (length % _LANES > 0)


def _is_even(type_: str) -> bool:
    """Whether the innermost axis has no rest; it counts as short ones do where the length is not known."""
    length = type_.rpartition("x")[0].rpartition("x")[2].removeprefix("tensor<")
    return length.isdecimal() and int(length) % _LANES == 0


def _repeats(node: Node) -> bool:
    """Whether elements of what a node is computed from are used for several of its own."""
    if node.name not in {"broadcast_in_dim", "broadcast"}:
        return False
    return math.prod(sizes(node.type)) > math.prod(sizes(node.operands[0]))


def _is_stretched(node: Node) -> bool:
    """Whether a broadcast repeats along an axis of length one, which XLA drops before."""
    return 1 in sizes(node.operands[0])


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
        self._repeats = [_repeats(node) for node in self._nodes]
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
            if self._nodes[root].name not in _FREE or kernel.simple + kernel.expensive > 0:
                yield kernel
        if unseen := {-number for number in queue if self._computes(-number)} - set(seen):
            yield self._typical(seen, unseen)

    def _computes(self, root: int) -> bool:
        """Whether there is anything to do in the kernel of a root."""
        node = self._nodes[root]
        return node.name not in _FREE or any(self._fusible[used] for used in node.inputs)

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
            depths.append(before + (node.name in _ELEMENTWISE and bool(node.inputs)))
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
                is_repeated = is_dear and self._repeats[user] and not _is_stretched(self._nodes[user])
                through[user] = through.get(user, False) or passed or is_repeated
        return False

    def _is_dear(self, number: int) -> bool:
        """Whether a node is worth computing only once."""
        return self._nodes[number].name in _DEAR

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
        return read - sum(used.name in _MADE and used.type.count("x") >= rank for used in made) <= 1

    def _may_fuse(self, number: int) -> bool:
        node = self._nodes[number]
        is_sum = node.name in _SUMS and len(node.operands) <= 2  # more give several arrays
        return node.name in _ELEMENTWISE or node.name in _MOVING or is_sum

    def _is_consumer(self, number: int) -> bool:
        name = self._nodes[number].name
        if name == "concatenate":
            return self._concatenated[number] <= MOST_CONCATENATED
        # What is added up in pieces must be in memory.
        is_reduced = name in _REDUCING and not self._nodes[number].pieces
        return name in _ELEMENTWISE or name in _MOVING or is_reduced

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
            self._add(kernel, node, times)
            if node.name not in _ELEMENTWISE and node.name != "reshape":
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

    @staticmethod
    def _add(kernel: Kernel, node: Node, times: int) -> None:
        if node.name in EXPENSIVE and not has_one_element(node.type):
            weight = times * _LIKE_ONE.get(node.name, 1.0)
            kernel.expensive += weight
            if not _is_even(node.type):
                kernel.uneven += weight
        elif node.name not in _FREE:
            kernel.simple += times + node.body
        kernel.pieces += node.pieces
        if node.name in _SUMS:
            kernel.sums += times
        if node.name in _BRANCHING:
            kernel.branching += times
        if node.name in _SHIFTING:
            kernel.shifting += times
