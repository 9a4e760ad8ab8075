"""``jaxlint trace`` and ``jaxlint record`` as people use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

MODEL = """
import jax
import jax.numpy as jnp


@jax.jit
def relu(x):
    if x > 0:
        return x
    return 0.0


@jax.jit
def predict(weights, x):  # jaxlint: trace(f32[3,4], f32[2,5])
    return x @ weights


@jax.jit
def scale(params, x):
    return params.factor * jnp.sum(x)
"""

TEST = """
from typing import NamedTuple

import jax.numpy as jnp
import pytest

import model


def test_relu():
    with pytest.raises(Exception):
        model.relu(jnp.float32(2.0))
    model.predict(jnp.ones((4, 7)), jnp.ones((2, 4)))
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in a project with one model and its tests."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    (tmp_path / "test_model.py").write_text(TEST, encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jaxlint", *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTEST_ADDOPTS": "-p no:cacheprovider"},
        )

    return run


def rows(text: str) -> dict[str, str]:
    """The rows of the table by function, with single spaces."""
    cells = [line.split() for line in text.splitlines() if "::" in line]
    return {words[0]: " ".join(words[1:]) for words in cells}


def test_verdicts_are_in_every_format(run: Run) -> None:
    """JSON has a field for them, text says what JAX raised, and the table tells the arguments."""
    done = run("trace", "model.py", "--output-format", "json")
    found = {(one["code"], one["location"]["row"]): one["verdict"] for one in json.loads(done.stdout)}
    assert found == {("JAX301", 8): "confirmed", ("JAX751", 15): "confirmed"}
    assert done.returncode == 1

    text = run("model.py", "--trace").stdout
    assert "confirmed by tracing: TracerBoolConversionError" in text
    assert rows(text)["model.py::predict"] == "(f32[3,4], f32[2,5]) comment 1"


def test_one_function_is_traced_by_name(run: Run) -> None:
    """What follows `::` names it; nothing else of the file is traced."""
    text = run("trace", "model.py::relu").stdout
    assert "model.py::relu" in text
    assert "model.py::predict" not in text
    assert "model.py::scale" not in text


def test_findings_elsewhere_are_left_out_where_a_function_is_named(run: Run) -> None:
    """Only the function, and what its trace reaches, is spoken of."""
    done = run("trace", "model.py::scale", "--output-format", "json")
    assert json.loads(done.stdout) == []
    assert done.returncode == 0
    done = run("trace", "model.py::relu", "--output-format", "json")
    assert [one["verdict"] for one in json.loads(done.stdout)] == ["confirmed"]


def test_a_function_that_is_not_there_is_an_error(run: Run) -> None:
    """With the name that is nearest."""
    done = run("trace", "model.py::rellu")
    assert done.returncode == 2
    assert "model.py has no function `rellu`; did you mean `relu`?" in done.stderr


def test_only_confirmed_findings_are_shown_on_request(run: Run) -> None:
    """A finding that cannot be reached is left out."""
    done = run("trace", "model.py", "--only-confirmed", "--select", "JAX3", "--output-format", "json")
    assert [one["code"] for one in json.loads(done.stdout)] == ["JAX301"]


def test_recorded_calls_are_traced(run: Run, tmp_path: Path) -> None:
    """`record` keeps shapes of calls in a test run, and `trace` uses them."""
    done = run("record", "--", "pytest", "-q", "test_model.py")
    assert done.returncode == 0, done.stdout + done.stderr
    records = json.loads((tmp_path / ".jaxlint-trace.json").read_text(encoding="utf-8"))
    assert records["model:predict"]["calls"][0]["arguments"] == [[None, "f32[4,7]"], [None, "f32[2,4]"]]
    assert records["model:predict"]["cache_entries"] == 1

    (tmp_path / "model.py").write_text(MODEL.replace("  # jaxlint: trace(f32[3,4], f32[2,5])", ""))
    text = run("trace", "model.py").stdout
    assert rows(text)["model.py::predict"].startswith("(f32[4,7], f32[2,4]) recorded call")
    assert "JAX751" not in text


def test_what_cannot_be_recorded_is_said(run: Run) -> None:
    """Only Python programs can be, and something must be named."""
    for command in (["record"], ["record", "--", "ls"]):
        done = run(*command)
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")
