"""Workflow commands, which GitHub shows as annotations beside the changed lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxlint.diagnostics import Diagnostic, Level, Span
from jaxlint.output.concise import one_line
from jaxlint.output.view import View

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Write one workflow command for each diagnostic."""
    return "".join(f"{_command(diagnostic, view)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic, view: View) -> str:
    start = diagnostic.span.start
    properties = {
        "title": f"{diagnostic.code} {diagnostic.name}",
        "file": view.path(diagnostic.span.path),
        **_range(diagnostic.span),
    }
    written = ",".join(f"{key}={_escape_property(str(value))}" for key, value in properties.items())
    # The log shows the message alone, without the place, so the message repeats it.
    place = f"{view.path(diagnostic.span.path)}:{start.row}:{start.column}"
    message = f"{place}: {diagnostic.code} {one_line(diagnostic, view)}"
    if diagnostic.help is not None:
        message += f"\nhelp: {diagnostic.help}"
    return f"::{_COMMANDS[diagnostic.level]} {written}::{_escape_data(message)}"


def _range(span: Span) -> Mapping[str, int]:
    lines = {"line": span.start.row, "endLine": span.end.row}
    if span.start.row != span.end.row:
        # GitHub refuses columns on annotations of several lines.
        return lines
    return lines | {"col": span.start.column, "endColumn": span.end.column}


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
