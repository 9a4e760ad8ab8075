"""Reads a lowered module through MLIR's own objects into the graphs of `jaxlint.tracing.measure.graphs`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from jaxlint.tracing.measure import pieces
from jaxlint.tracing.measure.graphs import Graph, Node
from jaxlint.tracing.measure.operations import UNIFORM, has_one_element

_Value = tuple[int, int]

_COMPUTATIONS = {"while", "case", "if"}
"""Operations whose regions are compiled as computations of their own; other regions are part of theirs."""
_RETURNS = {"return"}
_EFFECTS = {"infeed", "outfeed", "send", "recv", "rng"}
_SMALL = 16
MOST_OPERATIONS = 200_000
"""Larger programs are not read to the end; nobody waits for their compilation either."""


def graphs(module: Any) -> list[Graph]:
    """Return the computations of a module, the outermost first."""
    reader = _Reader(module)
    reader.computation(reader.functions["main"].regions[0].blocks[0])
    return reader.result


class _Reader:
    """Reads computations, those that are needed by what is needed."""

    def __init__(self, module: Any) -> None:
        self.functions = {
            operation.attributes["sym_name"].value: operation
            for operation in module.body.operations
            if "sym_name" in operation.attributes
        }
        self.result: list[Graph] = []
        self.left = MOST_OPERATIONS

    def computation(self, block: Any) -> None:
        """Read one block as a computation of its own, and then those in it."""
        one = _Computation(self)
        outputs = {number for number, _ in one.read(block, {}) if number >= 0}
        graph = Graph(one.nodes, outputs)
        needed = range(len(one.nodes)) if self.left <= 0 else graph.needed(one.kept)
        self.result.append(graph.only(needed))
        for number in needed:
            for inner in one.inner.get(number, ()):
                self.computation(inner)


class _Computation:
    """Walks the operations of one computation; what is the same twice is one node, as XLA has it.

    A value is the number of a node and of its result; the number of what comes from outside is negative.
    """

    def __init__(self, reader: _Reader) -> None:
        self.nodes: list[Node] = []
        self.kept: list[int] = []
        self.inner: dict[int, list[Any]] = {}
        """The blocks of the computations that a node runs."""
        self._reader = reader
        self._known: dict[Any, int] = {}
        self._outside: dict[Any, _Value] = {}
        self._uniform: set[int] = set()
        """Constants of one value, which the compiler knows."""

    def read(self, block: Any, values: dict[Any, _Value]) -> list[_Value]:
        """Append a block's operations and return what it returns."""
        for operation in block.operations:
            name = operation.operation.name.rpartition(".")[2]
            inputs = [self._value(value, values) for value in operation.operands]
            if name in _RETURNS:
                return inputs
            if name == "call":
                results = self._call(operation, inputs)
            else:
                results = self._append(operation, name, inputs, values)
            values.update(zip(operation.results, results, strict=True))
            if self._reader.left <= 0:
                break
        return []

    def _value(self, value: Any, values: dict[Any, _Value]) -> _Value:
        return values.get(value) or self._outside.setdefault(value, (-1 - len(self._outside), 0))

    def _call(self, operation: Any, inputs: list[_Value]) -> list[_Value]:
        block = self._reader.functions[operation.attributes["callee"].value].regions[0].blocks[0]
        results = self.read(block, dict(zip(block.arguments, inputs, strict=True)))
        return results or [self._value(result, {}) for result in operation.results]

    def _append(
        self, operation: Any, name: str, inputs: list[_Value], values: dict[Any, _Value]
    ) -> list[_Value]:
        self._reader.left -= 1
        kind = str(operation.results[0].type) if len(operation.results) else ""
        blocks = [block for region in operation.regions for block in region.blocks]
        attributes = _attributes(operation, name, kind)
        number = len(self.nodes)
        if name not in _COMPUTATIONS and attributes is not None:
            same = name, kind, attributes, *inputs, *map(_contents, blocks)
            number = self._known.setdefault(same, number)
        results = [(number, index) for index in range(len(operation.results))]
        if number < len(self.nodes):
            return results
        size = 0
        if name in _COMPUTATIONS:
            self.inner[number] = blocks
            inputs += [values[value] for value in _used_in(blocks) if value in values]
        else:
            size = sum(len(block.operations) - 1 for block in blocks)
        if name in _EFFECTS or _has_effect(operation):
            self.kept.append(number)
        operands = tuple(str(value.type) for value in operation.operands)
        used = tuple(dict.fromkeys(one for one, _ in inputs if one >= 0))
        if self._is_uniform(name, kind, inputs):
            self._uniform.add(number)
            attributes = hash((name, attributes, *(self.nodes[one].attributes for one in used)))
            name, further, copies = "constant" if has_one_element(kind) else "broadcast_in_dim", 0, 0
            used, operands = (), ("",)
        else:
            name, further, copies = _pieces(operation, name, kind, operands)
        self.nodes.append(Node(name, used, kind, operands, attributes or 0, size, further, copies))
        return results

    def _is_uniform(self, name: str, kind: str, inputs: list[_Value]) -> bool:
        if name == "constant":
            return has_one_element(kind)
        return name in UNIFORM and bool(inputs) and all(one in self._uniform for one, _ in inputs)


def _contents(block: Any) -> tuple[Any, ...]:
    """What a block that is part of an operation computes, as far as names and attributes tell."""
    return tuple((operation.operation.name, _attributes(operation, "", "")) for operation in block.operations)


def _used_in(blocks: list[Any]) -> Iterator[Any]:
    """All values that operations in the blocks use, from outside or not."""
    for block in blocks:
        for operation in block.operations:
            yield from operation.operands
            yield from _used_in([inner for region in operation.regions for inner in region.blocks])


def _has_effect(operation: Any) -> bool:
    attributes = operation.attributes
    return "has_side_effect" in attributes and bool(attributes["has_side_effect"].value)


def _pieces(operation: Any, name: str, kind: str, operands: tuple[str, ...]) -> tuple[str, int, int]:
    """Return an operation's name, another where XLA does something else, its further kernels and copies."""
    attributes = operation.attributes
    if name == "reduce":
        return name, pieces.of_sum(operands[0], kind), 0
    if name == "reduce_window":
        return name, pieces.of_window(str(attributes["window_dimensions"])), 0
    if name == "dot_general":
        name, copies = pieces.of_product(operands, str(attributes["dot_dimension_numbers"]))
        return name, 0, copies
    if name == "broadcast_in_dim" and math.prod(pieces.sizes(kind)) == math.prod(pieces.sizes(operands[0])):
        return "reshape", 0, 0
    if name == "convolution":
        if not pieces.is_of_library(attributes):
            name = "emitted_convolution"
        return name, 0, pieces.of_convolution(str(attributes["dimension_numbers"]), (*operands, kind))
    return name, 0, 0


def _attributes(operation: Any, name: str, kind: str) -> int | None:
    """Return a hash of the attributes; None for large constants, which are slow to write."""
    if name == "constant" and math.prod(int(size) for size in re.findall(r"(\d+)x", kind)) > _SMALL:
        return None
    attributes = operation.attributes
    return hash(tuple(str(attributes[index]) for index in range(len(attributes))))
