"""What the model of compile time looks at in a program."""

from __future__ import annotations

from collections.abc import Iterable

from jaxlint.tracing.measure.graphs import Graph
from jaxlint.tracing.measure.kernels import Fusion, Kernel

FEATURES = (
    "once",
    "operations",
    "kernels",
    "scalar kernels",
    "reductions",
    "simple",
    "expensive",
    "uneven",
    "branching",
    "shifting",
    "products",
    "dot products",
    "matrix-vector products",
    "convolutions",
    "sorts",
    "scatters",
    "windows",
    "selections",
    "loops",
    "transforms",
    "calls",
    "library calls",
)
"""What is counted; each has one coefficient in the model."""

_KINDS = {
    "reduce": "reductions",
    "reduce_window": "windows",
    "select_and_scatter": "selections",
    "dot_general": "products",
    "dot": "products",
    "convolution": "library calls",
    "emitted_convolution": "convolutions",
    "sort": "sorts",
    "scatter": "scatters",
    "while": "loops",
    "case": "loops",
    "if": "loops",
    "fft": "transforms",
    "custom_call": "calls",
    "cholesky": "calls",
    "triangular_solve": "calls",
    "rng_bit_generator": "calls",
}


_EACH = {"dot products", "matrix-vector products"}
"""Compiled once for each use."""


def features(graphs: Iterable[Graph]) -> dict[str, float]:
    """Count the features of a program; of kernels that are the same, XLA compiles one."""
    counts = dict.fromkeys(FEATURES, 0.0)
    counts["once"] = 1.0
    seen: set[int] = set()
    for graph in graphs:
        counts["operations"] += len(graph.nodes)
        for kernel in Fusion(graph).kernels():
            kind = _kind(kernel)
            if kernel.signature in seen and kind not in _EACH:
                continue
            seen.add(kernel.signature)
            counts[kind] += kernel.count
            counts["simple"] += kernel.simple * kernel.count
            counts["kernels"] += kernel.pieces * kernel.count
            counts["uneven"] += kernel.uneven * kernel.count
            counts["expensive"] += kernel.expensive * kernel.count
            counts["branching"] += kernel.branching * kernel.count
            counts["shifting"] += kernel.shifting * kernel.count
    return counts


def _kind(kernel: Kernel) -> str:
    kind = _KINDS.get(kernel.root, "scalar kernels" if kernel.is_scalar else "kernels")
    if kind == "products":
        vectors = sum(_is_vector(operand) for operand in kernel.operands)
        return (kind, "matrix-vector products", "dot products")[vectors]
    return kind


def _is_vector(type_: str) -> bool:
    """Whether a tensor type, such as ``tensor<3x1xf32>``, has at most one axis longer than one."""
    sizes = type_.removeprefix("tensor<").split("x")[:-1]
    return sum(size != "1" for size in sizes) <= 1
