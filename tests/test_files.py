"""Which project a file belongs to, and what is analysed and reported with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jaxlint.config import Config
from jaxlint.errors import ConfigError, UsageError
from jaxlint.files import Project, discover

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Make files (empty, or with a text) and return the folder that holds them."""

    def make(*names: str, **texts: str) -> Path:
        for name in [*names, *texts]:
            path = tmp_path / "w" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir()
            else:
                path.write_text(texts.get(name, ""))
        return tmp_path / "w"

    return make


def names(project: Project, *, report: bool = False) -> list[str]:
    """The files of a project, from its root on."""
    return sorted(project.relative(path) for path in (project.report if report else project.files))


def one(*paths: Path, **settings: Any) -> Project:
    """The single project of some paths."""
    (project,) = discover(paths, **settings)
    return project


def shape(root: Path, *paths: str) -> dict[str, tuple[list[str], list[str]]]:
    """All projects of some paths: analysis set and report set by root."""
    return {
        project.root.relative_to(root).as_posix(): (names(project), names(project, report=True))
        for project in discover([root / path for path in paths])
    }


@pytest.mark.parametrize("marker", ["pyproject.toml", "jaxlint.toml", "setup.cfg", ".git/"])
def test_a_marker_makes_a_project(tree: Tree, marker: str) -> None:
    """The nearest enclosing folder with a marker is the root, wherever in it the path lies."""
    root = tree("out.py", f"p/{marker}", "p/a.py", "p/deep/er/b.py")
    for path in ("p", "p/a.py", "p/deep", "p/deep/er/b.py"):
        assert one(root / path).root == root / "p"
        assert names(one(root / path)) == ["a.py", "deep/er/b.py"]


def test_analysis_set_and_report_set_differ(tree: Tree) -> None:
    """Naming a file or a folder shows less, but the whole project is analysed."""
    root = tree("pyproject.toml", "a.py", "b/c.py", "b/d.py")
    everything = ["a.py", "b/c.py", "b/d.py"]
    assert shape(root, "b/c.py") == {".": (everything, ["b/c.py"])}
    assert shape(root, "b") == {".": (everything, ["b/c.py", "b/d.py"])}
    assert shape(root, ".") == {".": (everything, everything)}
    assert shape(root, "a.py", "b", "b/c.py") == {".": (everything, everything)}


@pytest.mark.parametrize("marker", ["pyproject.toml", "jaxlint.toml", "setup.cfg", ".git"])
def test_projects_in_a_project_are_apart(tree: Tree, marker: str) -> None:
    """Files of a nested project do not belong to the outer one; naming the outer one names both."""
    root = tree("pyproject.toml", "a.py", "examples/b.py", f"examples/one/{marker}", "examples/one/c.py")
    outer, inner = ["a.py", "examples/b.py"], ["c.py"]
    assert shape(root, ".") == {".": (outer, outer), "examples/one": (inner, inner)}
    assert shape(root, "a.py") == {".": (outer, ["a.py"])}
    assert shape(root, "examples/one/c.py") == {"examples/one": (inner, inner)}
    assert shape(root, "examples") == {".": (outer, ["examples/b.py"]), "examples/one": (inner, inner)}


def test_each_project_has_its_own_configuration(tree: Tree) -> None:
    """A monorepo's projects are configured apart."""
    root = tree(
        "setup.cfg",
        "x.py",
        "p/a.py",
        "q/b.py",
        **{"p/jaxlint.toml": "ignore = ['JAX3']", "q/pyproject.toml": "[tool.jaxlint]\nselect = ['JAX2']"},
    )
    found = {project.root.name: project.config for project in discover([root])}
    assert (found["p"].ignore, found["q"].select, found["w"]) == (("JAX3",), ("JAX2",), Config())


def test_configuration_can_be_replaced(tree: Tree) -> None:
    """A file of the command line, none at all, or an object stand for all configuration files."""
    root = tree("a.py", **{"jaxlint.toml": "ignore = ['JAX3']", "other/x.toml": "ignore = ['JAX4']"})
    assert one(root).config.ignore == ("JAX3",)
    assert one(root, isolated=True).config == Config()
    assert one(root, config_file=root / "other/x.toml").config.ignore == ("JAX4",)
    assert one(root, config=Config(ignore=("JAX2",))).config.ignore == ("JAX2",)
    assert one(root, cli_overrides={"target-jax": "0.5.0"}).config.target_jax == "0.5.0"


def test_a_broken_configuration_is_an_error(tree: Tree) -> None:
    """Only where the project is looked at."""
    root = tree("p/a.py", "q/b.py", **{"p/jaxlint.toml": "selct = []", "q/jaxlint.toml": ""})
    assert names(one(root / "q")) == ["b.py"]
    with pytest.raises(ConfigError, match="selct"):
        discover([root])


