"""The pipeline and the public API, with an analysis that reports what the text tells it to."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

import jaxlint
from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic, Note, Position, Span
from jaxlint.engine import Result, run
from jaxlint.files import Project
from jaxlint.source import read_source


@dataclass(frozen=True)
class Statistics:
    """Counts as the analysis gives them."""

    expressions: int
    files: int


@dataclass(frozen=True)
class Analysis:
    """What the analysis of one project gives."""

    diagnostics: tuple[Diagnostic, ...]
    statistics: Statistics
    failures: tuple[str, ...]


def diagnostics_of(project: Project, path: Path) -> list[Diagnostic]:
    """One diagnostic for each ``JAX…!`` in a text."""
    lines = read_source(path, project.overrides.get(path)).text.splitlines()
    return [
        Diagnostic(
            match[1],
            catalogue()[match[1]].name,
            catalogue()[match[1]].level,
            "message",
            Span(path, Position(row, match.start() + 1), Position(row, match.end() + 1)),
            notes=(Note("root", Span(project.files[0], Position(1, 1), Position(1, 1))),),
        )
        for row, line in enumerate(lines, start=1)
        for match in re.finditer(r"(JAX\d+)!", line)
    ]


def analyse(
    project: Project,
    config: Config,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    wants_calls: bool = False,
) -> Analysis:
    """Report what the texts say, for all files of the project."""
    assert config is project.config
    for count, _ in enumerate(project.files, start=1):
        if progress:
            progress(count, len(project.files))
    found = [diagnostic for path in project.files for diagnostic in diagnostics_of(project, path)]
    failures = tuple(path.name for path in project.files if path.stem == "crash")
    return Analysis(tuple(found), Statistics(jobs, len(project.files)), failures)


@pytest.fixture(autouse=True)
def _analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the analysis of this module in the place of the real one."""
    module = types.ModuleType("jaxlint.analysis")
    module.__dict__.update(analyse=analyse, Statistics=Statistics)
    monkeypatch.setitem(sys.modules, "jaxlint.analysis", module)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two projects with findings in each."""
    for name, text in {
        "p/pyproject.toml": "[tool.jaxlint]\nignore = ['JAX302']",
        "p/a.py": "JAX301! JAX302!\n",
        "p/b.py": "\nJAX303!\nJAX304!  # noqa: JAX304\n",
        "q/setup.cfg": "",
        "q/c.py": "f(\nJAX302!\n)\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def codes(result: Result) -> list[tuple[str, str]]:
    """File names and codes."""
    return [(found.span.path.name, found.code) for found in result.diagnostics]


def test_projects_are_analysed_apart_and_joined(root: Path) -> None:
    """Each with its own configuration; counts are added up."""
    result = run([root], jobs=2)
    assert codes(result) == [("a.py", "JAX301"), ("b.py", "JAX303"), ("c.py", "JAX302")]
    assert asdict(result.statistics) == {"expressions": 4, "files": 3}
    assert [project.root.name for project in result.projects] == ["p", "q"]
    assert result.errors == ()


def test_the_answer_for_a_file_is_always_the_same(root: Path) -> None:
    """Named by itself, by its folder, by its project or with others."""
    alone = run([root / "p/b.py"]).diagnostics
    for paths in ([root / "p"], [root], [root / "p/b.py", root / "q"]):
        assert tuple(found for found in run(paths).diagnostics if found.span.path.name == "b.py") == alone


def test_nothing_named_is_nothing_found(tmp_path: Path) -> None:
    """An empty folder has no projects and zero counts."""
    result = run([tmp_path])
    assert (result.diagnostics, result.projects) == ((), ())
    assert asdict(result.statistics) == {"expressions": 0, "files": 0}


def test_progress_counts_over_all_projects(root: Path) -> None:
    """One bar for the whole run."""
    seen: list[tuple[int, int]] = []
    run([root], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_failures_are_errors_of_the_run(root: Path) -> None:
    """They are no findings, and comments are not judged where something failed."""
    (root / "q/crash.py").write_text("x  # noqa: JAX301\n")
    result = run([root / "q"])
    assert result.errors == ("crash.py",)
    assert codes(result) == [("c.py", "JAX302")]


def test_a_result_gives_texts_for_the_output(root: Path) -> None:
    """Of each file that a diagnostic or a note points into, as it was analysed."""
    file = root / "p/b.py"
    result = run([file], overrides={file: "JAX303!"})
    assert result.texts() == {file: "JAX303!", root / "p/a.py": "JAX301! JAX302!\n"}
    assert result.text(root / "missing.py") is None


def test_a_result_knows_where_a_comment_goes(root: Path) -> None:
    """At the end of the statement."""
    result = run([root / "q"])
    assert [result.noqa_row(found) for found in result.diagnostics] == [3]


def test_check_paths_returns_diagnostics(root: Path) -> None:
    """A configuration replaces those of the projects."""
    assert [found.code for found in jaxlint.check_paths([root / "p"])] == ["JAX301", "JAX303"]
    strict = jaxlint.check_paths([str(root / "p")], config=jaxlint.Config(select=("JAX302",)))
    assert [found.code for found in strict] == ["JAX302"]


def test_check_source_needs_no_file() -> None:
    """A text alone is its own project, whatever the working folder holds."""
    (found,) = jaxlint.check_source("x\nJAX301!")
    assert (found.code, found.span.start, found.span.path.name) == ("JAX301", Position(2, 1), "<string>")
    assert jaxlint.check_source("JAX301!", config=Config(ignore=("JAX3",))) == []


def test_check_source_with_a_path_is_part_of_the_project(root: Path) -> None:
    """The text stands for the file, the configuration is the project's."""
    found = jaxlint.check_source("JAX302! JAX305!", path=root / "p/a.py")
    assert [(one.code, one.span.path) for one in found] == [("JAX305", root / "p/a.py")]


def test_the_package_is_cheap_to_import() -> None:
    """Neither the engine nor its dependencies are loaded before they are used."""
    heavy = ["jaxlint.engine", "libcst", "pathspec", "click", "rich", "jax", "numpy"]
    program = f"import jaxlint, sys; print(jaxlint.__version__, [m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [jaxlint.__version__, "[]"]


def test_public_names_are_there() -> None:
    """What is announced can be imported, anything else is an AttributeError."""
    assert all(getattr(jaxlint, name) for name in jaxlint.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = jaxlint.nonsense
