"""Rule pages, for ``jaxlint rule``: rendered for a terminal, plain, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jaxlint.catalogue import Rule
from jaxlint.output.view import DEFAULT_WIDTH

_READABLE = 100
"""Columns beyond which prose is hard to read."""


def as_text(rules: Sequence[Rule]) -> str:
    """Write the pages as the Markdown that they are written in."""
    return "\n".join(_markdown(rule) for rule in rules)


def as_terminal(rules: Sequence[Rule], width: int = DEFAULT_WIDTH) -> str:
    """Write the pages with headings, colours and highlighted code."""
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown

    sheet = StringIO()
    size = min(width, _READABLE)
    console = Console(file=sheet, force_terminal=True, color_system="standard", width=size, no_color=False)
    for rule in rules:
        console.print(Markdown(_markdown(rule), code_theme="ansi_dark"))
        console.print()
    return sheet.getvalue()


def as_json(rules: Sequence[Rule]) -> str:
    """Write the rules as a JSON array, the page itself in ``text``."""
    return json.dumps([_record(rule) for rule in rules], indent=2) + "\n"


def _markdown(rule: Rule) -> str:
    raises = f" · JAX raises `{rule.raises}`" if rule.raises else ""
    facts = f"Level: {rule.level.value} · fix: {rule.fix} · since {rule.since}{raises}"
    return f"# {rule.code} {rule.name}\n\n{facts}\n\n{rule.text.strip()}\n"


def _record(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "level": rule.level.value,
        "fix": rule.fix,
        "since": rule.since,
        "raises": rule.raises,
        "message": rule.message,
        "help": rule.help,
        "text": rule.text,
    }
