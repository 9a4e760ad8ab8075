"""The answer for a file is the same however it is asked for.

A file, its folder or the project; on disk or on standard input; in one process or several; in any order.
"""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import fixtures
from support.fixtures import Case, Program

from jaxlint.diagnostics import Diagnostic
from jaxlint.engine import Result, run, run_projects
from jaxlint.files import discover

TOUR = fixtures.FOLDER / "tour"

CASES = [case for case in fixtures.collect() if case.is_project and case.root != TOUR]
CASES.append(
    Case(
        "tour",
        TOUR,
        tuple(Program(path, path.read_text(encoding="utf-8")) for path in sorted(TOUR.glob("*.py"))),
    )
)

Found = tuple[Diagnostic, ...]


@pytest.fixture(params=CASES, ids=str)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of one project of the fixtures, without markers."""
    case: Case = request.param
    return case.write(tmp_path)


def modules(root: Path) -> list[Path]:
    """All files of a project."""
    return sorted(root.rglob("*.py"))


def found(result: Result) -> Found:
    """What was found, once it is sure that nothing failed."""
    assert result.errors == ()
    return result.diagnostics


def only(diagnostics: Iterable[Diagnostic], place: Path) -> Found:
    """What was found in a file or below a folder."""
    return tuple(item for item in diagnostics if item.span.path.is_relative_to(place))


def test_there_is_something_to_compare() -> None:
    """The projects are many, and most of them have findings."""
    assert len(CASES) > 15
    assert sum(any(program.markers for program in case.programs) for case in CASES) > len(CASES) / 2


def test_file_folder_and_project(root: Path) -> None:
    """A file is told the same alone, with its folder, and with its project."""
    whole = found(run([root]))

    for path in modules(root):
        assert found(run([path])) == only(whole, path)
    for folder in {path.parent for path in modules(root)}:
        assert found(run([folder])) == only(whole, folder)


def test_standard_input(root: Path) -> None:
    """A text that stands for a file is told what the file is told."""
    whole = found(run([root]))

    for path in modules(root)[::2]:
        given = run([path], overrides={path: path.read_text(encoding="utf-8")})
        assert found(given) == only(whole, path)


def test_unsaved_file(root: Path) -> None:
    """It does not matter which files of a project are on disk and which are given."""
    whole = found(run([root]))
    texts = {path: path.read_text(encoding="utf-8") for path in modules(root)[::2]}
    for path in texts:
        path.write_text("import jax\n", encoding="utf-8")

    assert found(run([root], overrides=texts)) == whole


def test_again(root: Path) -> None:
    """A second run in the same process gives what the first gave."""
    assert found(run([root])) == found(run([root]))


def test_order_of_paths(root: Path) -> None:
    """The order in which files are named does not matter, nor does naming one twice."""
    whole = found(run([root]))
    paths = modules(root)

    assert found(run([*reversed(paths), root, *paths])) == whole


def test_order_of_files(root: Path) -> None:
    """The order in which the analyzer gets the files does not matter."""
    (project,) = discover([root])
    turned = replace(project, files=tuple(reversed(project.files)))

    assert found(run_projects([turned])) == found(run_projects([project]))


def test_who_comes_first(root: Path) -> None:
    """A file before or behind all others that only imports them changes nothing for them."""
    whole = found(run([root]))
    (project,) = discover([root])
    names = [project.module_name(path) for path in project.files]
    for own, order in (("aaa", names), ("zzz", names[::-1]), ("aab", names[1::2] + names[::2])):
        lines = [f"import {name}" for name in order if all(part.isidentifier() for part in name.split("."))]
        (root / f"{own}.py").write_text("\n".join(["import jax", *lines, ""]), encoding="utf-8")

    assert found(run([root])) == whole


class Shares:
    """Stands for a pool of processes: does their work here, with copies of what they are sent."""

    def __init__(self, method: str) -> None:
        """Be made as a context of ``multiprocessing`` is."""
        assert method == "spawn"

    def Pool(self, processes: int) -> Shares:  # noqa: N802 - the name in multiprocessing
        """Be the pool as well."""
        assert processes == 2
        return self

    def __enter__(self) -> Shares:  # noqa: PYI034 - Self is younger than Python 3.10
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""

    @staticmethod
    def imap(function: Callable[[Any], Any], arguments: Iterable[Any]) -> Iterator[Any]:
        """Send and receive as processes do, by pickling."""
        for argument in arguments:
            yield pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(argument)))))


def test_shares_of_the_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each process gets a part of the files, all together find what one finds."""
    whole = found(run([root], jobs=1))
    monkeypatch.setattr("jaxlint.analysis.get_context", Shares)

    assert found(run([root], jobs=2)) == whole


def test_processes(tmp_path: Path) -> None:
    """Real processes find what one finds."""
    CASES[-1].write(tmp_path)

    assert found(run([tmp_path], jobs=2)) == found(run([tmp_path], jobs=1)) != ()


def test_processes_on_many_files(tmp_path: Path) -> None:
    """Several processes, each with its share of many files, find what one finds."""
    (tmp_path / "pyproject.toml").touch()
    for case in fixtures.collect():
        if case.root.parent.name == "arrays":
            case.write(tmp_path)

    assert found(run([tmp_path], jobs=3)) == found(run([tmp_path], jobs=1)) != ()


class TestCommands:
    """What a user runs, on the tour."""

    @pytest.fixture(autouse=True)
    def tour(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand in a copy of the tour."""
        CASES[-1].write(tmp_path)
        monkeypatch.chdir(tmp_path)

    @staticmethod
    def ask(*command: str, text: str | None = None) -> str:
        """Give what a command prints."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            input=text,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (1, "")
        return done.stdout

    def test_standard_input(self) -> None:
        """`jaxlint -` says what `jaxlint FILE` says, in every detail."""
        text = Path("train.py").read_text(encoding="utf-8")

        piped = self.ask("jaxlint", "--output-format", "json", "--stdin-filename", "train.py", "-", text=text)

        assert (
            json.loads(piped) == json.loads(self.ask("jaxlint", "--output-format", "json", "train.py")) != []
        )

    def test_flake8(self) -> None:
        """flake8 shows the findings of the command, at the same places."""
        pattern = re.compile(r"^(?:\./)?(\S+?:\d+:\d+: JAX\d+) ", re.MULTILINE)

        shown = pattern.findall(self.ask("flake8", "--select", "JAX", "."))

        assert (
            sorted(shown) == sorted(pattern.findall(self.ask("jaxlint", "--output-format", "concise"))) != []
        )
