"""How many entry points of a package get arguments with no configuration, and what becomes of its findings.

python tools/trace_arguments.py [--jobs N] [--reasons] FOLDER...

Each folder is a project. *Traceable* are the functions that a transformation is applied to, in modules
that can be imported; *traced* those for which arguments were found.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from jaxlint.diagnostics import Diagnostic
from jaxlint.engine import run
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits, Outcome
from jaxlint.tracing.protocol import Options

EXPLORATIONS = 4


def entries(outcomes: Iterable[Outcome]) -> Iterable[tuple[str, str, bool, str]]:
    """Module, function, whether it is traceable, and why it was not traced (empty where it was)."""
    for outcome in outcomes:
        failure = outcome.imported.failure if outcome.imported is not None else None
        broken = failure is not None or outcome.imported is None
        why = f"{failure.error}: {failure.headline}" if failure is not None else outcome.accident or ""
        for number in outcome.request.todo:
            target = outcome.request.targets[number]
            if not target.is_entry:
                continue
            traced = outcome.traced.get(number)
            reason = why or "not tried" if traced is None else traced.reason or ""
            yield outcome.request.module, target.name, not broken, reason


def tell(folder: Path, jobs: int, *, reasons: bool) -> tuple[int, int, int]:
    """Trace one folder, print what became of it, and return entry points, traceable and traced ones."""
    tracer = Tracer(Options(measure=False, explorations=EXPLORATIONS), Limits(60.0), jobs=jobs)
    result = run([folder], opinion=tracer)
    rows = list(entries(tracer.outcomes))
    traceable = [row for row in rows if row[2]]
    traced = [row for row in traceable if not row[3]]
    share = f"{len(traced) / len(traceable):.0%}" if traceable else "-"
    print(f"| {folder.name} | {len(rows)} | {len(traceable)} | {len(traced)} | {share} |", flush=True)
    if reasons:
        for module, name, is_traceable, reason in rows:
            if reason:
                print(f"  {'' if is_traceable else 'not imported: '}{module}::{name}: {reason[:160]}")
    verdicts(result.diagnostics)
    return len(rows), len(traceable), len(traced)


def verdicts(diagnostics: Iterable[Diagnostic]) -> None:
    """Print the findings, by rule and verdict."""
    counts = Counter((one.code, one.verdict or "no verdict") for one in diagnostics)
    for (code, verdict), count in sorted(counts.items()):
        print(f"  {code} {verdict}: {count}", flush=True)


def main() -> None:
    """Trace the folders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--reasons", action="store_true", help="say why the others were not traced")
    parser.add_argument("folders", type=Path, nargs="+")
    options = parser.parse_args()
    print("| corpus | entry points | traceable | traced | share |\n|---|---|---|---|---|")
    found = [tell(folder.resolve(), options.jobs, reasons=options.reasons) for folder in options.folders]
    total = [sum(column) for column in zip(*found, strict=True)]
    share = f"{total[2] / total[1]:.0%}" if total[1] else "-"
    print(f"| together | {total[0]} | {total[1]} | {total[2]} | {share} |")


if __name__ == "__main__":
    main()
