"""Typed access to ``host.toml``: which functions write to the host or read its state."""

from __future__ import annotations

from functools import cache

from jaxlint.knowledge.tables import load_table


@cache
def _names(section: str) -> frozenset[str]:
    table = load_table("host")[section]
    return frozenset(f"{namespace}.{name}" for namespace, names in table.items() for name in names.split())


def writes(dotted: str) -> bool:
    """Whether calling that function prints, logs or writes something."""
    return dotted in _names("writes")


def reads(dotted: str) -> bool:
    """Whether what that function gives is a matter of when and where it is called."""
    return dotted in _names("reads")


def is_setting(dotted: str) -> bool:
    """Whether what that function gives is as a rule the same for as long as the program runs."""
    return dotted in _names("settings") or dotted == "os.environ"


@cache
def made_by(dotted: str) -> str | None:
    """The class of the objects that a factory such as ``logging.getLogger`` makes, or None."""
    made: str | None = load_table("host")["factories"].get(dotted)
    return made


def known_names() -> frozenset[str]:
    """Every name of the table, for the test that looks them up."""
    return _names("writes") | _names("reads")
