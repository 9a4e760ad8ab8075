"""Operations on a value that may be traced, each of them one line of a generated program.

The texts name their operands by placeholders, which the program fills in for each transformation:

* ``<s>`` a scalar of floating point, 2.0 or so, ``<v>`` a vector of three, ``<n>`` the integer 1;
* ``<k>`` a Python number: an argument that the transformation keeps static, or a global.

Everything else that they name is in ``HEADER``.
"""

from __future__ import annotations

from dataclasses import dataclass

HEADER = """\
import functools
import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import jit, lax, vmap
from jax.experimental import io_callback, pallas as pl
from jax.experimental.ode import odeint
from jax.experimental.pjit import pjit
from jax.sharding import Mesh, PartitionSpec as P

K = 3
CONFIG = {"width": 3}
NUMPY_WEIGHTS = np.ones(3)
NUMPY_MASK = np.array([True, False, True])
WEIGHTS = jnp.ones(3)
SCALE = jnp.asarray(2.0)
COUNT = jnp.asarray(1)
X = jnp.asarray(2.0)
V = jnp.arange(1.0, 4.0)
BATCH = jnp.ones((2, 3))


class Pair(NamedTuple):
    first: jax.Array
    second: jax.Array


def two_args(x, y):
    return x
"""
"""The start of every generated program."""

