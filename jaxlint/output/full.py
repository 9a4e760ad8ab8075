"""The format for people: headline, source with the span underlined, why (note) and what to write (help)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jaxlint.diagnostics import Diagnostic
from jaxlint.output.cells import plain
from jaxlint.output.concise import FIX_MARK, note_text
from jaxlint.output.excerpt import Row, excerpt
from jaxlint.output.style import Style
from jaxlint.output.view import View

_MIN_SOURCE_WIDTH = 40


def render(diagnostics: Sequence[Diagnostic], view: View) -> str:
    """Write a paragraph for each diagnostic."""
    style = Style(view.color)
    return "".join("\n".join(_paragraph(diagnostic, view, style)) + "\n\n" for diagnostic in diagnostics)


def _paragraph(diagnostic: Diagnostic, view: View, style: Style) -> Iterator[str]:
    yield _headline(diagnostic, view, style)
    rows = _rows(diagnostic, view)
    margin = max((len(str(row.number)) for row in rows if row), default=1)
    if rows:
        yield _gutter("", margin, style)
    for row in rows:
        yield from _source(row, margin, diagnostic, style)
    yield from _remarks(diagnostic, margin, view, style)


def _headline(diagnostic: Diagnostic, view: View, style: Style) -> str:
    start = diagnostic.span.start
    place = f"{style.path(plain(view.path(diagnostic.span.path)))}:{start.row}:{start.column}:"
    code = style.level(diagnostic.code, diagnostic.level)
    mark = f" {FIX_MARK}" if view.is_fixable(diagnostic) else ""
    level = style.level(diagnostic.level.value, diagnostic.level)
    return f"{place} {code} {diagnostic.name}{mark} {level}: {style.strong(plain(diagnostic.message))}"


def _rows(diagnostic: Diagnostic, view: View) -> list[Row | None]:
    text = view.texts(diagnostic.span.path)
    if text is None:
        return []
    margin = len(str(diagnostic.span.end.row)) + len(" | ")
    return list(excerpt(text, diagnostic.span, max(_MIN_SOURCE_WIDTH, view.width - margin)))


def _source(row: Row | None, margin: int, diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    if row is None:
        yield style.gutter("...")
        return
    yield f"{_gutter(str(row.number), margin, style)} {row.text}".rstrip()
    yield f"{_gutter('', margin, style)} {style.level(row.marks, diagnostic.level)}"


def _gutter(number: str, margin: int, style: Style) -> str:
    return style.gutter(f"{number:>{margin}} |")


def _remarks(diagnostic: Diagnostic, margin: int, view: View, style: Style) -> Iterator[str]:
    remarks = [("note", note_text(note, view)) for note in diagnostic.notes]
    if diagnostic.help is not None:
        remarks.append(("help", plain(diagnostic.help)))
    for label, text in remarks:
        yield f"{' ' * margin} {style.gutter('=')} {style.strong(label + ':')} {text}"
