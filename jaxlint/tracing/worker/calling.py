"""Makes a call for the user's code; where JAX refuses the arguments, records that and tries others."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxlint.tracing.worker.checks import KEY_REUSE
from jaxlint.tracing.worker.lanes import Lanes
from jaxlint.tracing.worker.places import caller
from jaxlint.tracing.worker.recorder import Recorder


class SharedKeyError(Exception):
    """Stands for what JAX does not complain of: lanes that draw the same."""


_SEEDS = itertools.count(1)


def caller_for(current: Callable[[], Recorder], lanes: Lanes) -> Callable[..., Any]:
    """Return the function that instrumented code calls instead of its callees."""

    def call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
        if lanes.is_on and lanes.are_alike(function, args, kwargs):
            current().at(SharedKeyError("the key is the same in every lane of `vmap`"), caller())
        try:
            return function(*args, **kwargs)
        except Exception as error:
            recorder = current()
            frame = caller()
            trace = error.__traceback__.tb_next if error.__traceback__ else None
            if recorder.files.place(trace) is not None:
                raise  # a line further in is to blame
            if not (_is_of_jax(function) and recorder.at(error, frame)):
                raise
            for substitute in (
                (_fresh_keys,) if type(error).__name__ == KEY_REUSE else (_concrete, _as_arrays)
            ):
                try:
                    return function(*_mapped(args, substitute), **_mapped(kwargs, substitute))
                except Exception:  # noqa: BLE001, S112 - the first error is the one that is told
                    continue
            raise

    return call


def _is_of_jax(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    receiver = getattr(function, "__self__", None)
    return module.partition(".")[0] in {"jax", "jaxlib", "numpy"} or isinstance(receiver, jax.core.Tracer)


def _mapped(tree: Any, substitute: Callable[[Any], Any]) -> Any:
    if isinstance(tree, dict):
        return {name: substitute(value) for name, value in tree.items()}
    return [substitute(value) for value in tree]


def _concrete(value: Any) -> Any:
    """Ones in the place of tracers: sizes and shapes exist then."""

    def leaf(one: Any) -> Any:
        if not isinstance(one, jax.core.Tracer) or jnp.issubdtype(one.dtype, jax.dtypes.prng_key):
            return one
        ones = np.ones(one.shape, one.dtype)
        return ones.item() if ones.ndim == 0 and ones.dtype.kind in "iub" else ones

    return jax.tree_util.tree_map(leaf, value)


def _fresh_keys(value: Any) -> Any:
    """Other keys in the place of keys: the error is told, and what follows may show another."""
    if hasattr(value, "dtype") and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        fresh = jax.random.key(next(_SEEDS))
        return jax.random.split(fresh, value.shape) if value.shape else fresh
    return value


def _as_arrays(value: Any) -> Any:
    """An array in the place of a list or tuple of numbers."""
    if isinstance(value, (list, tuple)):
        return jnp.asarray(value)
    return value
