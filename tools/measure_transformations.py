"""Measure what JAX's transformations allow in the functions that they run.

    python tools/measure_transformations.py               # write docs/transformations.md
    python tools/measure_transformations.py --lint        # compare every pair with what jaxlint reports
    python tools/measure_transformations.py --lint scan "vmap(grad(f))"      # only these transformations

The programs are those of `tests/support`; all of them take some minutes. The page is a table of operations
by kind of tracing. A transformation is of the kind that agrees with it most, and what it does otherwise is
listed beside it.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support import generated
from support.generated import Outcome
from support.operations import OPERATIONS, Operation
from support.transformations import TRANSFORMATIONS, Transformation

PAGE = Path(__file__).resolve().parents[1] / "docs" / "transformations.md"

WORKS, RAISES, WRONG = "works", "raises", "wrong"

Verdicts = dict[str, str]
"""What JAX does with operations, by their texts."""


@dataclass
class Kind:
    """A way of tracing, with the transformation that stands for it."""

    name: str
    representative: str
    text: str
    members: dict[str, Verdicts] = field(default_factory=dict)
    """The transformations of this kind, each with what it does otherwise."""


def kinds() -> list[Kind]:
    """Return the kinds of tracing, without members."""
    return [
        Kind(
            "concrete", "no transformation", "The function runs on arrays that hold values, as without JAX."
        ),
        Kind(
            "grad",
            "grad(f)",
            "Values are known and can be tested. What is of floating point and derived from the argument\n"
            "carries a tangent: NumPy and `float` refuse it, `int` and `.item` drop it without a word.",
        ),
        Kind(
            "mapped",
            "@jax.vmap",
            "What is derived from the argument has no value; what is made of constants has one.",
        ),
        Kind(
            "abstract",
            "@jax.jit",
            "Nothing that JAX computes has a value, not even from constants. An array from outside has one\n"
            "as long as it is used as it is.",
        ),
    ]


def verdict(outcome: Outcome) -> str:
    """Return the word for what JAX does with an operation."""
    if outcome.error:
        return RAISES
    return WRONG if outcome.is_wrong else WORKS


def measure(
    transformations: Sequence[Transformation] = TRANSFORMATIONS,
) -> Iterator[tuple[Transformation, dict[Operation, Outcome]]]:
    """Run every operation under each transformation."""
    for transformation in transformations:
        yield transformation, generated.measure(transformation, generated.operations(transformation))


def is_stated(operation: Operation) -> bool:
    """Tell whether the page has a row for an operation: not for what only asks whether a number is static."""
    return "<k>" not in operation.text


def classify(measured: Mapping[str, Mapping[Operation, Outcome]]) -> list[Kind]:
    """Give each transformation to the kind that it agrees with most."""
    found = kinds()
    for name, outcomes in measured.items():
        verdicts = {op.text: verdict(outcome) for op, outcome in outcomes.items() if is_stated(op)}
        others = [_otherwise(verdicts, measured[kind.representative]) for kind in found]
        least = min(range(len(found)), key=lambda number: len(others[number]))
        found[least].members[name] = others[least]
    return found


def _otherwise(verdicts: Verdicts, model: Mapping[Operation, Outcome]) -> Verdicts:
    known = {operation.text: verdict(outcome) for operation, outcome in model.items()}
    return {text: word for text, word in verdicts.items() if known[text] != word}


def render(measured: Mapping[str, Mapping[Operation, Outcome]]) -> str:
    """Return the page."""
    found = classify(measured)
    lines = [*INTRODUCTION.splitlines(), "", "## Kinds of tracing"]
    for kind in found:
        lines += ["", f"### {kind.name}", "", kind.text, ""]
        lines += [_member(name, otherwise) for name, otherwise in kind.members.items()]
    lines += ["", "## Operations"]
    for code, operations in _by_code().items():
        lines += ["", f"### {code}", "", *_row("operation", [kind.name for kind in found])]
        lines += ["|" + " --- |" * (len(found) + 1)]
        for operation in operations:
            cells = [_cell(measured[kind.representative][operation]) for kind in found]
            lines += _row(f"`{shown(operation.text)}`", cells)
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
# What each transformation allows

Written by `tools/measure_transformations.py` from runs of JAX 0.12; the tests measure a part of it anew.

Each operation is the only line of interest in a function that JAX runs. `s` is a scalar and `v` a vector
made from the argument of the function, `n` is the integer 1 made from it by arithmetic and `astype`;
`WEIGHTS`, `SCALE` and `COUNT` are JAX arrays of the module, `NUMPY_WEIGHTS` and `NUMPY_MASK` NumPy arrays,
`K` and `CONFIG` Python values. "wrong" means that nothing is raised and the result is not what the line says.

A Python number that is static (`static_argnames`, bound by `partial`, closed over, a default that no call
passes, a parameter that is neither differentiated nor mapped) works everywhere as in plain Python, and is
left out."""


