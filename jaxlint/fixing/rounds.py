"""Rounds of fixing: what was fixed is linted again, until nothing changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jaxlint.diagnostics import Diagnostic, Fix
from jaxlint.fixing.apply import apply
from jaxlint.source import Source

MAX_ROUNDS = 100
"""Rounds before fixes are said to undo each other."""

Lint = Callable[[Mapping[Path, str]], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Judge:
    """What the rounds ask of others.

    ``wants`` says whether a fix is to be applied, ``read`` gives a file as it was, ``obstacle`` says why
    one cannot be written, ``parses`` whether a text is Python.
    """

    wants: Callable[[Fix], bool]
    read: Callable[[Path], Source]
    obstacle: Callable[[Path], str | None]
    parses: Callable[[str], bool]


@dataclass(slots=True)
class Settled:
    """The new texts of files, and why others were left as they are."""

    texts: dict[Path, str] = field(default_factory=dict)
    left: dict[Path, str] = field(default_factory=dict)


def settle(found: Sequence[Diagnostic], lint: Lint, judge: Judge) -> Settled:
    """Apply the fixes of ``found``, lint the new texts with ``lint``, and so on while something changes."""
    settled = Settled()
    for _ in range(MAX_ROUNDS):
        fixes = _by_file(found, judge.wants)
        changed = [path for path in sorted(fixes) if _change(path, fixes[path], settled, judge)]
        if not changed:
            return settled
        found = lint(settled.texts)
    for path in _by_file(found, judge.wants):
        settled.left.setdefault(path, f"its fixes still change it after {MAX_ROUNDS} rounds")
    return settled


def _by_file(found: Iterable[Diagnostic], wants: Callable[[Fix], bool]) -> Mapping[Path, list[Fix]]:
    """Return the fixes that change nothing but the file that their diagnostic is about."""
    fixes: dict[Path, list[Fix]] = defaultdict(list)
    for diagnostic in found:
        fix, path = diagnostic.fix, diagnostic.span.path
        if fix is not None and wants(fix) and all(edit.span.path == path for edit in fix.edits):
            fixes[path].append(fix)
    return fixes


def _change(path: Path, fixes: Iterable[Fix], settled: Settled, judge: Judge) -> bool:
    """Apply fixes to a file; return whether its text is another than before."""
    if path in settled.left:
        return False
    obstacle = None if path in settled.texts else judge.obstacle(path)
    if obstacle is not None:
        settled.left[path] = obstacle
        return False
    source = judge.read(path)
    before = settled.texts.get(path, source.text)
    after = apply(before, fixes, source.newline)
    if after == before:
        return False
    if judge.parses(after):
        settled.texts[path] = after
    else:
        settled.left[path] = "its fixes would leave what is no Python"
        settled.texts.pop(path, None)
    return True
