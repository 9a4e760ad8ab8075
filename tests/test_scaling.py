"""Twice the program takes about twice the work."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCALING: dict[str, Any] = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "scaling.py"))


@pytest.mark.parametrize("name", SCALING["PROGRAMS"])
def test_work_grows_with_the_program(name: str) -> None:
    """No part of the analysis looks at everything for each thing that it looks at."""
    small, large = SCALING["growth"](name)
    assert large < SCALING["LIMIT"] * small
