"""JAX801 to JAX803, JAX807: 64-bit types that are off, and switches that are thrown late or left on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaxlint.checks.base import Finding, Remark, check, finding
from jaxlint.events import DebugFlag, LateSwitch, WideDtype, WideInteger

_REASONS = {
    "arrays": ("after JAX arrays were made", "this array was made before, with 32 bits"),
    "import": (
        "after JAX was imported, and so too late",
        "JAX reads the environment on import, here",
    ),
}


@check(WideDtype)
def wide_dtype(event: WideDtype) -> Iterator[Finding]:
    """A 64-bit dtype where x64 is off."""
    yield finding("JAX801", event, dtype=event.dtype, narrow=event.narrow)


@check(WideInteger)
def wide_integer(event: WideInteger) -> Iterator[Finding]:
    """An integer beyond 32 bits where x64 is off."""
    yield finding("JAX807", event, effect="wraps around" if event.is_cut else "raises `OverflowError`")


@check(LateSwitch)
def late_switch(event: LateSwitch) -> Iterator[Finding]:
    """X64 switched on when it is too late for some arrays, or for all."""
    reason, remark = _REASONS[event.reason]
    found = finding("JAX802", event, reason=reason)
    yield replace(found, remarks=(Remark(remark, event.first),))


@check(DebugFlag)
def debug_flag(event: DebugFlag) -> Iterator[Finding]:
    """A debugging switch that is on in every run."""
    yield finding("JAX803", event, option=event.option)
