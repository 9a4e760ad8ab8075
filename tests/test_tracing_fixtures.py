"""A sample of the fixtures, traced; `tools/trace_fixtures.py` traces all of them."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.blocks import NOTHING
from support.fixtures import Case, collect
from support.tracing import disagreements

from jaxlint.catalogue import catalogue

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

SAMPLE = (
    "arrays/step_factory",
    "control_flow/custom_rules",
    "control_flow/kv_cache",
    "control_flow/memo_tables",
    "projects/class_hierarchy",
    "projects/traced_elsewhere",
    "quiet/control_expected_errors",
    "quiet/control_sentinels",
    "shapes/mapped_slices",
)
HASHED = "control_flow/memo_tables"
"""The one of them in which tracers are hashed."""
CASES = {case.name: case for case in collect()}


def hash_raises() -> bool:
    """Whether JAX refuses to hash a tracer; the oldest supported versions only warn."""
    import jax

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            jax.eval_shape(lambda x: x * bool(hash(x)), 1.0)
        except TypeError:
            return True
    return False


@pytest.mark.parametrize("case", [CASES[name] for name in SAMPLE], ids=str)
def test_wrong_lines_that_raise_are_confirmed(case: Case, tmp_path: Path) -> None:
    """Every one at its line, and no right line."""
    if case.name == HASHED and not hash_raises():
        pytest.skip("this version of JAX hashes tracers")
    raises = {code: rule.raises or NOTHING for code, rule in catalogue().items()}
    assert disagreements(case, tmp_path, raises) == []
