"""Between which limits the results of JAX's functions lie: typed access to `bounds.toml`."""

from __future__ import annotations

from functools import cache

from jaxlint.knowledge.tables import load_table


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = load_table("bounds")["within"]
    return {name: limits for limits, names in table.items() for name in names.split()}


def limits_of(dotted: str) -> tuple[float, float] | None:
    """Return the limits of what a function returns, or None where they are not known.

    A method of arrays has those of the function of `jax.numpy` of its name.
    """
    limits = _table().get(dotted.replace("jax.Array.", "jax.numpy."))
    if limits is None:
        return None
    low, high = map(float, limits.split())
    return low, high


def keeps_limits(dotted: str) -> bool:
    """Tell whether all that a function returns was among what it was given, or between that."""
    return _table().get(dotted.rpartition(".")[2]) == "keep"
