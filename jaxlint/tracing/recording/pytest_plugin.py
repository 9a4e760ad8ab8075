"""A pytest plugin that records calls; ``--jaxlint-record FILE`` switches it on."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """Add the option that switches recording on."""
    parser.addoption("--jaxlint-record", metavar="FILE", default=None, help="Record calls of JAX functions.")


def pytest_configure(config: Any) -> None:
    """Wrap JAX before the first test module is imported."""
    file = config.getoption("--jaxlint-record")
    if file is not None:
        from jaxlint.tracing.recording.recorder import start

        start(Path(file))
