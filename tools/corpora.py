"""Lint real packages, and print what was found as rows of a Markdown table.

    python tools/corpora.py                          # the pinned wheels, downloaded once into `.corpora/`
    python tools/corpora.py flax optax               # only these of them
    python tools/corpora.py --no-wheels PATH...      # other trees

Each corpus is analysed in a process of its own, so that memory is its own and a crash or an endless analysis
costs one row.  The exit code is 1 if jaxlint failed or ran out of time somewhere, whatever it found.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxlint.diagnostics import Diagnostic
    from jaxlint.engine import Result

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".corpora"

WHEELS = {
    "brax": "0.14.2",
    "equinox": "0.13.8",
    "flax": "0.12.8",
    "jax": "0.10.2",
    "numpyro": "0.22.0",
    "optax": "0.2.8",
}
"""The packages that are measured. A newer version is a new measurement: change it with `docs/accuracy.md`."""

TIMEOUT = 1200
"""Seconds after which the analysis of one corpus counts as endless."""

COLUMNS = (
    "corpus",
    "files",
    "lines",
    "errors",
    "findings",
    "expressions",
    "unknown",
    "cut off",
    "CPU s",
    "wall s",
    "MiB",
    "failures",
)


@dataclass
class Report:
    """What the analysis of one corpus found and took."""

    corpus: str
    files: int = 0
    lines: int = 0
    expressions: int = 0
    unknown: int = 0
    truncated: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    mebibytes: float = 0.0
    findings: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """The number of findings of level error."""
        return sum(finding["level"] == "error" for finding in self.findings)

    def row(self) -> str:
        """Write the corpus as a row of the table."""
        codes = Counter(finding["code"] for finding in self.findings)
        return _row(
            self.corpus,
            f"{self.files:,}",
            f"{self.lines:,}",
            str(self.errors),
            ", ".join(f"{code} {count}" for code, count in sorted(codes.items())) or "none",
            f"{self.expressions:,}",
            f"{self.unknown / self.expressions:.1%}" if self.expressions else "-",
            f"{self.truncated:,}",
            f"{self.cpu:.1f}",
            f"{self.wall:.1f}",
            f"{self.mebibytes:.0f}",
            str(len(self.failures)),
        )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Lint what the command line names, print the table, and tell whether jaxlint itself failed."""
    arguments = _arguments()
    if arguments.one is not None:
        json.dump(asdict(lint(arguments.one, arguments.timeout)), sys.stdout)
        return 0
    print(_row(*COLUMNS), _row(*("---" for _ in COLUMNS)), sep="\n", flush=True)
    reports = []
    for name, folder in corpora(arguments):
        reports.append(_apart(name, folder, arguments.timeout))
        print(reports[-1].row(), flush=True)
    if len(reports) > 1:
        print(total(reports).row())
    if arguments.findings is not None:
        arguments.findings.write_text("".join(_lines(reports)), encoding="utf-8")
    failures = [f"{report.corpus}: {failure}" for report in reports for failure in report.failures]
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Lint real packages and measure what that finds and takes.")
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="names of wheels, and other trees"
    )
    parser.add_argument("--no-wheels", action="store_true", help="only the trees that are named")
    parser.add_argument("--findings", type=Path, metavar="FILE", help="write every finding as a line of JSON")
    parser.add_argument("--timeout", type=int, default=TIMEOUT, metavar="SECONDS", help="for each corpus")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def corpora(arguments: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Yield name and folder of each corpus, downloading the wheels that are not there yet."""
    named = [str(path) for path in arguments.paths if str(path) in WHEELS]
    wheels = [] if arguments.no_wheels else named or list(WHEELS)
    for name in wheels:
        yield f"{name} {WHEELS[name]}", download(name, WHEELS[name])
    for path in arguments.paths:
        if arguments.no_wheels or str(path) not in WHEELS:
            yield path.name, path


def download(name: str, version: str) -> Path:
    """Return the unpacked wheel of one release; the package index is the one that pip is set up with."""
    folder = FOLDER / f"{name}-{version}"
    marker = folder / "jaxlint.toml"
    if marker.is_file():
        return folder
    # Only read, never installed: it does not matter whether the wheel suits the running Python.
    options = ["--no-deps", "--quiet", "--only-binary=:all:", "--python-version=3.13"]
    command = [sys.executable, "-m", "pip", "download", *options, f"--dest={FOLDER}", f"{name}=={version}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (wheel,) = FOLDER.glob(f"{name}-{version}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    # It makes the folder a project of its own, and is written last, when the folder is complete.
    marker.touch()
    return folder


def _apart(name: str, folder: Path, timeout: int) -> Report:
    """Lint one corpus in a process of its own."""
    command = [sys.executable, __file__, "--one", os.path.abspath(folder), f"--timeout={timeout}"]
    start = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return Report(**{**json.loads(done.stdout), "corpus": name})
    return Report(
        name, wall=time.monotonic() - start, failures=[done.stderr.strip() or f"exit {done.returncode}"]
    )


def lint(folder: Path, timeout: int) -> Report:
    """Lint one corpus in this process, which ends with a stack trace if it takes longer than ``timeout``."""
    faulthandler.dump_traceback_later(timeout, exit=True)
    sys.path.insert(0, str(ROOT))
    from jaxlint import engine

    start = time.monotonic()
    result = engine.run([folder], isolated=True)
    wall = time.monotonic() - start
    faulthandler.cancel_dump_traceback_later()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    files = [path for project in result.projects for path in project.report]
    return Report(
        corpus=folder.name,
        files=len(files),
        lines=sum(path.read_bytes().count(b"\n") for path in files),
        expressions=result.statistics.expressions,
        unknown=result.statistics.unknown,
        truncated=result.statistics.truncated,
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        # Linux counts in KiB, macOS in bytes.
        mebibytes=usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
        findings=list(_findings(folder, result)),
        failures=list(result.errors),
    )


def _findings(folder: Path, result: Result) -> Iterator[dict[str, Any]]:
    texts = {path: text.splitlines() for path, text in result.texts().items()}
    for diagnostic in result.diagnostics:
        start = diagnostic.span.start
        rows = texts.get(diagnostic.span.path, [])
        yield {
            "file": os.path.relpath(diagnostic.span.path, folder),
            "row": start.row,
            "column": start.column,
            "code": diagnostic.code,
            "level": diagnostic.level.value,
            "message": diagnostic.message,
            "line": rows[start.row - 1].strip() if start.row <= len(rows) else "",
            "notes": list(_notes(folder, diagnostic)),
        }


def _notes(folder: Path, diagnostic: Diagnostic) -> Iterator[str]:
    for note in diagnostic.notes:
        span = note.span
        place = f"{os.path.relpath(span.path, folder)}:{span.start.row}: " if span else ""
        yield place + note.message


def total(reports: Sequence[Report]) -> Report:
    """Add reports up; the memory is that of the largest."""
    return Report(
        corpus="total",
        files=sum(report.files for report in reports),
        lines=sum(report.lines for report in reports),
        expressions=sum(report.expressions for report in reports),
        unknown=sum(report.unknown for report in reports),
        truncated=sum(report.truncated for report in reports),
        cpu=sum(report.cpu for report in reports),
        wall=sum(report.wall for report in reports),
        mebibytes=max(report.mebibytes for report in reports),
        findings=[finding for report in reports for finding in report.findings],
        failures=[failure for report in reports for failure in report.failures],
    )


def _lines(reports: Iterable[Report]) -> Iterator[str]:
    for report in reports:
        for finding in report.findings:
            yield json.dumps({"corpus": report.corpus, **finding}, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
