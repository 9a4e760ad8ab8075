"""``jaxlint trace --platform gpu --compile``: measured on the device where there is one.

Where there is none, a plugin that calls the CPU a GPU stands in for it: all but the device itself is tested.
"""

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
import os

import jax
import jax.numpy as jnp
{more}

@jax.jit
def predict(weights, x):  # jaxlint: trace(f32[3,4], f32[2,3])
    return jnp.tanh(x @ weights)
"""

PLUGIN = """
from jax._src import xla_bridge
from jaxlib import xla_client


def initialize():
    xla_bridge.register_backend_factory("rocm", xla_client.make_cpu_client, priority=500)
"""

Trace = Callable[..., str]


def has_gpu() -> bool:
    """Whether JAX finds a GPU, asked in a process of its own."""
    program = "import jax; jax.devices('gpu')"
    environment = {**os.environ, "JAX_PLATFORMS": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=environment)
    return done.returncode == 0


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """Trace a model, and return what the command prints."""
    (tmp_path / "jaxlint.toml").touch()

    def run(*options: str, more: str = "", **environment: str) -> str:
        (tmp_path / "model.py").write_text(MODEL.format(more=more), encoding="utf-8")
        command = [sys.executable, "-m", "jaxlint", "trace", "model.py", *options]
        variables = {**os.environ, "COLUMNS": "200", **environment}
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True, env=variables
        ).stdout

    return run


@pytest.fixture
def plugin(tmp_path: Path) -> dict[str, str]:
    """Variables with which JAX finds a GPU."""
    folder = tmp_path / "site" / "jax_plugins" / "standin"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(PLUGIN, encoding="utf-8")
    paths = [str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths), "JAX_PLATFORMS": ""}


def test_without_the_device_code_is_lowered_for_it(trace: Trace) -> None:
    """The table says that nothing was compiled, and why."""
    text = trace("--platform", "gpu", "--compile", JAX_PLATFORMS="cpu")
    assert "there is no gpu here" in text
    assert "compiled in" not in text


def test_with_the_device_code_is_compiled_there(trace: Trace, plugin: dict[str, str]) -> None:
    """Workers start JAX on the device if compilation is to be measured on it, and on no device else."""
    text = trace("--platform", "gpu", "--compile", **plugin)
    assert "compiled in" in text
    assert "at the peak" in text
    assert "there is no gpu" not in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "cpu"),
        (("--compile",), "cpu"),
        (("--platform", "gpu"), "cpu"),
        (("--platform", "cpu", "--compile"), "cpu"),
        (("--platform", "gpu", "--compile"), ""),
    ],
)
def test_the_device_is_started_only_for_compiling(
    trace: Trace, plugin: dict[str, str], tmp_path: Path, options: tuple[str, ...], expected: str
) -> None:
    """Otherwise the user's import code runs on the CPU, whatever the machine has."""
    told = tmp_path / "told.json"
    more = f"import json; json.dump(os.environ['JAX_PLATFORMS'], open({str(told)!r}, 'w'))"
    trace(*options, more=more, **plugin)
    assert json.loads(told.read_text(encoding="utf-8")) == expected


def test_memory_is_limited_beside_a_device(trace: Trace, plugin: dict[str, str]) -> None:
    """The limit is on what can be written to, as drivers reserve addresses without end."""
    reserve = "import mmap; space = mmap.mmap(-1, 2**36, prot=0)"
    text = trace("--platform", "gpu", "--compile", "--memory", "4", more=reserve, **plugin)
    assert "compiled in" in text
    text = trace("--platform", "gpu", "--compile", "--memory", "4", more="huge = bytearray(2**36)", **plugin)
    assert "MemoryError" in text


def test_a_real_gpu_is_used(trace: Trace) -> None:
    """The same, with the real thing."""
    if not has_gpu():
        pytest.skip("no GPU is present")
    text = trace("--platform", "gpu", "--compile", JAX_PLATFORMS="")
    assert "compiled in" in text
    assert "at the peak" in text
