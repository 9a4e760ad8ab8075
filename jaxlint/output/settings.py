"""Settings as they would stand in a ``jaxlint.toml``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {json.dumps(item)}" for name, item in value.items()) + " }"
    return json.dumps(value)


def as_toml(settings: Mapping[str, Any]) -> str:
    """Write settings of plain TOML types; an option that is not set becomes a comment."""
    # Strings, arrays and booleans look as in JSON; tables must come last, under headings.
    plain: list[str] = []
    tables: list[str] = []
    for key, value in settings.items():
        if isinstance(value, dict):
            tables += ["", f"[{key}]"]
            tables += [f"{json.dumps(name)} = {_value(item)}" for name, item in value.items()]
        elif value is None:
            plain.append(f"# {key} is not set")
        else:
            plain.append(f"{key} = {json.dumps(value)}")
    return "".join(f"{line}\n" for line in [*plain, *tables])
