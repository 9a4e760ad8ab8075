"""The hook, run by the real pre-commit in a Git repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
HOOKS = CHECKOUT / ".pre-commit-hooks.yaml"

RELU = """\
import jax

@jax.jit
def relu(x):
    if x > 0:
        return x
    return 0.0 * x
"""

# What pip says when it reaches no package index.
NO_INDEX = re.compile(
    r"ConnectionError|NewConnectionError|Temporary failure in name resolution|Network is unreachable"
    r"|No matching distribution found|Could not find a version|ProxyError|ReadTimeoutError"
)


def sh(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program in ``folder``, with settings of Git and pre-commit that are its own."""
    # Git sets these for hooks; a test run from a hook must not write into the repository around it.
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environ |= {
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit-home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "someone",
        "GIT_AUTHOR_EMAIL": "someone@example.org",
        "GIT_COMMITTER_NAME": "someone",
        "GIT_COMMITTER_EMAIL": "someone@example.org",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


def git(folder: Path, *arguments: str) -> str:
    """Run Git, which must succeed."""
    done = sh(folder, "git", "-c", "init.defaultBranch=main", *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit."""
    return sh(folder, sys.executable, "-m", "pre_commit", *arguments, "--color", "never")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Stand in a Git repository with a wrong module, a right one, and one that is left out."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.jaxlint]\nextend-exclude = ["old.py"]\n')
    (folder / "model.py").write_text(RELU)
    (folder / "old.py").write_text(RELU)
    (folder / "right.py").write_text("x = 1\n")
    (folder / "notes.md").write_text("no Python\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def local_hook() -> str:
    """Write the published hook as a local one that uses the installed command."""
    lines = HOOKS.read_text().splitlines()
    entry = f"entry: {sys.executable} -m jaxlint --force-exclude"
    changed = [
        re.sub(r"language: .*", "language: system", re.sub(r"entry: .*", entry, line)) for line in lines
    ]
    return "repos:\n- repo: local\n  hooks:\n" + "".join(f"  {line}\n" for line in changed)


def test_definition() -> None:
    """The hook is the command, once for all files."""
    text = HOOKS.read_text()
    for line in (
        "- id: jaxlint",
        "  language: python",
        "  entry: jaxlint --force-exclude",
        "  require_serial: true",
    ):
        assert f"{line}\n" in text


class TestHook:
    """The hook as pre-commit runs it."""

    def test_finding(self, repository: Path) -> None:
        """A finding stops the commit, and is shown; an excluded file is not linted."""
        (repository / ".pre-commit-config.yaml").write_text(local_hook())
        done = pre_commit(repository, "run", "--all-files")
        assert done.returncode == 1
        assert "model.py:5:8: JAX301 traced-branch error:" in done.stdout
        assert "old.py" not in done.stdout

    def test_only_changed_files(self, repository: Path) -> None:
        """A commit that touches a right file only is let through."""
        (repository / ".pre-commit-config.yaml").write_text(local_hook())
        done = pre_commit(repository, "run", "--files", "right.py", "notes.md")
        assert (done.returncode, "Passed" in done.stdout) == (0, True), done.stdout

    def test_same_as_command(self, repository: Path) -> None:
        """What the hook prints is what the command prints."""
        (repository / ".pre-commit-config.yaml").write_text(local_hook())
        done = sh(repository, sys.executable, "-m", "jaxlint")
        assert done.stdout.strip().splitlines()[:-1] != []
        findings = done.stdout.rpartition("Found")[0]
        assert findings in pre_commit(repository, "run", "--all-files").stdout

    def test_published(self, repository: Path, tmp_path: Path) -> None:
        """As users have it: pre-commit clones the repository, and installs the package with pip."""
        published = tmp_path / "jaxlint"
        published.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE", HOOKS.name):
            shutil.copy(CHECKOUT / name, published)
        for name in ("jaxlint", "rules"):
            ignore = shutil.ignore_patterns("__pycache__", "pages")
            shutil.copytree(CHECKOUT / name, published / name, ignore=ignore)
        git(published, "init", "--quiet")
        git(published, "add", "--all")
        git(published, "commit", "--quiet", "--message", "all")
        done = pre_commit(
            repository,
            "try-repo",
            str(published),
            "jaxlint",
            "--ref",
            git(published, "rev-parse", "HEAD"),
            "--all-files",
        )
        if done.returncode not in {0, 1} and (reason := NO_INDEX.search(done.stdout)):
            pytest.skip(f"pip reaches no package index: {reason[0]}")
        assert "model.py:5:8: JAX301 traced-branch error:" in done.stdout, done.stdout
        assert done.returncode == 1
