"""JAX710 to JAX713: what a transformation refuses of its functions, operands and options."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, Remark, check, finding
from jaxlint.events import ReverseLoop, SignatureMismatch

_REASONS: dict[str, tuple[str, str]] = {
    "output": ("JAX711", "the function returns {left}, not a scalar"),
    "dtype": ("JAX711", "the function returns {left}, which is not real"),
    "aux": ("JAX711", "with `has_aux` the function returns {left}, not a pair of value and aux"),
    "input": ("JAX711", "argument {subject} is {left}, which has no derivative"),
    "input leaf": ("JAX711", "argument {subject} has a leaf {left}, which has no derivative"),
    "argnums": ("JAX711", "it differentiates argument {subject}, and gets {left} positional arguments"),
    "carry": ("JAX712", "the carry `{subject}` goes in as {left} and comes out as {right}"),
    "pair": ("JAX712", "`{subject}` returns {left}, not a pair of carry and output"),
    "condition": ("JAX712", "`{subject}` returns {left}, not a boolean scalar"),
    "branches": ("JAX712", "the output{at} is {left} and {right}"),
    "arity": ("JAX712", "`{subject}` {left}, and gets {right}"),
    "callable": ("JAX712", "`{subject}` is {left}, not a function"),
    "predicate": ("JAX712", "the predicate is {left}, not a scalar"),
    "index": ("JAX712", "the index is {left}, not an integer scalar"),
    "sizes": ("JAX712", "the leading axes to scan over have sizes {left} and {right}"),
    "scalar": ("JAX712", "{left} has no leading axis to scan over"),
    "bounds": ("JAX712", "the bounds are {left} and {right}, of different types"),
    "compiled": ("JAX712", "a function that is compiled already gets a traced value"),
    "entries": ("JAX713", "`in_axes` has {left} entries for {right} positional arguments"),
    "keywords": (
        "JAX713",
        "`in_axes` has {left} entries for {right} positional arguments; keywords map over axis 0",
    ),
    "unmapped": ("JAX713", "no argument is mapped"),
    "axis": ("JAX713", "{subject} is {left}, and has no axis {right}"),
    "lengths": ("JAX713", "the mapped axes have lengths {left} and {right}"),
    "structure": ("JAX713", "`{subject}` is {left}, and its argument {right}"),
    "out axis": ("JAX713", "`{subject}` is {right}, and the result for one example {left}"),
    "out structure": ("JAX713", "`{subject}` is {left}, and the result {right}"),
}
"""What does not fit: the rule, and what its message says."""


@check(SignatureMismatch)
def signature(event: SignatureMismatch) -> Iterator[Finding]:
    """A function, operand or option that JAX refuses once it has seen, or traced, the others."""
    code, reason = _REASONS[event.problem]
    at = f" at `{event.subject}`" if event.subject else ""
    text = reason.format(subject=event.subject, at=at, left=event.left, right=event.right)
    found = finding(code, event, function=event.function.replace("jax.", "", 1), reason=text)
    found.remarks = tuple(_remarks(event))
    yield found


def _remarks(event: SignatureMismatch) -> Iterator[Remark]:
    for subject, left, right in event.others:
        yield Remark(f"`{subject}` differs as well: {left} and {right}")
    if event.callback is not None:
        yield Remark("this is the function", event.callback)


@check(ReverseLoop)
def reverse_mode_while(event: ReverseLoop) -> Iterator[Finding]:
    """A derivative would have to go back through a loop that keeps nothing of its rounds."""
    loop = event.loop.label
    found = finding("JAX710", event, function=event.function.replace("jax.", "", 1), loop=loop)
    found.remarks = (Remark(f"its result comes out of this `{loop}`", event.loop.place),)
    yield found
