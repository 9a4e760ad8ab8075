"""Makes a call for the user's code; where JAX refuses the arguments, records that and tries others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxlint.tracing.worker.places import caller
from jaxlint.tracing.worker.recorder import Recorder


def caller_for(current: Callable[[], Recorder]) -> Callable[..., Any]:
    """Return the function that instrumented code calls instead of its callees."""

    def call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
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
            for substitute in (_concrete, _as_arrays):
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


def _as_arrays(value: Any) -> Any:
    """An array in the place of a list or tuple of numbers."""
    if isinstance(value, (list, tuple)):
        return jnp.asarray(value)
    return value
