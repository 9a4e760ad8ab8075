"""What XLA for CPUs does with each operation when it fuses, by its name; types as StableHLO writes them."""

from __future__ import annotations

import math

from jaxlint.tracing.measure.graphs import Node
from jaxlint.tracing.measure.pieces import sizes

EXPENSIVE = frozenset(
    "atan2 cbrt complex cosine divide exponential exponential_minus_one log log_plus_one logistic power "
    "remainder rsqrt sine sqrt tan tanh erf erf_inv digamma lgamma acos acosh asin asinh atan atanh "
    "cosh sinh bessel_i1e zeta polygamma next_after igamma igammac".split()
)
"""On arrays they become many instructions."""
_CHEAP_TO_FUSE = frozenset("complex cosine sine".split())
"""Computed twice without regret, though they are long."""
LIKE_ONE = dict.fromkeys(("divide", "sqrt"), 0.25) | {
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
ELEMENTWISE = EXPENSIVE | frozenset(
    "abs add and ceil clamp compare convert count_leading_zeros floor imag is_finite maximum minimum "
    "multiply negate not or popcnt real round_nearest_afz round_nearest_even select shift_left "
    "shift_right_arithmetic shift_right_logical sign subtract xor reduce_precision bitcast_convert "
    "square is_inf is_pos_inf is_neg_inf conj constant outer_product".split()
)
MOVING = frozenset(
    "broadcast_in_dim broadcast concatenate dynamic_slice dynamic_update_slice gather dynamic_gather iota "
    "pad real_dynamic_slice reshape reverse slice transpose".split()
)
SUMS = frozenset("reduce inner_product".split())
"""Fused like operations on elements."""
REDUCING = SUMS | {"reduce_window"}
DEAR = (EXPENSIVE - _CHEAP_TO_FUSE) | SUMS | {"gather", "dynamic_gather"}
"""Never computed twice."""
BRANCHING = frozenset("concatenate pad dynamic_update_slice gather dynamic_gather".split())
SHIFTING = frozenset("shift_left shift_right_logical shift_right_arithmetic".split())
FREE = frozenset("constant reshape".split())
"""No kernel is made for one of these alone."""
UNIFORM = ELEMENTWISE | frozenset("broadcast_in_dim reshape reverse slice transpose".split())
"""All elements of the result are the same where those of the operands are."""
MADE = frozenset("constant broadcast_in_dim broadcast iota".split())
"""What is cheaper to make than to read."""


def has_one_element(type_: str) -> bool:
    """Whether a type such as ``tensor<1x1xf32>`` is that of a single number."""
    return all(size == 1 for size in sizes(type_))


def of_lanes(type_: str) -> int:
    """How many loops compute the last axis that is longer than one: a whole one, a rest, or both."""
    length = next((size for size in reversed(sizes(type_)) if size > 1), 1)
    return (length >= _LANES) + (length % _LANES > 0)


def is_even(type_: str) -> bool:
    """Whether the innermost axis has no rest; it counts as short ones do where the length is not known."""
    length = type_.rpartition("x")[0].rpartition("x")[2].removeprefix("tensor<")
    return length.isdecimal() and int(length) % _LANES == 0


def repeats(node: Node) -> bool:
    """Whether elements of what a node is computed from are used for several of its own."""
    if node.name not in {"broadcast_in_dim", "broadcast"}:
        return False
    return math.prod(sizes(node.type)) > math.prod(sizes(node.operands[0]))


def is_stretched(node: Node) -> bool:
    """Whether a broadcast repeats along an axis of length one, which XLA drops before."""
    return 1 in sizes(node.operands[0])
