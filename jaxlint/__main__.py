"""``python -m jaxlint`` is the same as the ``jaxlint`` command."""

from __future__ import annotations

import sys

from jaxlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
