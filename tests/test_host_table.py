"""The table of what functions do on the host names functions that exist."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from jaxlint.knowledge.host import known_names

# Attributes that only objects have, by the class that the table calls them after.
_STAND_INS = {"io.TextIOWrapper": "io.TextIOWrapper", "wandb.run": "wandb.sdk.wandb_run.Run"}


def found(dotted: str) -> Any:
    """Import the longest module of a dotted name, and look the rest up."""
    for name, real in _STAND_INS.items():
        dotted = dotted.replace(name, real)
    module, _, rest = dotted.partition(".")
    value = importlib.import_module(module)
    for part in rest.split("."):
        module = f"{module}.{part}"
        value = getattr(value, part) if hasattr(value, part) else importlib.import_module(module)
    return value


@pytest.mark.parametrize("dotted", sorted(known_names()))
def test_names_exist(dotted: str) -> None:
    """A name of the table is that of a callable, where its library is installed."""
    pytest.importorskip(dotted.partition(".")[0])
    try:
        value = found(dotted)
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")

    assert callable(value)
