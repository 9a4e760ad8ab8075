"""Methods of framework modules: flax runs them by ``init``, others on an object that is made."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from jaxlint.config import Config
from jaxlint.engine import run
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options, Traced

LINEN = """
import flax.linen as nn
import jax
import jax.numpy as jnp


class Coder(nn.Module):
    width: int

    def setup(self):
        self.down = nn.Dense(self.width)
        self.up = nn.Dense(5)

    def __call__(self, x):  # jaxlint: trace(f32[2,5])
        return self.up(jnp.sin(self.down(x)))

    def decode(self, hidden):  # jaxlint: trace(f32[2,3])
        return nn.tanh(self.up(hidden))


coder = Coder(width=3)
decode = jax.jit(lambda params, hidden: coder.apply(params, hidden, method=Coder.decode))
"""


def traced(folder: Path, text: str) -> dict[str, Traced]:
    """What became of each function."""
    (folder / "jaxlint.toml").touch()
    (folder / "program.py").write_text(text, encoding="utf-8")
    path = folder / "program.py"
    tracer = Tracer(Options(), Limits(120), names={path: frozenset(("Coder.__call__", "Coder.decode"))})
    run([folder], config=Config(select=("ALL",)), opinion=tracer)
    (outcome,) = tracer.outcomes
    return {outcome.request.targets[number].name: one for number, one in outcome.traced.items()}


@pytest.mark.skipif(find_spec("flax") is None, reason="flax is not installed")
def test_linen_methods_run_inside_of_init(tmp_path: Path) -> None:
    """Parameters are made for `__call__` and for any other method, and both are measured."""
    functions = traced(tmp_path, LINEN)
    for name, primitive in (("Coder.__call__", "sin"), ("Coder.decode", "tanh")):
        assert functions[name].reason is None
        measurement = functions[name].measurement
        assert measurement is not None
        assert measurement["primitives"][primitive] == 1
