"""Which files can hold sharp bits: those whose text names JAX or a library built on it."""

from __future__ import annotations

import re

_LIBRARIES = re.compile(
    r"jax|flax|jnp|optax|equinox|eqx|haiku|numpyro|brax|chex|diffrax|optimistix|lineax|blackjax|distrax|scico|"
    r"gymnax|reveal\("
)


def names_jax(text: str) -> bool:
    """Whether ``text`` mentions JAX or anything built on it."""
    return _LIBRARIES.search(text) is not None
