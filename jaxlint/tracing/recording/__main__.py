"""``python -m jaxlint.tracing.recording FILE script.py`` runs a script as Python would, and records."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from jaxlint.tracing.recording.recorder import start


def main() -> None:
    """Record while the program that the arguments name runs."""
    file, *command = sys.argv[1:]
    start(Path(file))
    if command[0] == "-m":
        sys.argv = command[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path.insert(0, str(Path(command[0]).resolve().parent))
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main()
