"""Measure what a cold run of jaxlint costs, as ratios to what LibCST takes to parse the same files.

    python tools/corpora.py flax                     # downloads the corpus once
    python benchmarks/speed.py                       # on it
    python benchmarks/speed.py PATH --rounds 5       # on any other tree

Every figure is processor time (user and system) of a whole process, its start included.  The programs take
turns within a round, so that whatever else the machine does falls on all of them, and ratios are taken within
it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / ".corpora" / "flax-0.12.8"

FLOOR, HELP, NOTHING = "LibCST parse", "`jaxlint --help`", "`python -c pass`"

# The files come on standard input, one a line.
PARSE = """
import sys
from pathlib import Path
{imports}
for line in sys.stdin:
    {parse}(Path(line.rstrip("\\n")).read_bytes())
"""

# jaxlint registers itself as a plugin of flake8, which would then be measured twice.
FLAKE8 = """
import sys
from importlib import metadata
distributions = metadata.distributions
metadata.distributions = lambda **options: (d for d in distributions(**options) if d.name != "jaxlint")
from flake8.main.cli import main
main(["--isolated", "-j1", "--exit-zero", *sys.stdin.read().splitlines()])
"""


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds of the processor, and its largest size in MiB."""

    seconds: float
    mebibytes: float


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Compare a cold run of jaxlint with parsing the same files.")
    parser.add_argument("path", nargs="?", type=Path, default=CORPUS, metavar="PATH")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    arguments = parser.parse_args()
    if not arguments.path.exists():
        parser.error(
            f"{arguments.path}: no such folder (`python tools/corpora.py flax` makes the default one)"
        )
    files = list(_files(arguments.path))
    text = "".join(f"{file}\n" for file in files)
    lines = sum(Path(file).read_bytes().count(b"\n") for file in files)
    print(
        f"{len(files):,} files, {lines:,} lines, {arguments.rounds} rounds, Python {sys.version.split()[0]}\n"
    )
    programs = _programs(arguments.path)
    rounds = [
        {name: _cost(command, text) for name, command in programs.items()} for _ in range(arguments.rounds)
    ]
    print("\n".join(_table(rounds, lines)))


def _files(path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "jaxlint", "--isolated", "--show-files", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    yield from (os.path.abspath(line) for line in done.stdout.splitlines())


def _programs(path: Path) -> dict[str, list[str]]:
    python = [sys.executable, "-c"]
    jaxlint = [sys.executable, "-m", "jaxlint"]
    programs = {
        FLOOR: [*python, PARSE.format(imports="from libcst import parse_module", parse="parse_module")],
        "`jaxlint`, one process": [*jaxlint, "--isolated", "--exit-zero", "--jobs=1", str(path)],
        "`ast.parse`": [*python, PARSE.format(imports="import ast", parse="ast.parse")],
        HELP: [*jaxlint, "--help"],
        NOTHING: [*python, "pass"],
    }
    if find_spec("flake8"):
        programs["flake8, its defaults, -j1"] = [*python, FLAKE8]
    return programs


def _cost(command: Sequence[str], text: str) -> Cost:
    """Run a program to its end and return what the system says it took."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    try:
        with process.stdin as stdin:
            stdin.write(text)
    except BrokenPipeError:
        pass  # It reads no standard input.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def _table(rounds: Sequence[Mapping[str, Cost]], lines: int) -> Iterator[str]:
    yield "| | x floor (min-max) | CPU s | lines per CPU s | peak MiB |"
    yield "|---|---|---|---|---|"
    for name in rounds[0]:
        ratios = [costs[name].seconds / costs[FLOOR].seconds for costs in rounds]
        seconds = median(costs[name].seconds for costs in rounds)
        peak = max(costs[name].mebibytes for costs in rounds)
        ratio = f"**{median(ratios):.2f}** ({min(ratios):.2f}-{max(ratios):.2f})"
        speed = "" if name in {HELP, NOTHING} else f"{lines / seconds:,.0f}"
        yield f"| {name} | {ratio} | {seconds:.2f} | {speed} | {peak:.0f} |"


if __name__ == "__main__":
    main()
