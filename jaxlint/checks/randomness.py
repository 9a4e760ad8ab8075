"""JAX601 to JAX608: random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from jaxlint.checks.base import Finding, Remark, around, check, finding
from jaxlint.diagnostics import Level
from jaxlint.edits.keys import split_first
from jaxlint.events import ConstantKey, HostRandom, KeyDiscarded, KeyReuse, LegacyKey

_REUSE = {
    "again": "JAX601",
    "loop": "JAX602",
    "method": "JAX602",
    "shared": "JAX608",
    "implicit": "JAX607",
}

_CONSTANT = {
    "traced": "in traced code",
    "loop": "in a loop",
    "default": "as a default argument",
    "called": "by a function that a loop calls",
}


@check(KeyReuse)
def key_reuse(event: KeyReuse) -> Iterator[Finding]:
    """A key is used up twice: in the course of the program, in a loop, or by a mapped function."""
    found = finding(_REUSE[event.how], event, key=(event.key, event.part) if event.key else "this key")
    if event.how in ("again", "implicit"):
        found.remarks = (Remark("used first here", event.first),)
        if event.first_key is not None:
            found.fix = partial(split_first, *around(event), event.first_key, event.key)
    elif event.how == "method":
        # Whether the method is called more than once is not known.
        found.level = Level.WARNING
        found.remarks = (Remark("each call of the method finds the key as `__init__` has left it"),)
    if event.frame.is_test:
        found.level = Level.WARNING  # the numbers of tests need not be independent of each other
    yield found


@check(KeyDiscarded)
def discarded_key(event: KeyDiscarded) -> Iterator[Finding]:
    """The new keys of ``split`` or ``fold_in`` are dropped, and the old one goes on being used."""
    yield finding("JAX603", event, function=event.function, key=event.key)


@check(HostRandom)
def host_random(event: HostRandom) -> Iterator[Finding]:
    """NumPy or Python draws one number where traced code seems to draw many."""
    effect = "once for the whole batch" if event.transform == "vmap" else "once, while tracing"
    found = finding("JAX604", event, function=event.function, effect=effect)
    found.origin = event.frame.trace.origin
    yield found


@check(ConstantKey)
def constant_key(event: ConstantKey) -> Iterator[Finding]:
    """A key from a constant gives the same numbers at every run."""
    yield finding("JAX605", event, reason=_CONSTANT[event.reason])


@check(LegacyKey)
def legacy_key(event: LegacyKey) -> Iterator[Finding]:
    """A key of the old form: an array of integers that nothing protects."""
    yield finding("JAX606", event)
