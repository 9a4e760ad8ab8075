"""JAX712: functions and operands of a transformation that cannot fit together."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, check, finding
from jaxlint.events import SignatureMismatch

_PROBLEMS = {
    "carry": "the carry `{subject}` goes in as {left} and comes out as {right}",
    "pair": "`{subject}` returns {left}, not a pair of carry and output",
    "condition": "`{subject}` returns {left}, not a boolean scalar",
    "branches": "the output{subject} is {left} and {right}",
    "arity": "`{subject}` {left}, and gets {right}",
    "callable": "`{subject}` is {left}, not a function",
    "predicate": "the predicate is {left}, not a scalar",
    "index": "the index is {left}, not an integer scalar",
    "sizes": "the leading axes to scan over have sizes {left} and {right}",
    "scalar": "{left} has no leading axis to scan over",
    "bounds": "the bounds are {left} and {right}, of different types",
}


@check(SignatureMismatch)
def control_flow_signature(event: SignatureMismatch) -> Iterator[Finding]:
    """A body, branch or operand that JAX refuses once it has traced it."""
    subject = f" at `{event.subject}`" if event.problem == "branches" and event.subject else event.subject
    reason = _PROBLEMS[event.problem].format(subject=subject, left=event.left, right=event.right)
    yield finding("JAX712", event, function=event.function.replace("jax.", "", 1), reason=reason)
