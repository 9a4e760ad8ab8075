"""Diagnostics as text: one module for each format, each with ``render(diagnostics, view) -> str``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jaxlint.diagnostics import Diagnostic
from jaxlint.output import concise, full, github, json
from jaxlint.output.view import View

__all__ = ["FORMATS", "View", "render"]

FORMATS: Mapping[str, Callable[[Sequence[Diagnostic], View], str]] = {
    "full": full.render,
    "concise": concise.render,
    "json": json.render,
    "github": github.render,
}


def render(output_format: str, diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Write ``diagnostics`` in the format of that name."""
    return FORMATS[output_format](diagnostics, view)
