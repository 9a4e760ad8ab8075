"""Which files of a project switch on JAX's 64-bit types, by their text alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SWITCH = re.compile(rb"^(?P<before>[^\n]*)enable_x64(?P<after>[^\n]*)", re.IGNORECASE | re.MULTILINE)
_OFF = re.compile(rb"^\W{0,3}\s*[,=(]\s*(?:False|0|\"0\"|'0')\b")
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(?P<words>[^\n#]+(?:\([^)]*\))?)", re.MULTILINE)
_OTHERS = (
    "Makefile",
    "Dockerfile",
    "*.sh",
    "*.toml",
    "*.ini",
    "*.cfg",
    "*.yml",
    "*.yaml",
    ".env*",
    "Justfile",
)
_FOLDERS = ("", "scripts", ".github/workflows", "ci", "bin")


@dataclass(frozen=True, slots=True)
class Switches:
    """Where x64 is switched on.

    ``files`` are the modules that do, ``everywhere`` where the environment does, ``imported`` the words in
    the import statements of all modules (only collected where there are such files).
    """

    files: frozenset[Path] = frozenset()
    everywhere: bool = False
    imported: frozenset[str] = frozenset()


def find_switches(root: Path | None, files: tuple[Path, ...], overrides: Mapping[Path, str]) -> Switches:
    """Look through the modules of a project and, where it has a ``root``, its scripts and settings."""
    texts = {path: _text(path, overrides) for path in files}
    switching = frozenset(path for path, text in texts.items() if _switches(text))
    if root is not None and any(_switches(_text(path, {})) for path in _settings(root)):
        return Switches(switching, everywhere=True)
    words = frozenset(_imported(texts.values())) if switching else frozenset()
    return Switches(switching, imported=words)


def _text(path: Path, overrides: Mapping[Path, str]) -> bytes:
    if path in overrides:
        return overrides[path].encode("utf-8", "replace")
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _switches(text: bytes) -> bool:
    """Whether a text speaks of x64 other than to switch it off."""
    return any(
        not match["before"].lstrip().startswith(b"#") and not _OFF.match(match["after"])
        for match in _SWITCH.finditer(text)
    )


def _settings(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for pattern in _OTHERS:
            yield from (path for path in sorted((root / folder).glob(pattern)) if path.is_file())


def _imported(texts: Iterable[bytes]) -> Iterator[str]:
    for text in texts:
        for match in _IMPORT.finditer(text):
            yield from re.findall(r"\w+", match["words"].decode("utf-8", "replace"))
