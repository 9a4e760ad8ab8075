"""Which files belong together, which are analysed, and which were asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jaxlint.config import Config, find, load
from jaxlint.errors import UsageError
from jaxlint.exclusions import Exclusions
from jaxlint.roots import GAP, Root, Roots, entries, is_root

# How many folders are walked in a tree that nothing marks as a project.
_MANY_FOLDERS = 5000


@dataclass(frozen=True, slots=True)
class Project:
    """The first-party files under one root, analysed together. All paths are absolute.

    ``files`` is the analysis set in sorted order, ``report`` the part that was asked for, ``overrides``
    the text of files that are given in memory (standard input, an editor's buffer). ``is_alone`` where a
    text belongs to no folder, so that no files around it speak for it.
    """

    root: Path
    config: Config
    files: tuple[Path, ...]
    report: frozenset[Path]
    overrides: Mapping[Path, str] = field(default_factory=dict)
    is_alone: bool = False

    def relative(self, path: Path) -> str:
        """Return ``path`` from the root on, with ``/``, as the patterns of the configuration see it."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def module_name(self, path: Path) -> str:
        """Return the dotted name of a file, from the deepest source root that holds it."""
        return self.import_names(path)[0]

    def import_names(self, path: Path) -> tuple[str, ...]:
        """Return every dotted name by which a file may be imported, the likeliest first.

        ``src/models/net.py`` may be ``models.net`` and ``src.models.net``; a package in a folder that no
        source root names (``python/pkg/a.py``) may also be meant by its own name, ``pkg.a``.
        """
        bases = [*_source_roots(self.root, tuple(self.config.src)), _above_package(path.parent)]
        names = [_dotted(path, base) for base in bases if path.is_relative_to(base)]
        return tuple(dict.fromkeys(name for name in names if name)) or (path.stem,)


def _dotted(path: Path, base: Path) -> str:
    *folders, last = path.relative_to(base).parts
    stem = last.removesuffix(".py")
    return ".".join(folders if stem == "__init__" else [*folders, stem])


@lru_cache(maxsize=64)
def _source_roots(root: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the folders in which top-level modules lie, the likeliest first.

    A source root that is itself a package (``src/__init__.py``) is imported by its own name, or, by
    programs that are started in it, as if it were none.
    """
    given = [Path(os.path.normpath(root / name)) for name in (*names, ".")]
    roots = sorted((folder for folder in given if folder.is_dir()), key=lambda folder: -len(folder.parts))
    return tuple(dict.fromkeys([*map(_above_package, roots), *roots]))


@lru_cache(maxsize=4096)
def _above_package(folder: Path) -> Path:
    """Climb out of the packages that ``folder`` lies in."""
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def discover(
    paths: Sequence[Path | str],
    *,
    overrides: Mapping[Path, str] | None = None,
    config: Config | None = None,
    config_file: Path | None = None,
    isolated: bool = False,
    cli_overrides: Mapping[str, Any] | None = None,
    force_exclude: bool = False,
) -> tuple[Project, ...]:
    """Return the projects of the named files and folders, each with its analysis and report set.

    ``overrides`` maps paths (which need not exist, and must be named in ``paths`` to be reported) to
    texts. ``config`` replaces all configuration files, ``config_file`` is read instead of those of the
    projects, ``isolated`` reads none; ``cli_overrides`` (by option key) go on top of any of them.
    Files and folders named explicitly are taken even if they are excluded, unless ``force_exclude``. A
    path that does not exist is a UsageError.
    """
    base = config
    if base is None and config_file is not None:
        base = load(_absolute(config_file))
    if base is None and isolated:
        base = Config()
    texts = {_absolute(path): text for path, text in (overrides or {}).items()}
    finder = _Finder(base, cli_overrides or {}, texts, force_exclude=force_exclude)
    for path in paths:
        finder.name(_absolute(path))
    return finder.projects()


def _absolute(path: Path | str) -> Path:
    # Links stay as the user wrote them: the project is the one that the path is seen in.
    return Path(os.path.abspath(path))


class _Draft:
    """A project while its files are being collected."""

    def __init__(self, tree: Exclusions) -> None:
        """Start with no files."""
        self.tree = tree
        self.files: set[Path] = set()
        self.report: set[Path] = set()


class _Finder:
    """Collects the projects of the paths that are named."""

    def __init__(
        self,
        config: Config | None,
        cli_overrides: Mapping[str, Any],
        texts: Mapping[Path, str],
        *,
        force_exclude: bool,
    ) -> None:
        """Keep the settings that all projects share; ``config`` stands for all configuration files."""
        self._config = config
        self._cli_overrides = cli_overrides
        self._texts = texts
        self._force_exclude = force_exclude
        self._roots = Roots()
        self._trees: dict[Root, Exclusions] = {}
        self._drafts: dict[Root, _Draft] = {}

    def name(self, path: Path) -> None:
        """Add what the user named: a file, or all files in a folder."""
        folder = path.is_dir()
        if not (folder or path.is_file() or path in self._texts):
            raise UsageError(f"{path}: no such file or folder")
        if path.suffix == ".ipynb" and not folder:
            raise UsageError(f"{path}: notebooks are not supported yet")
        tree = self._tree(self._roots.of(path if folder else path.parent))
        excluded = path != tree.root.path and tree.excludes_above(path, folder=folder)
        if excluded and self._force_exclude:
            return
        if not folder:
            self._add(tree.root, path)
            return
        if excluded:
            tree = Exclusions(tree.root, tree.config, base=path)
        for root, file in self._walk(path, tree):
            self._add(root, file)

    def projects(self) -> tuple[Project, ...]:
        """Return the projects in the order of their roots."""
        for path in self._texts:
            # A new file in an editor is part of its project before it is saved.
            if draft := self._drafts.get(self._roots.of(path.parent)):
                draft.files.add(path)
        return tuple(
            Project(
                root=root.path,
                config=draft.tree.config,
                files=tuple(sorted(draft.files)),
                report=frozenset(draft.report),
                overrides={path: text for path, text in self._texts.items() if path in draft.files},
            )
            for root, draft in sorted(self._drafts.items(), key=lambda item: (item[0].path, item[0].scope))
        )

    def _add(self, root: Root, file: Path) -> None:
        draft = self._drafts.get(root)
        if draft is None:
            tree = self._tree(root)
            draft = self._drafts[root] = _Draft(tree)
            draft.files.update(file for _, file in self._walk(root.scope, tree, only=root))
        draft.files.add(file)
        draft.report.add(file)

    def _tree(self, root: Root) -> Exclusions:
        if root not in self._trees:
            config = self._config
            if config is None:
                source = find(root.path) if root.marked else None
                config = load(source) if source else Config()
            self._trees[root] = Exclusions(root, config.with_overrides(self._cli_overrides))
        return self._trees[root]

    def _walk(self, start: Path, tree: Exclusions, only: Root | None = None) -> Iterator[tuple[Root, Path]]:
        """Yield the files below ``start`` that are not left out, each with its project.

        With ``only``, yield the files of that project and stay out of others.
        """
        folders = [(start, tree, 0)]
        count = 0
        while folders:
            folder, tree, gap = folders.pop()
            root = tree.root if tree.root.marked else self._roots.of(folder)
            mine = only is None or root == only
            count += 1
            below = []
            for entry in entries(folder):
                path = folder / entry.name
                if _is_folder(entry):
                    if not tree.excludes(path, folder=True):
                        below.append(path)
                elif mine and _is_module(entry, tree.root.path) and not tree.excludes(path, folder=False):
                    yield root, path
            if only is not None and not only.marked:
                gap = 0 if self._roots.holds_code(folder) else gap + 1
                if gap > GAP or not only.deep or count > _MANY_FOLDERS:
                    continue
            for path in reversed(below):
                if not is_root(path):
                    folders.append((path, tree, gap))
                elif only is None:
                    folders.append((path, self._tree(self._roots.of(path)), 0))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # Links to folders are not followed, as in Git: they may loop, and what they show has its own place.
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_module(entry: os.DirEntry[str], root: Path) -> bool:
    if not entry.name.endswith(".py"):
        return False
    try:
        if not entry.is_file():
            return False
        # A link to a file of the same project would be a second copy of one module.
        return not (
            entry.is_symlink() and Path(os.path.realpath(entry.path)).is_relative_to(os.path.realpath(root))
        )
    except OSError:
        return False
