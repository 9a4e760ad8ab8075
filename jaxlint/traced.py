"""What the static analysis hands to the tracing mode: calls of functions, as plain records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Arguments = tuple[tuple["str | None", "str | None"], ...]
"""Keyword (or None) and word of each argument; the word is None where too little is known.

What words there are is told in `jaxlint.tracing.signatures`.
"""


PARTIAL = "functools.partial"
"""Stands among transformations for arguments that are bound before; its options are words."""


LIKELY = "jaxlint.likely"
"""Stands among transformations for those of people who use the function; the project does not compile it."""


@dataclass(frozen=True, slots=True)
class Application:
    """A transformation that is applied to a function; ``options`` are those whose values are known."""

    transform: str
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of a function of the project, or of what transformations made of it, the innermost first.

    ``row`` is where the function is defined; ``receiver`` the word for the object of a method. Sizes that
    are not known stand for themselves as small numbers: then the call is not ``is_exact``.
    """

    path: Path
    name: str
    row: int
    applications: tuple[Application, ...] = ()
    arguments: Arguments = ()
    receiver: str | None = None
    is_exact: bool = True

    @property
    def is_likely(self) -> bool:
        """Whether nothing in the project makes the call."""
        return any(one.transform == LIKELY for one in self.applications)
