"""Functions of frameworks: modules are made, what their users compile is compiled, and arrays fit weights."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic
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


LIKELY = {
    "flax": """
from flax import nnx


class Plain(nnx.Module):
    def __init__(self, din, dout, *, rngs: nnx.Rngs):
        self.linear = nnx.Linear(din, dout, rngs=rngs)

    def __call__(self, x):
        y = self.linear(x)
        if y.sum() > 0:
            return y
        return -y


class Compiled(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        self.linear = nnx.Linear(3, 4, rngs=rngs)

    @nnx.jit
    def __call__(self, x):
        y = self.linear(x)
        return y if y[0, 0] > 0 else -y
""",
    "equinox": """
import equinox as eqx
import jax


class Layer(eqx.Module):
    weight: jax.Array

    def __init__(self, size=5, *, key):
        self.weight = jax.random.normal(key, (size, size))

    def __call__(self, x):
        y = self.weight @ x
        if y.sum() > 0:
            return y
        return -y
""",
    "haiku": """
import haiku as hk
import jax.numpy as jnp


class Layer(hk.Module):
    def __call__(self, x):
        y = hk.Linear(3)(x)
        return y if y.mean() > 0 else -y


def forward(x):
    w = hk.get_parameter("w", (3, 3), init=jnp.ones)
    y = x @ w
    return y if y.mean() > 0 else -y


network = hk.transform(forward)
""",
    "numpyro": """
import numpyro
import numpyro.distributions as dist


def model(x, y=None):
    slope = numpyro.sample("slope", dist.Normal(0.0, 1.0))
    if slope > 0:
        slope = slope + 1
    numpyro.sample("y", dist.Normal(x * slope, 1.0), obs=y)
""",
    "optax": """
import jax
import optax


def clipped(rate):
    def init(params):
        return ()

    def update(grads, state, params=None):
        if optax.tree.norm(grads) > 1:
            return grads, state
        return jax.tree.map(lambda g: -rate * g, grads), state

    return optax.GradientTransformation(init, update)
""",
}

TRAINING = """
import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training import train_state


class Classifier(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(10)(nn.relu(nn.Dense(self.features)(x)))


def create_state(key, rate):
    model = Classifier(7)
    params = model.init(key, jnp.ones((1, 24)))["params"]
    return train_state.TrainState.create(apply_fn=model.apply, params=params, tx=optax.adam(rate))


@jax.jit
def train_step(state, batch):
    def loss_of(params):
        logits = state.apply_fn({"params": params}, batch["image"])
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"]).mean()

    loss, grads = jax.value_and_grad(loss_of)(state.params)
    if jnp.isnan(loss):
        return state, loss
    return state.apply_gradients(grads=grads), loss


def train(batches):
    state = create_state(jax.random.key(0), 1e-3)
    for batch in batches:
        state, loss = train_step(state, batch)
    return state
"""


def judged(folder: Path, text: str, *names: str) -> tuple[Tracer, tuple[Diagnostic, ...]]:
    """Trace a program, or some functions of it; return the tracer and the findings with verdicts."""
    (folder / "jaxlint.toml").touch()
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    tracer = Tracer(Options(), Limits(120), names={path: frozenset(names)} if names else {})
    return tracer, run([folder], config=Config(select=("ALL",)), opinion=tracer).diagnostics


def traced(folder: Path, text: str) -> dict[str, Traced]:
    """What became of each function."""
    tracer, _ = judged(folder, text, "Coder.__call__", "Coder.decode")
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


@pytest.mark.parametrize("library", LIKELY)
def test_what_users_compile_is_compiled(tmp_path: Path, library: str) -> None:
    """Nothing in the project does, but the finding says that its users do: JAX is asked what happens then."""
    pytest.importorskip(library, reason=f"{library} is not installed")
    _, found = judged(tmp_path, LIKELY[library])
    assert found
    assert {(one.code, one.verdict) for one in found} == {("JAX301", "confirmed")}


@pytest.mark.skipif(
    find_spec("flax") is None or find_spec("optax") is None, reason="flax or optax is missing"
)
def test_a_training_step_gets_the_state_that_the_program_makes(tmp_path: Path) -> None:
    """The call shows which function makes the state; the batch fits the weights in it."""
    tracer, found = judged(tmp_path, TRAINING, "train_step")
    assert [(one.code, one.verdict) for one in found] == [("JAX301", "confirmed")]
    (answer,) = tracer.outcomes[0].traced.values()
    state, batch = (word for _, word in answer.arguments)
    assert state == "new:program.create_state(key, 0.001)"
    assert batch == "{'image': f32[3,24], 'label': i32[3]}"
