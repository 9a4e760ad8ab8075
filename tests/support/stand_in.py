"""A stand-in for the analyzer, for tests of what happens before and after it.

It "finds" what comments say: ``x = 1  # find JAX301`` is a finding of JAX301 from the first character of
the line to the end of its code. ``# fail`` on a line is a failure of the analyzer in that file.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Diagnostic, Note, Position, Span
from jaxlint.source import SourceError, read_source

_FIND = re.compile(r"\s*# find (?P<codes>JAX\d{3}(?: JAX\d{3})*)")


@dataclass(frozen=True)
class Statistics:
    """Numbers that a test can recognise."""

    expressions: int = 200
    unknown: int = 50
    traced_functions: int = 7
    files: int = 0
    truncated: int = 3


@dataclass(frozen=True)
class Analysis:
    """What the analyzer returns."""

    diagnostics: tuple[Diagnostic, ...]
    statistics: Statistics
    failures: tuple[str, ...]


def analyse(
    project: Any,
    config: Any,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    wants_calls: bool = False,
) -> Analysis:
    """Find what the comments of the project's files say."""
    del config, jobs
    found: list[Diagnostic] = []
    failures: list[str] = []
    for done, path in enumerate(project.files):
        try:
            text = read_source(path, project.overrides.get(path)).text
        except SourceError:
            continue
        found.extend(_found(path, text))
        if "# fail" in text:
            failures.append(f"{path.name}: internal error: ValueError: asked to\nTraceback: all of it")
        if progress is not None:
            progress(done + 1, len(project.files))
    return Analysis(tuple(found), Statistics(files=len(project.files)), tuple(failures))


def _found(path: Path, text: str) -> Iterator[Diagnostic]:
    for row, line in enumerate(text.split("\n"), 1):
        match = _FIND.search(line)
        if match is None:
            continue
        indent = len(line) - len(line.lstrip())
        span = Span(path, Position(row, indent + 1), Position(row, match.start() + 1))
        for code in match["codes"].split():
            rule = catalogue()[code]
            note = Note("the comment says so", span)
            yield Diagnostic(code, rule.name, rule.level, "found by `comment`", span, (note,), "delete it")


def install(patch: pytest.MonkeyPatch, function: Callable[..., Any] = analyse) -> None:
    """Put ``function`` in the place of the analyzer."""
    module = types.ModuleType("jaxlint.analysis")
    vars(module).update(analyse=function, Analysis=Analysis, Statistics=Statistics)
    patch.setitem(sys.modules, "jaxlint.analysis", module)
    engine = sys.modules.get("jaxlint.engine")
    if engine is not None and hasattr(engine, "analyse"):
        patch.setattr(engine, "analyse", function)
