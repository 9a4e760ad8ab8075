"""The format for programs: an array of objects with ruff's field names, plus level, help and notes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jaxlint.diagnostics import Diagnostic, Edit, Fix, Note, Position, Span
from jaxlint.output.view import View


def render(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Write all diagnostics as one JSON array."""
    return json.dumps([_record(diagnostic, view) for diagnostic in diagnostics], indent=2) + "\n"


def _record(diagnostic: Diagnostic, view: View) -> Mapping[str, Any]:
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "level": diagnostic.level.value,
        "message": diagnostic.message,
        **_place(span, view),
        "notes": [_note(note, view) for note in diagnostic.notes],
        "help": diagnostic.help,
        **({} if diagnostic.verdict is None else {"verdict": diagnostic.verdict}),
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
        "noqa_row": view.noqa_row(diagnostic),
        # Readers of ruff's format expect the field; the pages are printed by `jaxlint rule`.
        "url": None,
    }


def _place(span: Span, view: View) -> dict[str, Any]:
    return {
        "filename": view.absolute(span.path),
        "location": _position(span.start),
        "end_location": _position(span.end),
    }


def _position(position: Position) -> dict[str, int]:
    return {"row": position.row, "column": position.column}


def _note(note: Note, view: View) -> dict[str, Any]:
    if note.span is None:
        return {"message": note.message, "filename": None, "location": None, "end_location": None}
    return {"message": note.message, **_place(note.span, view)}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": "safe" if fix.safe else "unsafe",
        "message": fix.message,
        "edits": [_edit(edit) for edit in fix.edits],
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "content": edit.content,
        "location": _position(edit.span.start),
        "end_location": _position(edit.span.end),
    }
