"""Fixed texts on their way out: to the disk, at once or not at all, or as a diff."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path

from jaxlint.source import Source, SourceError, read_source, split_lines


def obstacle(path: Path) -> str | None:
    """Say why a file must not be written; None where it may."""
    try:
        if path.is_symlink():
            return f"it is a link; name the file that it leads to, {os.path.realpath(path)}"
        # The superuser may write all files, but does not want to.
        if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(
            path, os.W_OK
        ):
            return "it is read-only"
        source = read_source(path)
        if encoded(source, source.text) != path.read_bytes():
            return f"what it holds cannot be written again as {source.encoding}"
    except (OSError, SourceError, UnicodeError) as error:
        return str(error)
    return None


def encoded(source: Source, text: str) -> bytes:
    """Return ``text`` as the bytes of the file that ``source`` was read from."""
    return text.encode(source.encoding)


def write(source: Source, text: str) -> str | None:
    """Put ``text`` in the place of the file, which is the old one or the new one at any time.

    Return why that was not possible. A file that has changed since it was read is left alone.
    """
    path = source.path
    try:
        if path.read_bytes() != encoded(source, source.text):
            return "it has changed meanwhile"
        _replace(path, encoded(source, text))
    except (OSError, UnicodeError) as error:
        return str(error)
    return None


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _keep_owner(path, temporary)
        shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _keep_owner(path: Path, temporary: Path) -> None:
    """Give the new file the owner of the old one, where the system has owners and lets us."""
    if hasattr(os, "chown"):
        status = path.stat()
        with suppress(OSError):
            os.chown(temporary, status.st_uid, status.st_gid)


def diff(name: str, before: str, after: str) -> str:
    """Return what changes in a file, as ``patch -p0`` reads it."""
    lines = unified_diff(split_lines(before), split_lines(after), name, name, lineterm="\n")
    return "".join(
        line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
