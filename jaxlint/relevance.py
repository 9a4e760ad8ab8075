"""Which files can hold sharp bits: those whose text names JAX or a library built on it."""

from __future__ import annotations

import re

from jaxlint.knowledge.names import ON_JAX

# Under their usual short names as well; `reveal` asks what the analyzer knows.
_MENTIONED = re.compile("|".join([*sorted(ON_JAX), "jnp", "eqx", r"reveal\("]))


def names_jax(text: str) -> bool:
    """Whether ``text`` mentions JAX or anything built on it."""
    return _MENTIONED.search(text) is not None
