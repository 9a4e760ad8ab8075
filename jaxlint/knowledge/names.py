"""Names that mean the same thing, names of builtins, and which modules the tables know."""

from __future__ import annotations

import builtins
import math
from functools import cache

# Longest first: a name is rewritten by the first prefix that fits.
_ALIASES = {
    "jax.api": "jax",
    "jax._src.api": "jax",
    "jax.random.random": "jax.random",
    "jax.experimental.pjit.pjit": "jax.jit",
    "jax.interpreters.pxla.pjit": "jax.jit",
    "jax.remat": "jax.checkpoint",
    "jax.ad_checkpoint.checkpoint": "jax.checkpoint",
    "jax.lax.lax": "jax.lax",
    "jax.core.jaxpr_as_fun": "jax.core.jaxpr_as_fun",
    "jax.config.config": "jax.config",
    "numpy.core": "numpy",
    "onp": "numpy",
    "flax.linen.initializers": "jax.nn.initializers",
    "flax.nnx.initializers": "jax.nn.initializers",
    "scico.numpy": "jax.numpy",
}

# Functions of JAX under the names that neural-network libraries give them as well.
_ACTIVATIONS = (
    "celu elu gelu glu hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid log_softmax"
    " logsumexp one_hot relu relu6 selu sigmoid silu soft_sign softmax softplus standardize swish"
)
for _module in ("flax.linen", "flax.linen.activation", "flax.nnx"):
    _ALIASES |= {f"{_module}.{name}": f"jax.nn.{name}" for name in _ACTIVATIONS.split()}
    _ALIASES[f"{_module}.tanh"] = "jax.numpy.tanh"

_BUILTINS = frozenset(dir(builtins)) | {"reveal"}

ON_JAX = frozenset(
    "blackjax brax chex diffrax distrax equinox flax gymnax haiku jax jaxopt lineax numpyro optax optimistix"
    " orbax scico".split()
)
"""JAX and libraries that import it."""

# Libraries whose public names the tables describe: they are never interpreted, not even when the
# project that is linted is one of them.
_LIBRARIES = ("jax", "numpy", "builtins", "functools", "itertools", "math", "operator")


def is_builtin(name: str) -> bool:
    """Whether ``name`` is one of Python's builtins (or ``reveal``, which tests use)."""
    return name in _BUILTINS


@cache
def is_known_library(dotted: str) -> bool:
    """Whether a dotted name belongs to the public interface of a library that the tables describe."""
    top, _, rest = dotted.partition(".")
    return top in _LIBRARIES and "_src" not in rest.split(".") and "experimental.jax2tf" not in rest


_NUMBERS = {"inf": math.inf, "pi": math.pi, "e": math.e, "tau": math.tau, "nan": math.nan}


def number(dotted: str) -> float | None:
    """The Python number behind a name such as ``jax.numpy.pi``; None for any other name."""
    module, _, name = dotted.rpartition(".")
    return _NUMBERS.get(name) if module in ("jax.numpy", "numpy", "math") else None


_MODULES = frozenset(
    """jax jax.numpy jax.numpy.linalg jax.numpy.fft jax.lax jax.nn jax.nn.initializers jax.random jax.scipy
    jax.scipy.special jax.scipy.linalg jax.scipy.stats jax.tree jax.tree_util jax.experimental jax.ops
    jax.debug jax.core jax.errors jax.typing jax.sharding jax.profiler jax.custom_derivatives jax.image
    jax.dtypes numpy numpy.random numpy.linalg numpy.fft scipy math functools itertools operator dataclasses
    typing collections contextlib enum os sys random""".split()
)


def is_module(dotted: str) -> bool:
    """Whether a dotted name is that of a library's module, as far as the tables know."""
    return dotted in _MODULES


@cache
def canonical(dotted: str) -> str:
    """The one name under which the tables know what ``dotted`` stands for."""
    for alias, name in _ALIASES.items():
        if dotted == alias or dotted.startswith(alias + "."):
            return name + dotted[len(alias) :]
    return dotted


def aliases() -> frozenset[str]:
    """The names that stand for others."""
    return frozenset(_ALIASES)
