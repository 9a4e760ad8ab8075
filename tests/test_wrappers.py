"""What the configuration says about transformations: wrappers, and functions that are traced."""

from __future__ import annotations

from pathlib import Path

import pytest

from jaxlint.config import Config
from jaxlint.engine import check_paths
from jaxlint.errors import ConfigError

STEP = """\
import jax


def step(x):
    if x > 0:
        return x
    return -x


class Solver:
    def run(self, x):
        return float(x) * 2.0
"""


def found(folder: Path, config: Config) -> set[tuple[int, str]]:
    """Rows and codes of what is reported on the program."""
    (folder / "pyproject.toml").touch()
    (folder / "solver.py").write_text(STEP, encoding="utf-8")
    return {(d.span.start.row, d.code) for d in check_paths([folder], config)}


def test_functions_are_not_traced_unless_something_says_so(tmp_path: Path) -> None:
    """Nothing in the program transforms the functions, so nothing is wrong with them."""
    assert found(tmp_path, Config()) == set()


def test_configured_functions_are_traced(tmp_path: Path) -> None:
    """A function or method that the configuration calls traced is read as if it were jitted."""
    config = Config(traced=("solver.step", "solver.Solver.run"))

    assert found(tmp_path, config) == {(5, "JAX301"), (12, "JAX306")}


def test_the_configuration_is_named_as_the_reason(tmp_path: Path) -> None:
    """The note does not speak of a `jax.jit` that is nowhere to be seen."""
    found(tmp_path, Config())
    diagnostics = check_paths([tmp_path], Config(traced=("solver.step",)))

    assert [note.message for note in diagnostics[0].notes][-1] == "traced, as the configuration says"


def test_unknown_transformations_are_an_error(tmp_path: Path) -> None:
    """A wrapper of something that is no transformation is a mistake in the configuration."""
    with pytest.raises(ConfigError, match=r"`jax.jitt`; did you mean `jax.jit`\?"):
        found(tmp_path, Config(transforms={"fast.jit": "jax.jitt"}))
