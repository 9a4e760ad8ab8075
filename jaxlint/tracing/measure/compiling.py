"""Lowers and compiles, and says how long that took and what XLA says about the result."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax

_SIZES = (
    "argument_size_in_bytes",
    "output_size_in_bytes",
    "temp_size_in_bytes",
    "alias_size_in_bytes",
    "generated_code_size_in_bytes",
)


def lower(function: Callable[..., Any], arguments: Sequence[Any], platform: str | None) -> Any:
    """Lower for a platform: for a device of it where there is one; None means the default one."""
    jitted = jax.jit(function)
    if platform is None:
        return jitted.lower(*arguments)
    device = device_of(platform)
    if device is None:
        return jitted.trace(*arguments).lower(lowering_platforms=(lowering_name(platform),))
    with jax.default_device(device):
        return jitted.lower(*arguments)


def lowering_name(platform: str) -> str:
    """Return what JAX calls a platform when it lowers for it."""
    return "cuda" if platform == "gpu" else platform


def device_of(platform: str) -> Any:
    """Return the first device of a platform, or None where there is none."""
    try:
        return jax.devices(platform)[0]
    except RuntimeError:
        return None


@contextlib.contextmanager
def without_cache() -> Iterator[None]:
    """Keep JAX from taking compiled programs out of its persistent cache."""
    name = "jax_enable_compilation_cache"
    before = getattr(jax.config, name, None)
    if before is None:
        yield
        return
    jax.config.update(name, False)
    try:
        yield
    finally:
        jax.config.update(name, before)


def timed_compile(lowered: Any) -> tuple[Any, float, float]:
    """Compile; return the result, the processor time of all threads, and the time on the clock."""
    with without_cache():
        processor, clock = time.process_time(), time.perf_counter()
        compiled = lowered.compile()
        return compiled, time.process_time() - processor, time.perf_counter() - clock


def cost(stage: Any) -> dict[str, float]:
    """Return operations and bytes as XLA counts them, of a lowered or compiled function."""
    with contextlib.suppress(Exception):  # many backends and stages cannot say
        analysis = stage.cost_analysis()
        if isinstance(analysis, (list, tuple)):
            analysis = analysis[0]
        names = {"flops": "flops", "transcendentals": "transcendentals", "bytes accessed": "bytes"}
        return {ours: float(analysis[theirs]) for theirs, ours in names.items() if theirs in analysis}
    return {}


def memory(compiled: Any) -> dict[str, int]:
    """Return the bytes that a compiled function needs, by use, and their peak."""
    with contextlib.suppress(Exception):
        analysis = compiled.memory_analysis()
        sizes = {name.removesuffix("_size_in_bytes"): int(getattr(analysis, name)) for name in _SIZES}
        peak = getattr(analysis, "peak_memory_in_bytes", 0)
        held = sizes["argument"] + sizes["output"] + sizes["temp"] - sizes["alias"]
        return {**sizes, "peak": int(peak) or held}
    return {}
