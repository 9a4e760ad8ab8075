"""Reads a lowered module through MLIR's own objects into the graphs of `jaxlint.tracing.measure.graphs`."""

from __future__ import annotations

import math
import re
from typing import Any

from jaxlint.tracing.measure import pieces
from jaxlint.tracing.measure.graphs import Graph, Node

_COMPUTATIONS = {"while", "case", "if"}
"""Operations whose regions are compiled as computations of their own; other regions are part of theirs."""
_RETURNS = {"return"}
_SMALL = 16
MOST_OPERATIONS = 200_000
"""Larger programs are not read to the end; nobody waits for their compilation either."""


def graphs(module: Any) -> list[Graph]:
    """Return the computations of a module, the outermost first."""
    reader = _Reader(module)
    reader.computation(reader.functions["main"].regions[0].blocks[0])
    return reader.result


class _Reader:
    """Walks operations; values are numbers of nodes, or None for arguments."""

    def __init__(self, module: Any) -> None:
        self.functions = {
            operation.attributes["sym_name"].value: operation
            for operation in module.body.operations
            if "sym_name" in operation.attributes
        }
        self.result: list[Graph] = []
        self._left = MOST_OPERATIONS

    def computation(self, block: Any) -> None:
        """Read one block as a computation of its own."""
        graph = Graph()
        self.result.append(graph)
        outputs = self._block(block, graph, {})
        graph.outputs = {number for number in outputs if number is not None}

    def _block(self, block: Any, graph: Graph, values: dict[Any, int | None]) -> list[int | None]:
        """Append a block's operations and return what it returns."""
        for operation in block.operations:
            name = operation.operation.name.rpartition(".")[2]
            inputs = [values.get(value) for value in operation.operands]
            if name in _RETURNS:
                return inputs
            if name == "call":
                results = self._call(operation, inputs, graph)
            else:
                results = self._append(operation, name, inputs, graph)
            values.update(zip(operation.results, results, strict=True))
            if self._left <= 0:
                break
        return []

    def _call(self, operation: Any, inputs: list[int | None], graph: Graph) -> list[int | None]:
        callee = self.functions[operation.attributes["callee"].value]
        block = callee.regions[0].blocks[0]
        results = self._block(block, graph, dict(zip(block.arguments, inputs, strict=True)))
        return results or [None] * len(operation.results)

    def _append(self, operation: Any, name: str, inputs: list[int | None], graph: Graph) -> list[int | None]:
        self._left -= 1
        size = 0
        for region in operation.regions:
            for block in region.blocks:
                if name in _COMPUTATIONS:
                    self.computation(block)
                else:
                    size += sum(1 for _ in block.operations) - 1
        kind = str(operation.results[0].type) if len(operation.results) else ""
        operands = tuple(str(value.type) for value in operation.operands)
        used = tuple(number for number in inputs if number is not None)
        name, further = _pieces(operation, name, kind, operands)
        graph.nodes.append(
            Node(name, used, kind, operands, _attributes(operation, name, kind), size, further)
        )
        return [len(graph.nodes) - 1] * len(operation.results)


def _pieces(operation: Any, name: str, kind: str, operands: tuple[str, ...]) -> tuple[str, int]:
    """Return an operation's name, another one where no library does it, and its further kernels."""
    attributes = operation.attributes
    if name == "reduce":
        return name, pieces.of_sum(operands[0], kind)
    if name == "reduce_window":
        return name, pieces.of_window(str(attributes["window_dimensions"]))
    if name == "dot_general":
        return name, pieces.of_product(operands, str(attributes["dot_dimension_numbers"]))
    if name == "convolution":
        if not pieces.is_of_library(attributes):
            name = "emitted_convolution"
        return name, pieces.of_convolution(str(attributes["dimension_numbers"]), (*operands, kind))
    return name, 0


def _attributes(operation: Any, name: str, kind: str) -> int:
    """Return a hash of the attributes; large constants, slow to write, differ by their types alone."""
    if name == "constant" and math.prod(int(size) for size in re.findall(r"(\d+)x", kind)) > _SMALL:
        return 0
    attributes = operation.attributes
    return hash(tuple(str(attributes[index]) for index in range(len(attributes))))
