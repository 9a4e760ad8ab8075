"""One line for each diagnostic: place, code, and headline and first note joined."""

from __future__ import annotations

from collections.abc import Sequence

from jaxlint.diagnostics import Diagnostic, Note
from jaxlint.output.cells import plain
from jaxlint.output.style import Style
from jaxlint.output.view import View

FIX_MARK = "[*]"


def render(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Write one line for each diagnostic."""
    style = Style(view.color)
    return "".join(f"{_line(diagnostic, view, style)}\n" for diagnostic in diagnostics)


def one_line(diagnostic: Diagnostic, view: View) -> str:
    """Join the headline of ``diagnostic`` and its first note, which says why."""
    if not diagnostic.notes:
        return plain(diagnostic.message)
    return f"{plain(diagnostic.message)}: {note_text(diagnostic.notes[0], view)}"


def note_text(note: Note, view: View) -> str:
    """Write ``note`` with its place."""
    place = f" ({view.place(note.span)})" if note.span is not None else ""
    return plain(note.message + place)


def _line(diagnostic: Diagnostic, view: View, style: Style) -> str:
    start = diagnostic.span.start
    place = f"{style.path(plain(view.path(diagnostic.span.path)))}:{start.row}:{start.column}:"
    code = style.level(diagnostic.code, diagnostic.level)
    mark = f" {FIX_MARK}" if view.is_fixable(diagnostic) else ""
    return f"{place} {code}{mark} {one_line(diagnostic, view)}"
