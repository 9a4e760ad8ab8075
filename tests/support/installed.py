"""Names of libraries that the tables speak of, looked up in what is installed."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest


def resolve(dotted: str) -> Any:
    """The object of that name; skips where the library is not installed, None where there is no such name."""
    parts = dotted.split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found: Any = importlib.import_module(parts[0])
        except ImportError:
            pytest.skip(f"{parts[0]} is not installed")
        for index, part in enumerate(parts[1:], start=2):
            try:
                found = importlib.import_module(".".join(parts[:index]))
            except ImportError:
                found = getattr(found, part, None)
    return found
