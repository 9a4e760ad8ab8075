"""Reading the TOML tables that lie beside this module."""

from __future__ import annotations

import sys
from functools import cache
from importlib import resources
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def load_table(name: str) -> dict[str, Any]:
    """The content of ``<name>.toml``; nobody changes it."""
    text = resources.files("jaxlint.knowledge").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