def _member(name: str, otherwise: Verdicts) -> str:
    exceptions = "; ".join(f"`{shown(text)}` {word}" for text, word in otherwise.items())
    return f"- `{name}`" + (f", except: {exceptions}" if exceptions else "")


def _by_code() -> dict[str, list[Operation]]:
    """The operations by the rule that speaks of them first; those that no rule minds come last."""
    grouped: defaultdict[str, list[Operation]] = defaultdict(list)
    for operation in sorted(OPERATIONS, key=lambda operation: operation.codes or ("none",)):
        if is_stated(operation):
            grouped[operation.codes[0] if operation.codes else "No rule"].append(operation)
    return grouped


def _row(first: str, cells: list[str]) -> list[str]:
    return [" | ".join([f"| {first}", *cells]) + " |"]


def _cell(outcome: Outcome) -> str:
    word = verdict(outcome)
    return outcome.error if word == RAISES else word


def shown(text: str) -> str:
    """Return an operation as the page shows it."""
    return re.sub(r"<(\w)>", r"\1", text)


def read(page: str) -> dict[str, Verdicts]:
    """Return what a page says, by transformation and operation."""
    texts = {shown(operation.text): operation.text for operation in OPERATIONS}
    by_kind: defaultdict[str, Verdicts] = defaultdict(dict)
    for row in re.finditer(r"^\| `(?P<shown>.+?)` \| (?P<cells>.+) \|$", page, re.MULTILINE):
        for kind, cell in zip(kinds(), row["cells"].split(" | "), strict=True):
            by_kind[kind.name][texts[row["shown"]]] = cell if cell in (WORKS, WRONG) else RAISES
    stated: dict[str, Verdicts] = {}
    for kind, text in re.findall(r"^### ([a-z]+)\n((?:(?!###?).*\n)*)", page, re.MULTILINE):
        for name, otherwise in re.findall(r"^- `(.+?)`(?:, except: (.*))?$", text, re.MULTILINE):
            exceptions = re.findall(r"`(.+?)` (works|raises|wrong)", otherwise)
            stated[name] = by_kind[kind] | {texts[item]: word for item, word in exceptions}
    return stated


def lint(names: Sequence[str]) -> int:
    """Print every disagreement between JAX and jaxlint; return how many there are. No names are all."""
    from support.agreement import disagreements

    count = 0
    asked = [item for item in TRANSFORMATIONS if not names or item.name in names]
    for transformation, outcomes in measure(asked):
        for calls in (True,) if transformation.needs_call else (True, False):
            for item in disagreements(transformation, outcomes, calls=calls):
                print(item, flush=True)
                count += 1
    return count


def main() -> int:
    """Write the page, or compare."""
    if sys.argv[1:2] == ["--lint"]:
        return int(lint(sys.argv[2:]) > 0)
    PAGE.write_text(render({item.name: outcomes for item, outcomes in measure()}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