TRACER = "tracer"
FALSE = "false"


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a traced function.

    ``codes`` are the rules that may speak of the line. ``silent`` says when the line is wrong although it
    raises nothing: with a tracer for an operand, or with a false result. ``needs_tracer``: it fails with
    any array, as Python has it, and the rule speaks of tracers only. ``suits_container``: with a list in
    the place of the vector nothing need be wrong.
    """

    text: str
    codes: tuple[str, ...] = ()
    is_statement: bool = False
    silent: str = ""
    needs_tracer: bool = False
    suits_container: bool = False


def _statements(code: str, *texts: str) -> list[Operation]:
    return [Operation(text, (code,), is_statement=True) for text in texts]


def _expressions(code: str, *texts: str) -> list[Operation]:
    return [Operation(text, (code,)) for text in texts]


def _on_containers(code: str, *texts: str, is_statement: bool = False) -> list[Operation]:
    return [Operation(text, (code,), is_statement, suits_container=True) for text in texts]


def _unhashable(*texts: str) -> list[Operation]:
    return [Operation(text, ("JAX308",), needs_tracer=True) for text in texts]


def _fine(*texts: str) -> list[Operation]:
    return [Operation(text) for text in texts]


_ARRAYS = [
    *_on_containers("JAX201", "<v>[0] = 1.0", "<v>[0] += 1.0", is_statement=True),
    *_expressions("JAX205", "<v>.at[0].sub(1.0)"),
    *_fine("<v>.at[0].set(1.0)", "<v>.at[<n>].add(<s>)"),
]

_BRANCHES = [
    *_statements(
        "JAX301", "if <s> > 0: pass", "if <s>: pass", "if not <s> > 0: pass", "if jnp.any(<v> > 0): pass"
    ),
    *_expressions("JAX301", "1 if <s> > 0 else 2", "[i for i in (1, 2) if <s> > i]"),
    *_statements("JAX302", "while <s> < 0: pass"),
    *_statements("JAX303", "for _ in range(<n>): pass"),
    *_expressions("JAX303", "range(<n>)", "[i for i in range(<n>)]"),
    *_statements("JAX304", "assert <s> > 0", "assert jnp.all(<v> > 0), 'positive'"),
    *_expressions("JAX305", "not <s>", "<s> > 0 and K", "<s> < 0 or K", "0 < <s> < 5", "<s> in (1.0, 2.0)"),
    *_expressions(
        "JAX305",
        "any(<v> > 0)",
        "all(<v> > 0)",
        "min(<s>, 1.0)",
        "max(1.0, <s>)",
        "sorted([<s>, 1.0])",
    ),
    *_on_containers("JAX305", "1.0 in <v>", "min(<v>)"),
]

_CONVERSIONS = [
    Operation("int(<s>)", ("JAX306", "JAX309"), silent=TRACER),
    Operation("<s>.item()", ("JAX306", "JAX309"), silent=TRACER),
    *_expressions("JAX306", "float(<s>)", "bool(<s>)", "complex(<s>)", "<v>.tolist()", "float(<v>[0])"),
    *_expressions("JAX306", "math.sqrt(<s>)", "math.floor(<s>)", "math.isnan(<s>)"),
    *_expressions(
        "JAX306", "f'{<s>:.2f}'", "'%.2f' % <s>", "'%d' % <s>", "'{:.2f}'.format(<s>)", "format(<s>, '.2f')"
    ),
    *_expressions("JAX306", "float(<n>)", "int(<n>)", "float(<s> > 0)", "float(lax.stop_gradient(<s>))"),
    *_expressions(
        "JAX307",
        "np.sin(<v>)",
        "np.clip(<v>, 0, 1)",
        "np.asarray(<v>)",
        "np.array(<s>)",
        "np.where(<v> > 0, 1, 2)",
    ),
    *_expressions(
        "JAX307",
        "np.dot(<v>, <v>)",
        "np.stack([<v>, <v>])",
        "np.zeros_like(<v>)",
        "np.float32(<s>)",
        "np.linalg.norm(<v>)",
    ),
    *_expressions(
        "JAX307",
        "NUMPY_WEIGHTS[<n>]",
        "np.asarray(<n>)",
        "np.asarray(<v> > 0)",
        "np.asarray(lax.stop_gradient(<v>))",
    ),
    *_statements("JAX307", "NUMPY_WEIGHTS[0] = <s>"),
    *_fine(
        "np.sum(<v>)",
        "np.mean(<v>)",
        "np.max(<v>)",
        "np.reshape(<v>, (3, 1))",
        "np.shape(<v>)",
        "np.argmax(<v>)",
    ),
    *_fine(
        "NUMPY_WEIGHTS * <v>",
        "NUMPY_WEIGHTS @ <v>",
        "np.float32(2.0) * <s>",
        "np.pi * <s>",
        "np.float32(2.0) < <s>",
    ),
    *_fine(
        "f'{<s>}'", "str(<s>)", "repr(<v>)", "round(<s>)", "abs(<s>)", "sum(<v>)", "[row * 2 for row in <v>]"
    ),
]

_INDEXING = [
    *_expressions("JAX308", "[1, 2, 3][<n>]", "(1, 2, 3)[<n>]", "<v>.shape[<n> - 1]", "[1, 2, 3][:<n>]"),
    *_expressions("JAX308", "[1, 2].index(<n>)", "[1, 2].count(<n>)"),
    *_unhashable("{<s>: 1}", "{1: 2}[<n>]", "{1: 2}.get(<n>)", "{<n>}", "<n> in {1, 2}"),
    Operation("np.array_equal(<v>, <v>)", ("JAX309",), silent=FALSE),
    Operation("<s> == 'text'", ("JAX309",), silent=TRACER),
    *_expressions("JAX401", "<v>[<v> > 0]", "<v>[jnp.isfinite(<v>)]"),
    *_expressions("JAX404", "<v>[:<n>]", "<v>[<n>:]", "<v>[<n> - 1 : <n> + 1]"),
    *_fine(
        "<v>[<n>]",
        "<v>[NUMPY_MASK]",
        "jnp.where(<v> > 0, <v>, 0.0)",
        "<v>[:K]",
        "lax.dynamic_slice(<v>, (<n>,), (1,))",
    ),
]

_SHAPES = [
    *_expressions(
        "JAX402",
        "jnp.nonzero(<v>)",
        "jnp.where(<v> > 0)",
        "jnp.unique(<v>)",
        "jnp.argwhere(<v>)",
        "jnp.flatnonzero(<v>)",
    ),
    *_expressions(
        "JAX403",
        "jnp.zeros(<n>)",
        "jnp.zeros((<n>, 2))",
        "jnp.arange(<n>)",
        "jnp.arange(0, <n>)",
        "jnp.eye(<n>)",
    ),
    *_expressions(
        "JAX403",
        "jnp.reshape(<v>, (3, <n>))",
        "<v>.reshape(<n>, 3)",
        "jnp.linspace(0.0, 1.0, <n>)",
        "jnp.sum(<v>, axis=<n> - 1)",
    ),
    *_expressions("JAX403", "jnp.repeat(<v>, <n>)", "jax.nn.one_hot(0, <n>)", "jnp.ones(<v>.shape[0] * <n>)"),
    *_fine(
        "jnp.nonzero(<v>, size=2)", "jnp.linspace(0.0, <s>, 3)", "jnp.roll(<v>, <n>)", "jnp.take(<v>, <n>)"
    ),
    *_fine("jnp.full(3, <s>)", "jnp.zeros(<v>.shape)", "jnp.arange(<v>.shape[0])"),
]

_STATIC = [
    *_fine(
        "1 if <s> is None else 2", "1 if <s> is not None else 2", "1 if isinstance(<s>, jax.Array) else 2"
    ),
    *_fine(
        "1 if <v>.shape[0] > 2 else 3", "1 if <v>.ndim == 1 else 2", "1 if <v>.dtype == jnp.float32 else 2"
    ),
    *_fine(
        "range(len(<v>))",
        "float(<v>.size)",
        "math.sqrt(<v>.shape[0])",
        "np.prod(<v>.shape)",
        "int(np.prod(<v>.shape))",
    ),
    *_expressions("JAX301", "1 if <k> > 1 else 2"),
    *_expressions("JAX303", "range(<k>)"),
    *_expressions("JAX306", "float(<k>)"),
    *_expressions("JAX307", "np.zeros(<k>)"),
    *_expressions("JAX308", "[1, 2, 3, 4][<k>]"),
    *_expressions("JAX403", "jnp.zeros(<k>)"),
    *_fine(
        "1 if K > 1 else 2", "range(CONFIG['width'])", "1 if NUMPY_WEIGHTS.sum() > 0 else 2", "f'{K:.2f}'"
    ),
]

_CONSTANTS = [
    *_expressions(
        "JAX301",
        "1 if WEIGHTS.sum() > 0 else 2",
        "1 if SCALE > 0 else 2",
        "1 if jnp.ones(3).sum() > 0 else 2",
    ),
    *_expressions(
        "JAX306",
        "float(SCALE)",
        "float(SCALE * 2)",
        "float(jnp.sqrt(2.0))",
        "int(jnp.prod(jnp.array(<v>.shape)))",
    ),
    *_expressions("JAX306", "float(WEIGHTS[0])", "int(jnp.array(3))"),
    *_expressions("JAX301", "1 if SCALE else 2"),
    *_expressions(
        "JAX307",
        "np.asarray(WEIGHTS)",
        "np.asarray(WEIGHTS + 1)",
        "np.sin(WEIGHTS)",
        "np.asarray(jnp.arange(3))",
    ),
    *_expressions("JAX303", "range(COUNT)"),
    *_expressions("JAX308", "[1, 2, 3][COUNT]"),
    *_expressions("JAX401", "<v>[WEIGHTS > 0]"),
    *_expressions("JAX402", "jnp.nonzero(WEIGHTS)"),
    *_expressions("JAX403", "jnp.zeros(COUNT)", "jnp.zeros(COUNT + 1)"),
    *_fine("1 if len(WEIGHTS) > 2 else 3", "1 if WEIGHTS.shape == (3,) else 2"),
]

OPERATIONS: tuple[Operation, ...] = (
    *_ARRAYS,
    *_BRANCHES,
    *_CONVERSIONS,
    *_INDEXING,
    *_SHAPES,
    *_STATIC,
    *_CONSTANTS,
)
"""Every operation, those of one rule beside each other."""
