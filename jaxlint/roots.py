"""Which project a folder belongs to.

That depends on the folder alone, never on what was named beside it. It is what makes the answer for a
file the same whether the file, its folder or its project is named.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

MARKERS = ("pyproject.toml", "jaxlint.toml", "setup.cfg", ".git")
"""What makes a folder the root of a project."""

_LIBRARIES = {"site-packages", "dist-packages"}
GAP = 1
"""How many folders without code may lie between two with code (``src/``) in a project without a marker."""

# How many entries of a folder are looked at to see whether it holds code.
_GLANCE = 2000


@dataclass(frozen=True, slots=True)
class Root:
    """The identity of a project.

    Where nothing marks a project, ``scope`` limits it: a package in a folder that holds much else
    (home, site-packages), or that folder alone without what is below it.
    """

    path: Path
    marked: bool
    scope: Path
    deep: bool = True


class Roots:
    """Finds the project of a folder; asks the file system about each folder once."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._known: dict[Path, Root] = {}
        self._code: dict[Path, bool] = {}
        home = Path.home()
        self._barriers = {home, *home.parents, Path(os.path.abspath(tempfile.gettempdir()))}

    def of(self, folder: Path) -> Root:
        """Return the project of the files that lie directly in ``folder``."""
        if folder not in self._known:
            self._known[folder] = self._find(folder)
        return self._known[folder]

    def holds_code(self, folder: Path) -> bool:
        """Whether modules or packages lie directly in ``folder``."""
        if folder not in self._code:
            self._code[folder] = self._glance(folder)
        return self._code[folder]

    def _find(self, folder: Path) -> Root:
        for part in (folder, *folder.parents):
            if part.name in _LIBRARIES:
                break
            if is_root(part):
                return Root(part, marked=True, scope=part)
        base = folder
        while (base / "__init__.py").is_file() and base.parent != base:
            base = base.parent
        if self._is_barrier(base):
            scope = base if folder == base else base / folder.relative_to(base).parts[0]
            return Root(base, marked=False, scope=scope, deep=folder != base)
        top = self._climb(base)
        return Root(top, marked=False, scope=top)

    def _climb(self, base: Path) -> Path:
        """Go up while there is code around, so that scripts and the folders they import stay together."""
        top, gap = base, 0
        for part in base.parents:
            if self._is_barrier(part):
                break
            gap = 0 if self.holds_code(part) else gap + 1
            if gap > GAP:
                break
            if gap == 0:
                top = part
        return top

    def _is_barrier(self, folder: Path) -> bool:
        """Whether a folder holds much that does not belong together."""
        return folder in self._barriers or folder.name in _LIBRARIES

    @staticmethod
    def _glance(folder: Path) -> bool:
        for count, entry in enumerate(entries(folder)):
            if count > _GLANCE:
                break
            if entry.name.endswith(".py") or Path(entry.path, "__init__.py").is_file():
                return True
        return False


def is_root(folder: Path) -> bool:
    """Whether a folder is the root of a project."""
    return any((folder / marker).exists() for marker in MARKERS)


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder in the order of names; one that cannot be read is empty."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
