"""How often each rule fired, as a table or as JSON, and the closing line for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from jaxlint.diagnostics import Diagnostic, Level
from jaxlint.output.style import Style


@dataclass(frozen=True, slots=True)
class Count:
    """How often one rule fired; ``fixable`` when at least one of its findings has a fix."""

    count: int
    code: str
    name: str
    level: str
    fixable: bool


def counts(diagnostics: Sequence[Diagnostic]) -> list[Count]:
    """Count ``diagnostics`` by rule and level, the most frequent first."""
    rules = Counter((item.code, item.name, item.level) for item in diagnostics)
    fixable = {item.code for item in diagnostics if item.fix}
    found = [
        Count(count, code, name, level.value, code in fixable) for (code, name, level), count in rules.items()
    ]
    return sorted(found, key=lambda item: (-item.count, item.code, item.level))


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Write the counts as a JSON array."""
    return json.dumps([asdict(item) for item in counts(diagnostics)], indent=2) + "\n"


def as_table(diagnostics: Sequence[Diagnostic], *, color: bool = False) -> str:
    """Write the counts as aligned columns: count, code, name, level."""
    style = Style(color)
    rows = counts(diagnostics)
    digits = max((len(str(row.count)) for row in rows), default=0)
    name = max((len(row.name) for row in rows), default=0)
    return "".join(
        f"{row.count:>{digits}}  {style.level(row.code, Level(row.level))}  {row.name:<{name}}  {row.level}\n"
        for row in rows
    )


def summary(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """Write the closing line: how many findings of which level, in how many of the checked files."""
    if not diagnostics:
        return "All checks passed."
    levels = Counter(item.level for item in diagnostics)
    found = ", ".join(_plural(levels[level], level.value) for level in Level if levels[level])
    hit = len({item.span.path for item in diagnostics})
    checked = f" ({files} checked)" if files > hit else ""
    return f"Found {found} in {_plural(hit, 'file')}{checked}."


def fixable(safe: int, unsafe: int) -> str:
    """Write how many findings can be fixed, ``unsafe`` of them with leave to change what a program does."""
    if safe and unsafe:
        return f"{safe} fixable with `--fix`; {unsafe} more with `--unsafe-fixes`."
    return f"{safe} fixable with `--fix`." if safe else f"{unsafe} fixable with `--fix --unsafe-fixes`."


def fixed(count: int, files: int, unsafe: int, *, done: bool = True) -> str:
    """Write how many findings were fixed (or would be), and how many more ``--unsafe-fixes`` would fix."""
    more = f"; {unsafe} more with `--unsafe-fixes`" if unsafe else ""
    return (
        f"{'Fixed' if done else 'Would fix'} {_plural(count, 'finding')} in {_plural(files, 'file')}{more}."
    )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
