"""Names for what a fix writes: how the module spells a library's function, and names that are free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from jaxlint.edits.spots import bound_by, statements
from jaxlint.syntax import nodes as n


def spelling(module: n.Code, inside: Sequence[n.Code], dotted: str) -> str | None:
    """How code in the functions ``inside`` of a module can write ``dotted``; None where it cannot.

    The imports at the module's top level count; the shortest of the spellings is taken.
    """
    hidden = {name for code in inside if code is not module for name in code.bound}
    for statement in statements(module.body):
        if not isinstance(statement, (n.Import, n.ImportFrom)):
            hidden |= bound_by(statement)
    found = [text for text in _spellings(module.body, dotted) if text.partition(".")[0] not in hidden]
    return min(found, key=len, default=None)


def _spellings(body: Sequence[n.Stmt], dotted: str) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, n.Import):
            for name, alias in statement.names:
                if alias is None and _is_below(dotted, root := name.partition(".")[0]):
                    yield root + dotted.removeprefix(root)
                elif alias is not None and _is_below(dotted, name):
                    yield alias + dotted.removeprefix(name)
        elif isinstance(statement, n.ImportFrom) and statement.dots == 0:
            for name, alias in statement.names or ():
                if _is_below(dotted, whole := f"{statement.module}.{name}"):
                    yield alias + dotted.removeprefix(whole)
        elif isinstance(statement, n.Try):
            yield from _spellings(statement.body, dotted)


def _is_below(dotted: str, prefix: str) -> bool:
    return dotted == prefix or dotted.startswith(f"{prefix}.")


def numbered(name: str) -> Iterator[str]:
    """Yield ``name``, then the same with numbers from 2 on behind it."""
    yield name
    yield from (f"{name}_{number}" for number in count(2))
