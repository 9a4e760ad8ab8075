"""What is left out of a project: configured patterns, files that Git ignores, virtual environments."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from jaxlint.config import Config
from jaxlint.errors import ConfigError
from jaxlint.options import Globs
from jaxlint.roots import Root

_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")


class Exclusions:
    """What is left out of one project: the configured patterns, ignored files, virtual environments."""

    def __init__(self, root: Root, config: Config, base: Path | None = None) -> None:
        """Prepare the patterns of ``config`` for the files of ``root``.

        With ``base``, a folder that is wanted although it is left out, they apply as if it were the root.
        """
        self.root = root
        self.config = config
        self._base = base or root.path
        self._globs = Globs([*config.exclude, *config.extend_exclude])
        self._ignores: dict[Path, tuple[tuple[Path, Globs], ...]] = {}
        self._outside = () if base else self._outer(root.path)

    def excludes(self, path: Path, *, folder: bool) -> bool:
        """Whether a path is left out, its folders taken to be in."""
        relative = Path(os.path.relpath(path, self._base)).as_posix() + ("/" if folder else "")
        return (
            self._globs.match(relative)
            or (folder and any((path / name).exists() for name in _ENVIRONMENTS))
            or _ignored(path, self._ignores_of(path.parent), folder=folder)
        )

    def excludes_above(self, path: Path, *, folder: bool) -> bool:
        """Whether a path is left out, by itself or by a folder between it and the root."""
        between = [
            part for part in path.parents if part != self.root.path and part.is_relative_to(self.root.path)
        ]
        return self.excludes(path, folder=folder) or any(self.excludes(part, folder=True) for part in between)

    def _ignores_of(self, folder: Path) -> tuple[tuple[Path, Globs], ...]:
        """Return the ``.gitignore`` files that speak of the content of ``folder``, outermost first."""
        if not folder.is_relative_to(self._base):
            return ()
        if folder not in self._ignores:
            above = self._outside if folder == self._base else self._ignores_of(folder.parent)
            self._ignores[folder] = (*above, *_gitignore(folder))
        return self._ignores[folder]

    @staticmethod
    def _outer(root: Path) -> tuple[tuple[Path, Globs], ...]:
        """Return the ``.gitignore`` files between a project and the top of the Git repository around it.

        A project that lies in an ignored folder was named on purpose; then they do not count.
        """
        above = [root, *root.parents]
        depth = next((depth for depth, part in enumerate(above) if (part / ".git").exists()), 0)
        ignores = tuple(entry for part in reversed(above[1 : depth + 1]) for entry in _gitignore(part))
        return () if any(_ignored(part, ignores, folder=True) for part in above[:depth]) else ignores


def _gitignore(folder: Path) -> Iterator[tuple[Path, Globs]]:
    for name in (".git/info/exclude", ".gitignore"):
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        try:
            yield folder, Globs(text.splitlines())
        except ConfigError:
            # Git skips lines that make no sense; without them the others count.
            yield folder, Globs(line for line in text.splitlines() if _makes_sense(line))


def _makes_sense(line: str) -> bool:
    try:
        Globs([line])
    except ConfigError:
        return False
    return True


def _ignored(path: Path, ignores: tuple[tuple[Path, Globs], ...], *, folder: bool) -> bool:
    """Whether Git ignores a path: the deepest file that speaks of it decides."""
    for base, globs in reversed(ignores):
        if path != base and path.is_relative_to(base):
            verdict = globs.verdict(path.relative_to(base).as_posix() + ("/" if folder else ""))
            if verdict is not None:
                return verdict
    return False
