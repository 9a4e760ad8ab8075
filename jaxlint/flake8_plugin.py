"""The flake8 plugin: what ``jaxlint FILE`` finds, as flake8 codes.

flake8 hands over one file at a time, but whether a function is traced is decided anywhere in its project. So
the project is analysed when its first file comes up, and the answers for the others are remembered.
"""

from __future__ import annotations

import os
import sys
import time
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jaxlint import __version__
from jaxlint.diagnostics import Diagnostic
from jaxlint.output.concise import one_line
from jaxlint.output.view import View

if TYPE_CHECKING:
    import argparse
    import ast

    from jaxlint.engine import Result
    from jaxlint.files import Project

TRUST = 1.0
"""Seconds for which the files of a project are not looked at again for changes."""


class Plugin:
    """Gives flake8 the findings of one file, in flake8's form."""

    name: ClassVar[str] = "jaxlint"
    version: ClassVar[str] = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        """Keep the file; ``tree`` is asked for because that makes this a check of whole files."""
        del tree
        self._path = Path(os.path.abspath(filename))
        self._lines = lines

    @staticmethod
    def parse_options(options: argparse.Namespace) -> None:
        """Analyse what flake8 is going to check before it forks its workers, so that it is done once."""
        paths = options.filenames or ["."]
        if "-" not in paths:
            # Whatever is wrong is met again, and reported, at the file that it concerns.
            with suppress(Exception):
                _MEMORY.analyse(paths)

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """Give row, column from 0, text with code, and this class for each finding."""
        view = View()
        for diagnostic in self._found():
            start = diagnostic.span.start
            yield start.row, start.column - 1, f"{diagnostic.code} {one_line(diagnostic, view)}", type(self)

    def _found(self) -> Iterable[Diagnostic]:
        if _is_saved(self._path, self._lines):
            return _MEMORY.found(self._path)
        result = _run([self._path], overrides={self._path: "".join(self._lines)})
        return [item for item in result.diagnostics if item.span.path == self._path]


@dataclass
class _Answer:
    """What was found in the reported files of one project, and the state that its files were in."""

    found: dict[Path, list[Diagnostic]]
    states: dict[Path, tuple[int, int] | None]
    checked: float

    @classmethod
    def of(cls, project: Project, diagnostics: Iterable[Diagnostic]) -> _Answer:
        """Keep what concerns ``project``."""
        found: dict[Path, list[Diagnostic]] = {path: [] for path in project.report}
        for diagnostic in diagnostics:
            if diagnostic.span.path in found:
                found[diagnostic.span.path].append(diagnostic)
        source = project.config.source
        files = [*project.files, *([source] if source else [])]
        return cls(found, {path: _state(path) for path in files}, time.monotonic())

    def is_current(self) -> bool:
        """Tell whether no file has changed since."""
        now = time.monotonic()
        if now - self.checked >= TRUST:
            if any(_state(path) != state for path, state in self.states.items()):
                return False
            self.checked = now
        return True


class _Memory:
    """The answers for the projects met so far in this process, by each of their files."""

    def __init__(self) -> None:
        """Start with none."""
        self._answers: dict[Path, _Answer] = {}

    def found(self, path: Path) -> list[Diagnostic]:
        """Give the findings in the file ``path``, from a new analysis of its project if need be."""
        answer = self._answers.get(path)
        if answer is None or not answer.is_current():
            from jaxlint.files import discover

            projects = discover([path], force_exclude=True)
            if not projects:
                # The configuration excludes the file.
                return []
            # All files of the project at once: the others will be asked for next.
            self.analyse([file for project in projects for file in project.files])
            answer = self._answers[path]
        return answer.found[path]

    def analyse(self, paths: Sequence[Path | str]) -> None:
        """Analyse the projects of ``paths``, and remember what was found in these."""
        result = _run(paths)
        for project in result.projects:
            answer = _Answer.of(project, result.diagnostics)
            self._answers.update(dict.fromkeys(answer.found, answer))


_MEMORY = _Memory()


def _run(paths: Sequence[Path | str], overrides: dict[Path, str] | None = None) -> Result:
    """Run the engine; its own failures are told on standard error, as flake8 has no place for them."""
    from jaxlint import engine

    result = engine.run(paths, overrides=overrides, force_exclude=True)
    for error in result.errors:
        sys.stderr.write(f"jaxlint: error: {error.splitlines()[0]}\n")
    return result


def _state(path: Path) -> tuple[int, int] | None:
    """Tell versions of a file apart without reading it."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _is_saved(path: Path, lines: Sequence[str]) -> bool:
    """Tell whether ``lines`` are the file on disk, and not what an editor sends on standard input."""
    try:
        with tokenize.open(path) as file:
            return file.readlines() == list(lines)
    except (SyntaxError, UnicodeError):
        # flake8 guesses an encoding then; the command says what is wrong with the file.
        return True
    except OSError:
        return False