def test_without_a_marker_packages_stay_together(tree: Tree) -> None:
    """The root is the folder above the topmost package."""
    root = tree("pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/a.py", "pkg/b.py")
    everything = ["pkg/__init__.py", "pkg/b.py", "pkg/sub/__init__.py", "pkg/sub/a.py"]
    for path in ("pkg/sub/a.py", "pkg/sub", "pkg", "pkg/b.py"):
        project = one(root / path)
        assert (project.root, names(project)) == (root, everything)


def test_without_a_marker_scripts_keep_the_folders_they_import(tree: Tree) -> None:
    """Plain folders beside code belong to it, over a gap of one folder, and the answer is the same."""
    root = tree("train.py", "lib/a.py", "src/models/b.py", "data/raw/old/c.py")
    together = ["lib/a.py", "src/models/b.py", "train.py"]
    for path in ("train.py", "lib/a.py", "lib", "src/models/b.py"):
        assert one(root / path).root == root
        assert names(one(root / path)) == together
    assert shape(root, ".") == {".": (together, together), "data/raw/old": (["c.py"], ["c.py"])}
    assert shape(root, "data") == {"data/raw/old": (["c.py"], ["c.py"])}


def test_a_folder_of_folders_is_no_project(tree: Tree) -> None:
    """Examples that lie side by side are analysed apart."""
    root = tree("one/a.py", "two/a.py")
    assert shape(root, ".") == {"one": (["a.py"], ["a.py"]), "two": (["a.py"], ["a.py"])}


