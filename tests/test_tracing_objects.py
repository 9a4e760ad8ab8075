"""Arguments that are objects of the project: made by its own functions and classes, or seen in calls."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from jaxlint.config import Config
from jaxlint.engine import run
from jaxlint.files import discover
from jaxlint.tracing.makers import makers
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options, Traced

BODIES = """
from typing import NamedTuple

import jax


class Body(NamedTuple):
    mass: jax.Array
    spin: jax.Array


class World:
    def __init__(self, bodies: Body):
        self.bodies = bodies


def load(path: str) -> Body:
    raise FileNotFoundError(path)
"""
SCENES = """
import jax.numpy as jnp
from bodies import Body, World


class Box(World):
    def __init__(self):
        super().__init__(Body(jnp.ones(5), jnp.ones((5, 4))))
"""
MOVES = """
import jax
import jax.numpy as jnp
from bodies import Body


@jax.jit
def energy(bodies: Body):
    return (bodies.mass @ bodies.spin).sum()


@jax.jit
def push(bodies: Body, force):
    return bodies.mass @ force


def both(bodies: Body):
    return inner(bodies.spin[:, :2], bodies)


@jax.jit
def inner(pair, whole):
    a, b = pair.T
    return a + b * whole.mass


def train(bodies: Body):
    total = 0.0
    while True:
        total = total + step(bodies.mass)


@jax.jit
def step(mass):
    first, *rest = mass
    assert len(rest) == 4
    return first
"""


def traced(folder: Path) -> dict[str, Traced]:
    """What became of each function of the module that moves things."""
    (folder / "jaxlint.toml").touch()
    for name, text in (("bodies", BODIES), ("scenes", SCENES), ("moves", MOVES)):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    tracer = Tracer(Options(measure=False), Limits(120))
    run([folder], opinion=tracer)
    return {
        outcome.request.targets[number].name: one
        for outcome in tracer.outcomes
        for number, one in outcome.traced.items()
    }


def test_the_makers_of_a_class_are_read_from_annotations(tmp_path: Path) -> None:
    """Classes that hold it count, and those derived from these; functions that want files do not."""
    for name, text in (("bodies.py", BODIES), ("scenes.py", SCENES), ("jaxlint.toml", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (project,) = discover([tmp_path])
    found = makers(project)
    assert found["Body"] == ("scenes:Box", "bodies:World")
    assert found["World"] == ("scenes:Box",)


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_objects_come_from_the_project_and_arrays_fit_them(tmp_path: Path) -> None:
    """Another module's class holds one that holds together; helpers get what their callers give them.

    A loop that never ends is cut off, and what it called counts.
    """
    functions = traced(tmp_path)
    for name in ("energy", "push", "inner", "step"):
        assert functions[name].reason is None, name
    assert functions["push"].arguments[1] == ("", "f32[5]")
    assert functions["inner"].source == "call in `both`"
    assert functions["step"].source == "call in `train`"


CONTACTS = """
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


@jax.tree_util.register_pytree_node_class
class Contact:
    def __init__(self, distance: jax.Array, dimensions: np.ndarray):
        self.distance, self.dimensions = distance, dimensions
        self.dimensions.setflags(write=False)

    def tree_flatten(self):
        return (self.distance,), self.dimensions.tobytes()

    @classmethod
    def tree_unflatten(cls, dimensions, children):
        return cls(*children, np.frombuffer(dimensions, np.float32))


@jax.jit
def depth(contact: Contact):
    return contact.distance.sum() * contact.dimensions.size


@partial(jax.pmap, axis_name="devices")
def mean(x):
    low, high = x
    return jax.lax.pmean(low + high, "devices")


@partial(jax.jit, static_argnums=1)
def padded(x, size):
    return jnp.zeros(size).at[: x.shape[0]].set(x)


class Grid:
    def __init__(self, shape):
        self.count = np.prod(shape)

    def fill(self, x):
        return padded(x, self.count)


if __name__ == "__main__":
    Grid((2, 3)).fill(jnp.ones(4))
"""


def test_what_arguments_are_beside_their_shapes_counts(tmp_path: Path) -> None:
    """Arrays that are to be NumPy's, one lane for each device, and static numbers that nobody knows."""
    (tmp_path / "contacts.py").write_text(CONTACTS, encoding="utf-8")
    tracer = Tracer(Options(measure=False), Limits(60.0))
    result = run([tmp_path], opinion=tracer)
    (outcome,) = tracer.outcomes
    names = {number: target.name for number, target in enumerate(outcome.request.targets)}
    reasons = {names[number]: traced.reason for number, traced in outcome.traced.items()}
    assert reasons == {"depth": None, "mean": None, "padded": None}
    assert not [one for one in result.diagnostics if one.verdict == "confirmed"]


HELD = """
import jax
import numpy as np

TABLE = np.ones((40, 6), np.float32)


@jax.jit
def project(x):
    return x @ TABLE
"""


def test_arrays_fit_those_that_a_function_takes_from_outside(tmp_path: Path) -> None:
    """Tables of the module have sizes as well as arguments have."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "program.py").write_text(HELD, encoding="utf-8")
    tracer = Tracer(Options(), Limits(120))
    run([tmp_path], config=Config(), opinion=tracer)
    (answer,) = tracer.outcomes[0].traced.values()
    assert answer.arguments == (("", "f32[40]"),)


ASSERTING = """
from functools import partial

import jax
import jax.numpy as jnp


class Box:
    def __init__(self, length=2.0):
        self.length = jnp.asarray(length)
        assert self.length > 0

    @partial(jax.jit, static_argnums=0)
    def wrap(self, x):
        return x % self.length

    @partial(jax.jit, static_argnums=0)
    def clipped(self, x):
        if x > self.length:
            return self.length
        return x


def use():
    return Box().wrap(jnp.ones(3)), Box().clipped(jnp.float32(1.0))
"""


def test_objects_are_made_before_the_trace(tmp_path: Path) -> None:
    """What a constructor asserts of its numbers is no error of the compiled method."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "program.py").write_text(ASSERTING, encoding="utf-8")
    found = run([tmp_path], config=Config(select=("JAX3", "JAX751")), opinion=Tracer(Options(), Limits(120)))
    assert [(one.code, one.span.start.row, one.verdict) for one in found.diagnostics] == [
        ("JAX301", 19, "confirmed")
    ]


SEVERAL = """
from functools import partial

import jax
import jax.numpy as jnp


class Board:
    def __init__(self, size=8):
        self.size = size

    @partial(jax.jit, static_argnums=0)
    def step(self, cells):
        return jnp.where(cells > 0, cells, jnp.zeros((self.size, self.size)))


def board_of(pieces):
    return Board(pieces.size)


def play(pieces):
    small, large = Board(2), Board(size=4)
    board = board_of(pieces)
    board.step(jnp.ones((3, 3)))
    return small.step(jnp.ones((2, 2))), large.step(jnp.ones((4, 4)))
"""


def test_a_call_is_made_on_the_object_that_the_program_calls(tmp_path: Path) -> None:
    """Boards of other sizes would not take the cells; where nobody knows which one it is, nothing is sure."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "program.py").write_text(SEVERAL, encoding="utf-8")
    tracer = Tracer(Options(), Limits(120))
    found = run([tmp_path], config=Config(), opinion=tracer)
    assert found.diagnostics == ()
    answers = {one.source: one.arguments for one in tracer.outcomes[0].traced.values()}
    assert answers["call site"] in {(("", "f32[2,2]"),), (("", "f32[4,4]"),)}
