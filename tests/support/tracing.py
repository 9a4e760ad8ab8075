"""Traces a fixture, and compares what is confirmed with its markers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic
from jaxlint.engine import run
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options
from support.blocks import NOTHING
from support.fixtures import Case, hidden


def traced(case: Case, folder: Path) -> tuple[Diagnostic, ...]:
    """The findings with verdicts; what a fixture hides in ``#:`` comments is its main block."""
    target = case.write(folder)
    for program in case.programs:
        path = folder / program.path.relative_to(_base(case))
        # `reveal` belongs to the tests of values, not to the program.
        text = program.text.replace("reveal(", "(")
        statements = "\n".join(part for _, part in hidden(program.text)).replace("reveal(", "(")
        if statements:
            block = "\n".join(f"    {line}" for line in statements.splitlines())
            text += f'\n\nif __name__ == "__main__":\n{block}\n'
        path.write_text(text, encoding="utf-8")
    config = None if case.is_project else Config(select=("ALL",))
    return run([target], config=config, opinion=Tracer(Options(measure=False), Limits(120))).diagnostics


def disagreements(case: Case, folder: Path, raises: Mapping[str, str]) -> list[str]:
    """A sentence for each wrong line that raises and is not confirmed, and for each right one that is."""
    wanted = {
        (str(folder / program.path.relative_to(_base(case))), row)
        for program in case.programs
        for row, marker in program.markers.items()
        if marker.allowed(raises) != {NOTHING}
    }
    marked = {
        (str(folder / program.path.relative_to(_base(case))), row)
        for program in case.programs
        for row in program.markers
    }
    found = traced(case, folder)
    confirmed = {(str(one.span.path), one.span.start.row) for one in found if one.verdict == "confirmed"}
    return [
        *(f"{Path(path).name}:{row} raises and is not confirmed" for path, row in sorted(wanted - confirmed)),
        *(f"{Path(path).name}:{row} is right and confirmed" for path, row in sorted(confirmed - marked)),
    ]


def _base(case: Case) -> Path:
    return case.root if case.is_project else case.root.parent