def test_home_is_no_project(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script in a folder that holds all there is does not draw everything in."""
    root = tree("script.py", "mine/a.py", "pkg/__init__.py", "pkg/b.py", "deep/down/c.py")
    monkeypatch.setenv("HOME", str(root))
    assert names(one(root / "script.py")) == ["script.py"]
    assert names(one(root / "pkg/b.py")) == ["pkg/__init__.py", "pkg/b.py"]
    assert names(one(root / "mine/a.py")) == ["a.py"]
    assert sum(len(project.report) for project in discover([root])) == 5


def test_installed_packages_are_projects_of_their_own(tree: Tree) -> None:
    """A package in site-packages has nothing to do with its neighbours or with the project around."""
    lib = ".venv/lib/site-packages"
    root = tree(
        "pyproject.toml", "a.py", f"{lib}/flax/__init__.py", f"{lib}/flax/core.py", f"{lib}/optax/__init__.py"
    )
    project = one(root / lib / "flax")
    assert names(project) == ["flax/__init__.py", "flax/core.py"]
    assert project.module_name(root / lib / "flax/core.py") == "flax.core"
    assert names(one(root)) == ["a.py"]


@pytest.mark.parametrize(
    "name",
    [".git/x.py", "venv/x.py", "build/lib/x.py", "a/node_modules/x.py", "__pycache__/x.py", "env/lib/x.py"],
)
def test_what_is_not_the_users_code_is_left_out(tree: Tree, name: str) -> None:
    """Build folders, caches, and virtual environments of any name."""
    root = tree("pyproject.toml", "a.py", "env/pyvenv.cfg", name)
    assert names(one(root)) == ["a.py"]


def test_excludes_are_configured(tree: Tree) -> None:
    """Patterns are those of .gitignore, from the root of the project."""
    root = tree(
        "a.py",
        "gen_pb2.py",
        "x/third/a.py",
        "third/a.py",
        "build/a.py",
        **{"jaxlint.toml": "extend-exclude = ['*_pb2.py', '/third']"},
    )
    assert names(one(root)) == ["a.py", "x/third/a.py"]
    assert "build/a.py" in names(one(root, cli_overrides={"exclude": []}))


def test_what_is_named_is_linted_although_excluded(tree: Tree) -> None:
    """Unless ``force_exclude``, which hooks use that name every changed file."""
    root = tree("pyproject.toml", "a.py", "build/b.py", "build/c.py")
    assert shape(root, "build/b.py") == {".": (["a.py", "build/b.py"], ["build/b.py"])}
    assert names(one(root / "build"), report=True) == ["build/b.py", "build/c.py"]
    assert discover([root / "build", root / "build/b.py"], force_exclude=True) == ()
    assert names(one(root, force_exclude=True)) == ["a.py"]


def test_gitignore_is_respected_at_all_levels(tree: Tree) -> None:
    """The deepest file decides, folders are pruned, and the repository around a project counts."""
    root = tree(
        ".git/",
        "data/a.py",
        "p/pyproject.toml",
        "p/data/b.py",
        "p/out/c.py",
        "p/keep/out/d.py",
        "p/e_gen.py",
        "p/keep/e_gen.py",
        "p/local.py",
        **{
            ".gitignore": "data/\n*_gen.py\n",
            "p/.gitignore": "out\n",
            "p/keep/.gitignore": "!*_gen.py\n!out\n",
            ".git/info/exclude": "local.py",
        },
    )
    assert names(one(root / "p")) == ["keep/e_gen.py", "keep/out/d.py"]


def test_an_ignored_project_can_be_named(tree: Tree) -> None:
    """A checkout in an ignored folder is still linted when it is asked for."""
    root = tree(".git/", "tmp/p/pyproject.toml", "tmp/p/a.py", "tmp/p/b.py", **{".gitignore": "tmp/"})
    assert names(one(root / "tmp/p/a.py")) == ["a.py", "b.py"]
    assert discover([root]) == ()


def test_a_missing_path_is_an_error(tree: Tree) -> None:
    """A typo in a path must not look like clean code."""
    with pytest.raises(UsageError, match="none"):
        discover([tree("a.py"), tree() / "none"])


def test_notebooks_are_refused(tree: Tree) -> None:
    """They are JSON; linting that as Python would find nothing."""
    with pytest.raises(UsageError, match="notebooks"):
        discover([tree("a.ipynb") / "a.ipynb"])


def test_any_file_can_be_named(tree: Tree) -> None:
    """Scripts need no suffix."""
    root = tree("pyproject.toml", "bin/tool", "a.py")
    assert names(one(root / "bin/tool")) == ["a.py", "bin/tool"]


def test_links_and_loops_do_no_harm(tree: Tree) -> None:
    """Links to folders are not followed, second names of a file are no second module."""
    root = tree("pyproject.toml", "a.py", "b/c.py")
    (root / "b/loop").symlink_to(root)
    (root / "self").symlink_to("self")
    (root / "self.py").symlink_to("self.py")
    (root / "again.py").symlink_to("a.py")
    (root / "broken.py").symlink_to("nowhere.py")
    assert names(one(root)) == ["a.py", "b/c.py"]
    assert names(one(root / "again.py"), report=True) == ["again.py"]
    with pytest.raises(UsageError):
        discover([root / "self.py"])


def test_an_unreadable_folder_is_passed_by(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be listed is empty."""
    root = tree("pyproject.toml", "a.py", "secret/b.py")
    scandir = os.scandir

    def guarded(path: Path) -> Any:
        if path.name == "secret":
            raise PermissionError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert names(one(root)) == ["a.py"]
    assert discover([root / "secret"]) == ()


def test_folders_and_pipes_named_like_modules_are_none(tree: Tree) -> None:
    """Only regular files are modules."""
    root = tree("pyproject.toml", "a.py", "dir.py/")
    os.mkfifo(root / "pipe.py")
    assert names(one(root)) == ["a.py"]
    with pytest.raises(UsageError):
        discover([root / "pipe.py"])


def test_relative_paths_are_from_the_working_folder(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """All paths of a project are absolute."""
    root = tree("pyproject.toml", "p/a.py")
    monkeypatch.chdir(root / "p")
    (project,) = discover(["../p/./a.py"])
    assert project.report == {root / "p/a.py"}


def test_a_text_in_memory_is_part_of_its_project(tree: Tree) -> None:
    """Standard input and unsaved files stand for a path that need not exist."""
    root = tree("pyproject.toml", "a.py")
    new, other = root / "new.py", root.parent / "elsewhere.py"
    project = one(new, overrides={new: "x", other: "y"})
    assert (names(project), names(project, report=True)) == (["a.py", "new.py"], ["new.py"])
    assert project.overrides == {new: "x"}
    assert names(one(root / "a.py", overrides={new: "x"})) == ["a.py", "new.py"]


@pytest.mark.parametrize(
    ("files", "path", "expected"),
    [
        (["a.py"], "a.py", ("a",)),
        (["pkg/__init__.py", "pkg/a.py"], "pkg/a.py", ("pkg.a",)),
        (["pkg/__init__.py"], "pkg/__init__.py", ("pkg",)),
        (["src/pkg/__init__.py", "src/pkg/a.py"], "src/pkg/a.py", ("pkg.a", "src.pkg.a")),
        (["src/ns/a.py"], "src/ns/a.py", ("ns.a", "src.ns.a")),
        (["src/__init__.py", "src/a.py"], "src/a.py", ("src.a",)),
        (["ns/pkg/__init__.py", "ns/pkg/a.py"], "ns/pkg/a.py", ("ns.pkg.a", "pkg.a")),
        (["python/pkg/__init__.py"], "python/pkg/__init__.py", ("python.pkg", "pkg")),
        (["__init__.py", "sub/a.py"], "sub/a.py", ("w.sub.a", "sub.a")),
        (["__init__.py"], "__init__.py", ("w",)),
        (["scripts/my-run.py"], "scripts/my-run.py", ("scripts.my-run", "my-run")),
    ],
)
def test_modules_are_named_from_their_source_roots(
    tree: Tree, files: list[str], path: str, expected: tuple[str, ...]
) -> None:
    """``src`` layouts, namespace packages, packages in other folders, and scripts."""
    root = tree("pyproject.toml", *files)
    project = one(root)
    assert project.import_names(root / path)[: len(expected)] == expected
    assert project.module_name(root / path) == expected[0]


def test_source_roots_are_configured(tree: Tree) -> None:
    """Files outside of them are named from the root."""
    root = tree("python/a/b.py", "tests/t.py", **{"jaxlint.toml": "src = ['python']"})
    project = one(root)
    assert [project.module_name(path) for path in project.files] == ["a.b", "tests.t"]
