"""Errors that end a run with a message for the user instead of a traceback."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class JaxlintError(Exception):
    """The run cannot go on; ``message`` says why in words that a user can act on."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        """Keep ``message`` for the command line, which prints it and ends with ``exit_code``."""
        super().__init__(message)
        self.message = message


class UsageError(JaxlintError):
    """The command line or an argument of the API makes no sense, such as a path that is missing."""


class ConfigError(JaxlintError):
    """A configuration file, or an option given in its place, holds something it must not."""


class CatalogueError(JaxlintError):
    """A rule page is missing or does not follow the format."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean `x`?`` for the known word nearest to ``word``, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""
