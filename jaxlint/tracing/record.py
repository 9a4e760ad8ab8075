"""``jaxlint record -- COMMAND``: runs tests or a script, and keeps how they call transformed functions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxlint.errors import JaxlintError, UsageError

FILE = ".jaxlint-trace.json"
"""Where records are kept, beside the project's configuration."""

_PLUGIN = "jaxlint.tracing.recording.pytest_plugin"


def record(command: Sequence[str], file: Path) -> int:
    """Run a command with recording on, and return its exit code."""
    if not command:
        raise UsageError("name what to run, as in `jaxlint record -- pytest tests`")
    try:
        words = _recording(command, file.absolute())
        return subprocess.run(words, check=False).returncode  # noqa: S603 - the user's own command
    except OSError as error:
        raise JaxlintError(f"{command[0]}: cannot be run: {error}") from None


def _recording(command: Sequence[str], file: Path) -> list[str]:
    """The command with recording put into it."""
    words = list(command)
    if Path(words[0]).name in {"python", "python3", Path(sys.executable).name}:
        words = words[1:]
        if words[:2] == ["-m", "pytest"]:
            words = words[1:]
    if words[:1] and Path(words[0]).name in {"pytest", "py.test"}:
        return [sys.executable, "-m", "pytest", "-p", _PLUGIN, "--jaxlint-record", str(file), *words[1:]]
    if words[:1] == ["-m"] or (words and words[0].endswith(".py")):
        return [sys.executable, "-m", "jaxlint.tracing.recording", str(file), *words]
    raise UsageError(f"`{command[0]}`: only pytest, Python scripts and `python -m module` can be recorded")


def read_records(root: Path) -> Mapping[str, Any]:
    """The records of a project by ``module:function``; none where there is no file."""
    for folder in (root, Path.cwd()):
        file = folder / FILE
        if file.is_file():
            try:
                records = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise JaxlintError(f"{file}: cannot be read: {error}") from None
            if isinstance(records, dict):
                return records
    return {}
