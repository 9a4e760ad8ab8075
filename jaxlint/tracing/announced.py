"""Which exceptions confirm a finding: what JAX raises, or what one of the worker's own checks finds."""

from __future__ import annotations

from jaxlint.catalogue import catalogue

KEY_REUSE, LEAK, NAN, CHANGED = "KeyReuseError", "LeakedTracer", "NaNGradient", "ChangedConstant"
SHARED = "SharedKeyError"
"""What `jaxlint.tracing.worker.checks` calls what it finds."""

BY_CHECKS = frozenset({KEY_REUSE, SHARED, LEAK, NAN, CHANGED})
"""They confirm findings, and are none by themselves: the program runs."""

_CHECKED: dict[str, set[str]] = {
    "JAX601": {KEY_REUSE},
    "JAX602": {KEY_REUSE},
    "JAX608": {KEY_REUSE, SHARED},
    "JAX103": {LEAK},
    "JAX804": {NAN},
    "JAX102": {CHANGED},
    "JAX105": {CHANGED},
    "JAX604": {CHANGED},
    "JAX104": {"TypeError"},  # some ways to pass an iterator raise, others are silent
    "JAX107": {"TypeError"},  # a cache that needs the hash of a tracer raises
}

_GONE = frozenset(("AttributeError", "TypeError", "ImportError"))


def announced(code: str) -> frozenset[str]:
    """Names of the exceptions that a rule speaks of; none where nothing can confirm it."""
    return frozenset(filter(None, (catalogue()[code].raises, *_CHECKED.get(code, ()))))


def with_stated_arguments(code: str) -> frozenset[str]:
    """Names of exceptions that confirm a finding where the arguments are stated, not guessed.

    What leaves JAX after the version that a project targets may be gone from the one that traces.
    """
    return _GONE if code == "JAX902" else frozenset()


def is_conclusive(code: str) -> bool:
    """Whether silence of JAX says that the finding is wrong: its own checks do not see everything."""
    return catalogue()[code].raises is not None or code == "JAX601"
