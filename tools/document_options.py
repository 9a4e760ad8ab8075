"""Write the table of options in `docs/configuration.md` from `jaxlint/options.py`.

Run it after a change of the options; with `--check` it only ends with 1 if the table is not current.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "configuration.md"
START, END = "<!-- options: written by tools/document_options.py -->\n", "<!-- end of options -->\n"

sys.path.insert(0, str(ROOT))
from jaxlint.options import OPTIONS, Option  # noqa: E402 - the checkout's own


def main() -> int:
    """Write the table, or tell whether it is current."""
    text = PAGE.read_text(encoding="utf-8")
    before, found, rest = text.partition(START)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"{PAGE}: the comments around the table are missing")
    written = before + START + table() + END + after
    if "--check" in sys.argv[1:]:
        return int(written != text)
    PAGE.write_text(written, encoding="utf-8")
    return 0


def table() -> str:
    """Return the table: one row for each option, in the order of their declaration."""
    head = "| option | is | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(map(_row, OPTIONS))


def _row(option: Option) -> str:
    # In a table, `|` would end the cell.
    meaning = re.sub(r"\|", r"\\|", option.help)
    return f"| `{option.key}` | {option.kind} | {_default(option.default)} | {meaning} |\n"


def _default(value: Any) -> str:
    if value is None:
        return "none"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


if __name__ == "__main__":
    sys.exit(main())
