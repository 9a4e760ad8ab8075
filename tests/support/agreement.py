"""Where jaxlint and the real JAX disagree on a generated program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jaxlint.config import Config
from jaxlint.engine import check_source
from support import generated
from support.generated import Outcome
from support.operations import Operation
from support.transformations import Transformation

FAMILIES = ("JAX0", "JAX2", "JAX3", "JAX4")
"""The rules that speak of what a line does with its values; others may mind such programs as a whole."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A line where a finding is missing, or of the wrong rule, or where there should be none."""

    transformation: str
    place: str
    problem: str
    is_miss: bool = False

    def __str__(self) -> str:
        """Return one sentence."""
        return f"{self.transformation}: {self.place}: {self.problem}"


def disagreements(
    transformation: Transformation, outcomes: Mapping[Operation, Outcome], *, calls: bool
) -> Iterator[Disagreement]:
    """Lint the program of some operations, with or without calls, and compare with what JAX makes of them."""
    name = f"{transformation.name} {'with' if calls else 'without'} calls"
    program = generated.program(transformation, tuple(outcomes), calls=calls)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for diagnostic in check_source(program.text, config=Config(select=FAMILIES)):
        found[diagnostic.span.start.row].add(diagnostic.code)
    lines = program.text.splitlines()
    for row in sorted(found.keys() - program.rows.keys()):
        yield Disagreement(name, lines[row - 1].strip(), f"false alarm {sorted(found[row])}")
    for row, operation in program.rows.items():
        outcome, codes = outcomes[operation], found[row]
        # Without a call nothing shows that a value is an array at all when it is not traced; and a traced
        # one may be a list of arrays.
        is_visible = calls or (outcome.is_traced and not operation.suits_container)
        if outcome.is_wrong and is_visible and not codes:
            problem = f"missed, JAX says {outcome.error or 'nothing'}"
            yield Disagreement(name, operation.text, problem, is_miss=True)
        elif codes and not outcome.is_wrong:
            yield Disagreement(name, operation.text, f"false alarm {sorted(codes)}")
        elif not codes <= set(operation.codes):
            yield Disagreement(name, operation.text, f"{sorted(codes)} instead of {operation.codes}")
