"""A stand-in for the analyzer, for tests of what happens before and after it.

It "finds" what comments say: ``x = 1  # find JAX301`` is a finding of JAX301 from the first character of
the line to the end of its code. ``# find JAX301 safe: y = 1`` has a fix, which puts what follows the colon
in the place of the line; so has ``unsafe:``. ``# fail`` on a line is a failure of the analyzer in that file.
"""

from __future__ import annotations

import ast
import re
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jaxlint import cli
from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Diagnostic, Edit, Fix, Note, Position, Span
from jaxlint.source import SourceError, read_source

_FIND = re.compile(r"\s*# find (?P<codes>JAX\d{3}(?: JAX\d{3})*)(?: (?P<safety>(?:un)?safe): (?P<fixed>.*))?")


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
            fix = _fix(path, row, line.rstrip("\r"), match)
            yield Diagnostic(
                code, rule.name, rule.level, "found by `comment`", span, (note,), "delete it", fix
            )


def _fix(path: Path, row: int, line: str, match: re.Match[str]) -> Fix | None:
    """What the comment says to write in place of the line."""
    if match["fixed"] is None:
        return None
    whole = Span(path, Position(row, 1), Position(row, len(line) + 1))
    content = match["fixed"].rstrip("\r").replace("\\n", "\n")
    return Fix("Obey the comment", (Edit(whole, content),), safe=match["safety"] == "safe")


def parses(text: str) -> bool:
    """Whether a text is Python."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


Run = Callable[..., Result]
"""Runs the command with the arguments that it is given."""


def command(patch: pytest.MonkeyPatch) -> Run:
    """Return the command, which runs in this process with the stand-in for the analyzer."""
    install(patch)

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(cli.program, list(arguments), **options)

    return run


def install(patch: pytest.MonkeyPatch, function: Callable[..., Any] = analyse) -> None:
    """Put ``function`` in the place of the analyzer."""
    module = types.ModuleType("jaxlint.analysis")
    vars(module).update(analyse=function, parses=parses, Analysis=Analysis, Statistics=Statistics)
    patch.setitem(sys.modules, "jaxlint.analysis", module)
    engine = sys.modules.get("jaxlint.engine")
    if engine is not None and hasattr(engine, "analyse"):
        patch.setattr(engine, "analyse", function)
