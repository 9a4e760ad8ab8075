"""Kernels that XLA for CPUs makes for one operation besides its own: what it moves before, and adds up after.

Its own passes rewrite some operations before anything is fused. Long sums become sums of sums; a window as
long as its array, as that of a cumulative sum, becomes windows of windows; convolutions and products are
handed to a library, which takes operands in one order of axes, so that those in another are copied first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

LONG_SUM = 32
"""Numbers that are added up at once."""
LONG_WINDOW = 16
"""The longest window that is not taken apart."""
PER_LEVEL = 4
"""Kernels that each level of windows needs: padding, windows, the last of each, and putting together."""

_SIZES = re.compile(r"(\d+|\?)x")
_NUMBERS = re.compile(r"\d+")


def sizes(type_: str) -> list[int]:
    """Return the lengths of the axes of a type such as ``tensor<3x1xf32>``."""
    return [int(size) if size != "?" else 2 for size in _SIZES.findall(type_)]


def of_sum(operand: str, result: str) -> int:
    """Return the further kernels of a reduction from one type to another."""
    ratio = math.prod(sizes(operand)) / max(math.prod(sizes(result)), 1)
    return int(ratio > LONG_SUM)


def of_window(window: str) -> int:
    """Return the further kernels of a reduction over windows, from the attribute that tells their sizes."""
    longest = max(_numbers(window), default=1)
    return PER_LEVEL * max(math.ceil(math.log(max(longest, 1), LONG_WINDOW)) - 1, 0)


def is_of_library(attributes: Any) -> bool:
    """Whether a convolution with these attributes is left to a library: neither dilated nor in groups."""
    dilation = _numbers(str(attributes["lhs_dilation"])) if "lhs_dilation" in attributes else []
    groups = attributes["batch_group_count"].value if "batch_group_count" in attributes else 1
    return all(number == 1 for number in dilation) and groups == 1


def of_convolution(dimensions: str, types: Sequence[str]) -> int:
    """Return how many of two operands and a result are copied, from ``[b, f, 0]x[o, i, 0]->[b, f, 0]``."""
    orders = [part.split(", ") for part in re.findall(r"\[([^\]]*)\]", dimensions)]
    wanted = ("b", "f", 1), ("", "io", 1), ("b", "f", 2)
    return sum(
        _is_moved(order, first, last) and sum(size > 1 for size in sizes(type_)) > few
        for order, type_, (first, last, few) in zip(orders, types, wanted, strict=False)
    )


def _is_moved(order: Sequence[str], first: str, last: str) -> bool:
    """Whether axes stand in another order than the library's, be they of length one."""

    def rank(axis: str) -> tuple[int, int]:
        if axis.isdigit():
            return 1, int(axis)
        return (0, 0) if axis == first else (2, last.find(axis))

    return list(order) != sorted(order, key=rank)


def of_product(operands: Sequence[str], dimensions: str) -> tuple[str, int]:
    """Return what XLA makes of a product, and how many of its operands are copied.

    One of two vectors, or of a batch of them, is a sum; one that sums nothing is an operation on elements.
    """
    found = {
        name: _numbers(text)
        for name, text in re.findall(r"(\w+_(?:batching|contracting)_dimensions) = \[([^\]]*)\]", dimensions)
    }
    moved, free = 0, []
    for side, type_ in zip(("lhs", "rhs"), operands, strict=False):
        lengths = sizes(type_)
        batch = found.get(f"{side}_batching_dimensions", [])
        summed = found.get(f"{side}_contracting_dimensions", [])
        if math.prod(lengths[axis] for axis in summed) == 1:
            return "outer_product", 0
        free.append(math.prod(lengths) // max(math.prod(lengths[axis] for axis in (*batch, *summed)), 1))
        moved += _is_mixed(len(lengths), batch, summed)
    vectors = free.count(1)
    return ("dot_general", "matrix_vector_product", "inner_product")[vectors], 0 if vectors == 2 else moved


def _is_mixed(rank: int, batch: Sequence[int], contracted: Sequence[int]) -> bool:
    """Whether the axes are not in groups: those of the batch first, then contracted and free ones."""
    kinds = ["b" if axis in batch else "c" if axis in contracted else "f" for axis in range(rank)]
    groups = [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]
    return len(groups) != len(set(groups)) or "b" in groups[1:]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in _NUMBERS.findall(text.partition("array<i64:")[2] or text)]
