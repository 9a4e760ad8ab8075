"""Checks for what raises nothing: reused keys, leaked tracers, frozen values, gradients that are NaN.

Each runs a function once more, in a way of JAX's own, and records what it finds at the rows of findings
that the run came to.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxlint.tracing.protocol import Problem
from jaxlint.tracing.worker.lanes import Lanes
from jaxlint.tracing.worker.reached import Reached
from jaxlint.tracing.worker.recorder import Recorder

KEY_REUSE, LEAK, NAN, CHANGED = "KeyReuseError", "LeakedTracer", "NaNGradient", "ChangedConstant"
SHARED = "SharedKeyError"

_LEAK_CHECK_IS_SLOW = jax.__version_info__ < (0, 5)
"""Older versions look for all paths to a leaked tracer, for minutes, to say who keeps it."""

Arguments = Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
"""Makes the arguments anew: they may be donated."""

Rows = Mapping[str, Mapping[int, tuple[str, ...]]]


def checked(
    function: Callable[..., Any],
    arguments: Arguments,
    rows: Rows,
    recorder: Recorder,
    lanes: Lanes,
) -> list[Problem]:
    """Run the checks that findings ask for; the problems are those of the recorder and of the checks."""
    wanted = {name for by_row in rows.values() for names in by_row.values() for name in names}
    found: list[Problem] = []
    if KEY_REUSE in wanted:
        _keys(function, arguments, recorder, lanes)
    if LEAK in wanted:
        found += _leaks(function, arguments, rows)
    if CHANGED in wanted:
        found += _constants(function, arguments, rows)
    if NAN in wanted:
        found += _gradients(function, arguments, rows)
    return [*(one for one in recorder.problems.values() if one.error in {KEY_REUSE, SHARED}), *found]


def _keys(function: Callable[..., Any], arguments: Arguments, recorder: Recorder, lanes: Lanes) -> None:
    """Run eagerly, so that JAX's own check of keys speaks of lines; old keys are made new ones for it."""
    try:
        with jax.disable_jit(), jax.debug_key_reuse(True), _new_keys(), lanes.watching():
            args, kwargs = jax.tree_util.tree_map(_as_key, arguments())
            function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - only one kind is of interest
        if type(error).__name__ == KEY_REUSE:
            recorder.note_traceback(error)


def _as_key(leaf: Any) -> Any:
    """What has the form of an old key, as a new one."""
    if getattr(leaf, "dtype", None) == jnp.uint32 and leaf.shape[-1:] == (2,):
        return jax.random.wrap_key_data(leaf)
    return leaf


@contextlib.contextmanager
def _new_keys() -> Iterator[None]:
    """Let `jax.random.PRNGKey` make keys that the check knows."""
    original = jax.random.PRNGKey
    jax.random.PRNGKey = jax.random.key
    try:
        yield
    finally:
        jax.random.PRNGKey = original


def _leaks(function: Callable[..., Any], arguments: Arguments, rows: Rows) -> list[Problem]:
    reached = Reached(rows)
    jax.clear_caches()
    gc.collect()
    gc.freeze()  # nobody need look at all that there was before
    try:
        with reached.watching(), contextlib.nullcontext() if _LEAK_CHECK_IS_SLOW else jax.checking_leaks():
            args, kwargs = arguments()
            function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - only one kind is of interest
        return _at(reached, rows, LEAK, str(error)) if "Leaked" in str(error) else []
    else:
        gc.collect()
        left = _LEAK_CHECK_IS_SLOW and any(isinstance(one, jax.core.Tracer) for one in gc.get_objects())
        return _at(reached, rows, LEAK, "a tracer is left after its trace") if left else []
    finally:
        gc.unfreeze()


def _constants(function: Callable[..., Any], arguments: Arguments, rows: Rows) -> list[Problem]:
    """Trace twice: what the host decides while tracing may differ, and each program keeps what it saw."""
    reached = Reached(rows)

    def program() -> tuple[str, list[bytes]]:
        jax.clear_caches()
        args, kwargs = arguments()
        made = jax.make_jaxpr(lambda: function(*args, **kwargs))()
        return str(made.jaxpr), [np.asarray(const).tobytes() for const in made.consts]

    try:
        with reached.watching():
            is_same = program() == program()
    except BaseException:  # noqa: BLE001 - what cannot be traced as a whole is not compared
        return []
    return [] if is_same else _at(reached, rows, CHANGED, "two traces of it hold different constants")


def _gradients(function: Callable[..., Any], arguments: Arguments, rows: Rows) -> list[Problem]:
    """Differentiate where the derivative of roots, norms and logarithms does not exist."""
    reached = Reached(rows)
    args, kwargs = arguments()
    zeros = jax.tree_util.tree_map(lambda leaf: leaf * 0 if _is_float(leaf) else leaf, args)
    leaves, tree = jax.tree_util.tree_flatten(zeros)
    floats = [leaf for leaf in leaves if _is_float(leaf)]

    def total(*values: Any) -> Any:
        given = iter(values)
        filled = [next(given) if _is_float(leaf) else leaf for leaf in leaves]
        result = function(*jax.tree_util.tree_unflatten(tree, filled), **kwargs)
        return sum(jnp.sum(leaf) for leaf in jax.tree_util.tree_leaves(result) if _is_float(leaf))

    try:
        with reached.watching():
            values = [total(*floats), *jax.grad(total, argnums=tuple(range(len(floats))))(*floats)]
    except BaseException:  # noqa: BLE001 - not every function can be differentiated
        return []
    if any(bool(jnp.any(jnp.isnan(value))) for value in values):
        return _at(reached, rows, NAN, "the gradient at zero is NaN")
    return []


def _is_float(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and bool(jnp.issubdtype(leaf.dtype, jnp.floating))


def _at(reached: Reached, rows: Rows, error: str, message: str) -> list[Problem]:
    """The problem at each row that waits for it and that ran."""
    return [
        Problem(path, row, error, message.partition("\n")[0], (error,))
        for path, row in reached.seen
        if error in rows[path][row]
    ]
