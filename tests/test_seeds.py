"""Scenarios of the documents behind the project: the wrong form is found, the right one silent.

The numbers are those of the project's list of scenarios. A marker says what is reported on its line and
what the real JAX does there, as in the pages of the rules: a program that raises nothing shows the wrong
value. The programs are in the modules of `support.seeds`.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections import defaultdict

import pytest
from support import seeds
from support.blocks import NOTHING, Block, disagreements, run, strip_markers
from support.fixtures import libraries
from support.seeds import Scenarios

from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.diagnostics import Level
from jaxlint.engine import check_source

IMPORTS = """\
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

"""

FAMILIES: dict[str, Scenarios] = {
    module.name: importlib.import_module(f"support.seeds.{module.name}").SCENARIOS
    for module in pkgutil.iter_modules(seeds.__path__)
}


def blocks_of(family: str) -> list[Block]:
    """The programs of one family."""
    rows = FAMILIES[family].seeds
    return [Block(f"seed {row}", name, 1, *strip_markers(IMPORTS + text)) for row, name, text in rows]


QUIET: dict[str, set[str]] = defaultdict(set)
"""Rules that are off unless they are asked for, by the scenario that asks for them."""
for family in FAMILIES:
    for block in blocks_of(family):
        codes = {code for marker in block.markers.values() for code in marker.codes}
        QUIET[block.page] |= {code for code in codes if catalogue()[code].level is Level.INFO}

each_seed = pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=f"{block.page}: {block.section}")
        for family in FAMILIES
        for block in blocks_of(family)
    ],
)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_scenario_is_here(family: str) -> None:
    """Each scenario has a wrong form where it has one, and a right form."""
    rows: dict[bool, set[int]] = defaultdict(set)
    for (row, _, _), block in zip(FAMILIES[family].seeds, blocks_of(family), strict=True):
        rows[bool(block.markers)].add(row)

    assert rows == {True: FAMILIES[family].wrong, False: FAMILIES[family].right}


TRACED = {39, 43}
"""Scenarios of the tracing mode alone; `test_costs`, `test_measure` and `test_retraces` have them."""

SILENT = {4, 14, 18, 49, 56, 57, 58}
"""Scenarios with nothing wrong in them."""


def test_no_scenario_is_missing() -> None:
    """The list has 58 scenarios; each has a right form, and a wrong one where there is any."""
    every = set(range(1, 59)) - TRACED
    assert set().union(*(family.right for family in FAMILIES.values())) == every
    assert set().union(*(family.wrong for family in FAMILIES.values())) == every - SILENT


@each_seed
def test_seed_lints(block: Block) -> None:
    """The marked lines are reported, with the rule that is expected, and no other line is."""
    found = check_source(block.text, config=Config(select=("DEFAULT", *sorted(QUIET[block.page]))))

    reported = {(diagnostic.span.start.row, diagnostic.code) for diagnostic in found}
    assert reported == {(row, code) for row, marker in block.markers.items() for code in marker.codes}


@each_seed
def test_seed_runs(block: Block) -> None:
    """The real JAX raises on the marked lines what they announce, or gives the value that is shown there."""
    for library in ("jax", *libraries(ast.parse(block.text))):
        pytest.importorskip(library, reason=f"{library} is not installed")
    raises = {code: rule.raises or NOTHING for code, rule in catalogue().items()}

    assert disagreements(block, run(block), raises) == ()
