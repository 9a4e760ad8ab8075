"""jaxlint finds the places where Python code breaks the rules of JAX's tracing.

Importing this package is cheap: the public names are loaded when they are first used, so that
``jaxlint --help`` and editors that only ask for the version do not pay for the analyzer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxlint.config import Config
    from jaxlint.diagnostics import Diagnostic, Level
    from jaxlint.engine import check_paths, check_source

__all__ = ["Config", "Diagnostic", "Level", "__version__", "check_paths", "check_source"]

__version__ = "0.1.0"

_HOME = {
    "Config": "jaxlint.config",
    "Diagnostic": "jaxlint.diagnostics",
    "Level": "jaxlint.diagnostics",
    "check_paths": "jaxlint.engine",
    "check_source": "jaxlint.engine",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
