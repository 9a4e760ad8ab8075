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
    wanted = ("b", "f"), ("", "io"), ("b", "f")
    return sum(
        _is_moved(order, sizes(type_), first, last)
        for order, type_, (first, last) in zip(orders, types, wanted, strict=False)
    )


def _is_moved(order: Sequence[str], lengths: Sequence[int], first: str, last: str) -> bool:
    """Whether axes longer than one stand in another order than the library's."""

    def rank(axis: str) -> tuple[int, int]:
        if axis.isdigit():
            return 1, int(axis)
        return (0, 0) if axis == first else (2, last.find(axis))

    long = [axis for axis, length in zip(order, lengths, strict=False) if length > 1]
    return long != sorted(long, key=rank)


def of_product(operands: Sequence[str], dimensions: str) -> int:
    """Return how many operands of a product are copied; one that contracts nothing is copied as a whole."""
    found = {
        name: _numbers(text)
        for name, text in re.findall(r"(\w+_(?:batching|contracting)_dimensions) = \[([^\]]*)\]", dimensions)
    }
    contracted = found.get("lhs_contracting_dimensions", [])
    if math.prod(sizes(operands[0])[axis] for axis in contracted) == 1:
        return 1
    sides = zip(("lhs", "rhs"), operands, strict=False)
    return sum(
        _is_mixed(
            len(sizes(type_)),
            found.get(f"{side}_batching_dimensions", []),
            found.get(f"{side}_contracting_dimensions", []),
        )
        for side, type_ in sides
    )


def _is_mixed(rank: int, batch: Sequence[int], contracted: Sequence[int]) -> bool:
    """Whether the axes are not in groups: those of the batch first, then contracted and free ones."""
    kinds = ["b" if axis in batch else "c" if axis in contracted else "f" for axis in range(rank)]
    groups = [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]
    return len(groups) != len(set(groups)) or "b" in groups[1:]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in _NUMBERS.findall(text.partition("array<i64:")[2] or text)]
