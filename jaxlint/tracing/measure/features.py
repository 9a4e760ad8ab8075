"""What the model of compile time looks at in a program."""

from __future__ import annotations

from collections.abc import Iterable

from jaxlint.tracing.measure.graphs import Graph
from jaxlint.tracing.measure.kernels import Fusion, Kernel
from jaxlint.tracing.measure.operations import of_lanes

FEATURES = (
    "once",
    "operations",
    "kernels",
    "scalar kernels",
    "copies",
    "sums",
    "simple",
    "expensive",
    "uneven",
    "branching",
    "shifting",
    "products",
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
    "reduce_window": "windows",
    "select_and_scatter": "selections",
    "dot_general": "products",
    "matrix_vector_product": "matrix-vector products",
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


_EACH = {"matrix-vector products"}
"""Compiled once for each use, and as often as there are loops over its rows."""


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
            counts[kind] += kernel.count * (of_lanes(kernel.type) if kind in _EACH else 1)
            counts["copies"] += kernel.copies * kernel.count
            counts["simple"] += kernel.simple * kernel.count
            counts["kernels"] += kernel.pieces * kernel.count
            counts["uneven"] += kernel.uneven * kernel.count
            counts["expensive"] += kernel.expensive * kernel.count
            counts["branching"] += kernel.branching * kernel.count
            counts["sums"] += kernel.sums * kernel.count
            counts["shifting"] += kernel.shifting * kernel.count
    return counts


def _kind(kernel: Kernel) -> str:
    return _KINDS.get(kernel.root, "scalar kernels" if kernel.is_scalar else "kernels")
