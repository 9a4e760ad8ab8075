"""JAX601 to JAX608: random numbers."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, Remark, check, finding
from jaxlint.events import KeyReuse

_CODES = {"again": "JAX601", "loop": "JAX602", "shared": "JAX608"}


@check(KeyReuse)
def key_reuse(event: KeyReuse) -> Iterator[Finding]:
    """A key is used up twice: in the course of the program, in a loop, or by a mapped function."""
    found = finding(_CODES[event.how], event, key=event.key or "this key")
    if event.how == "again":
        found.remarks = (Remark("used first here", event.first),)
    yield found
