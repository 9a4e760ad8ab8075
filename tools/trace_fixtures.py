"""Trace every fixture with the real JAX, and print where verdicts and markers disagree.

python tools/trace_fixtures.py [WORD...]     only fixtures whose names hold one of the words
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.blocks import NOTHING
from support.fixtures import collect
from support.tracing import disagreements

from jaxlint.catalogue import catalogue


def main(words: list[str]) -> int:
    """Trace, print, and end with 1 where something disagrees."""
    raises = {code: rule.raises or NOTHING for code, rule in catalogue().items()}
    lines = wrong = 0
    for case in collect():
        if words and not any(word in case.name for word in words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            problems = disagreements(case, Path(folder), raises)
        lines += sum(len(program.markers) for program in case.programs)
        wrong += len(problems)
        for problem in problems:
            print(f"{case.name}: {problem}", flush=True)
    print(f"{lines} marked lines, {wrong} disagreements")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
