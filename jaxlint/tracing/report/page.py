"""The page: a summary, then a section for each function."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from jaxlint.diagnostics import Diagnostic
from jaxlint.tracing.costs import CostLimits, in_bytes, in_seconds
from jaxlint.tracing.model import Model
from jaxlint.tracing.report.data import Row, SourceLine
from jaxlint.tracing.report.plots import compile_plot, growth_plot

MOST_PRIMITIVES = 12
_NONE = "\N{EN DASH}"
_PREDICTED = "Compile times are predicted with"
_STYLE = Path(__file__).parent / "style.css"


def page(rows: Sequence[Row], limits: CostLimits, model: Model) -> str:
    """Return the whole page."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><title>jaxlint trace</title>',
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>",
        *_summary(rows, limits, model),
        *(part for row in rows if row.numbers for part in _section(row, limits)),
        "</main>",
        f"<footer>{_calibration(model)}</footer></body></html>\n",
    ]
    return "\n".join(parts)


def _summary(rows: Sequence[Row], limits: CostLimits, model: Model) -> Iterator[str]:
    measured = [row for row in rows if row.numbers]
    verdicts = Counter(one.verdict for row in rows for one in row.diagnostics if one.verdict)
    findings = sum(len(row.diagnostics) for row in rows)
    yield "<header><h1>jaxlint trace</h1>"
    equations = sum(int(row.numbers.get("equations", 0)) for row in measured)
    guesses = [row.predicted.seconds for row in measured if row.predicted]
    yield _tiles(
        [
            (f"{len(measured)} of {len(rows)}", "functions traced"),
            (f"{equations:,}", "equations in all"),
            (in_seconds(sum(guesses)), "compile time predicted in all"),
            (str(findings), "findings in these functions"),
            *((str(count), verdict) for verdict, count in sorted(verdicts.items())),
        ]
    )
    yield "</header><main>"
    yield _overview(rows, limits)
    if plot := compile_plot(rows, limits.compile_seconds):
        yield "<section><h2>Compile time</h2><div class='with-plot'>" + plot
        yield (
            "<p>Each point is a function: predicted against measured, with the band in which nine programs "
            f"in ten lie (a factor of {model.factor:.2f}). On the solid line both are the same; between the "
            "dashed ones they differ by less than a factor of two. Times are processor time of all "
            "threads.</p>"
            "</div></section>"
        )


def _calibration(model: Model) -> str:
    if model.is_default:
        return f"{_PREDICTED} the calibration that comes with jaxlint, not one of this machine."
    return f"{_PREDICTED} a calibration of {escape(model.machine)}, JAX {escape(model.jax)}."


def _tiles(tiles: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f"<li><b>{escape(value)}</b><span>{escape(label)}</span></li>" for value, label in tiles)
    return f'<ul class="tiles">{inner}</ul>'


def _overview(rows: Sequence[Row], limits: CostLimits) -> str:
    head = "".join(
        f"<th{kind}>{title}</th>"
        for title, kind in (
            ("function", ""),
            ("equations", " class='number'"),
            ("growth", ""),
            ("compile, predicted", " class='number'"),
            ("measured", " class='number'"),
            ("constants", " class='number'"),
            ("findings", ""),
        )
    )
    body = "".join(_overview_row(row, limits) for row in rows)
    return (
        "<section><h2>Functions</h2><div class='wide'><table class='overview'>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _overview_row(row: Row, limits: CostLimits) -> str:
    name = f"<code>{escape(row.name)}</code><small>{escape(row.place)}</small>"
    if not row.numbers:
        why = escape(row.reason or "not measured")
        return f"<tr class='dim'><td>{name}</td><td colspan='5'>{why}</td><td>{_codes(row)}</td></tr>"
    numbers = row.numbers
    equations = int(numbers.get("equations", 0))
    size = sum(int(one["bytes"]) for one in numbers.get("constants", ()))
    measured = numbers.get("compile_seconds")
    predicted = row.predicted.seconds if row.predicted else None
    laws = [
        f"{escape(one.law.name)} in <code>{escape(one.dimension)}</code>"
        for one in row.growths
        if one.law.grows
    ]
    cells = [
        f"<td><a href='#{row.anchor}'>{name}</a></td>",
        _number(f"{equations:,}", is_over=equations > limits.equations),
        f"<td>{'<br>'.join(laws) or ('constant' if row.growths else _NONE)}</td>",
        _number(
            in_seconds(predicted) if predicted else _NONE, is_over=(predicted or 0) > limits.compile_seconds
        ),
        _number(
            in_seconds(measured) if measured else _NONE, is_over=(measured or 0) > limits.compile_seconds
        ),
        _number(in_bytes(size) if size else _NONE, is_over=size > limits.constant_bytes),
        f"<td>{_codes(row)}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _number(text: str, *, is_over: bool) -> str:
    return f"<td class='number{' over' if is_over else ''}'>{escape(text)}</td>"


def _codes(row: Row) -> str:
    return " ".join(
        f"<span class='code {one.level.value}' title='{escape(one.message)}'>{one.code}</span>"
        for one in row.diagnostics
    )


def _section(row: Row, limits: CostLimits) -> Iterator[str]:
    yield f"<section id='{row.anchor}'>"
    yield f"<h2><code>{escape(row.name)}</code><small>{escape(row.place)}</small></h2>"
    if row.arguments or row.source:
        arguments = f"<code>({escape(row.arguments)})</code>"
        yield f"<p class='with'>traced with {arguments} from {escape(row.source)}</p>"
    yield _tiles(_facts(row))
    if row.diagnostics:
        yield "<ul class='findings'>" + "".join(map(_finding, row.diagnostics)) + "</ul>"
    for failure in row.numbers.get("failures", ()):
        yield f"<p class='dim'>{escape(failure)}</p>"
    steady = [growth.dimension for growth in row.growths if not growth.law.grows]
    if steady:
        dimensions = ", ".join(f"<code>{escape(one)}</code>" for one in steady)
        yield f"<p class='dim'>The number of equations is the same whatever {dimensions}.</p>"
    yield "<div class='columns'>"
    for growth in (growth for growth in row.growths if growth.law.grows):
        crossing = growth.law.crossing(limits.equations)
        where = f"; above {limits.equations:,} from {crossing:,} on" if crossing is not None else ""
        yield (
            f"<figure>{growth_plot(growth, limits.equations)}<figcaption>{escape(growth.law.name)}: "
            f"{escape(str(growth.law))} (R² {growth.law.r_squared:.3f}){where}</figcaption></figure>"
        )
    yield _primitives(row) + "</div>"
    for path, parts in row.files:
        yield _source(path, parts)
    yield "</section>"


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    numbers = row.numbers
    if "equations" in numbers:
        yield f"{numbers['equations']:,}", "equations"
        yield f"{numbers['outermost']:,}", "of them outermost"
    for name, label in (("tracing_seconds", "tracing"), ("lowering_seconds", "lowering")):
        if name in numbers:
            yield in_seconds(numbers[name]), label
    if row.predicted is not None:
        band = f"{in_seconds(row.predicted.low)} to {in_seconds(row.predicted.high)}"
        yield in_seconds(row.predicted.seconds), f"compilation, predicted ({band})"
    if "compile_seconds" in numbers:
        yield in_seconds(numbers["compile_seconds"]), "compilation, measured"
    cost = numbers.get("cost") or {}
    if "flops" in cost:
        yield _short(cost["flops"]), "floating-point operations"
    if "bytes" in cost:
        yield in_bytes(cost["bytes"]), "read and written"
    if numbers.get("memory"):
        yield in_bytes(numbers["memory"]["peak"]), "peak memory"
    for one in numbers.get("constants", ()):
        yield in_bytes(one["bytes"]), f"constant {one['name'] or ''} {one['type']}"


def _short(value: float) -> str:
    for size, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.0f}"


def _finding(one: Diagnostic) -> str:
    notes = "".join(f"<li>{_prose(note.message)}</li>" for note in one.notes)
    verdict = f" <em>{escape(one.verdict)}</em>" if one.verdict else ""
    return (
        f"<li><span class='code {one.level.value}'>{one.code}</span> line {one.span.start.row}: "
        f"{_prose(one.message)}{verdict}{f'<ul>{notes}</ul>' if notes else ''}</li>"
    )


def _prose(text: str) -> str:
    """A message with its quoted code set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _primitives(row: Row) -> str:
    counts = list(row.numbers.get("primitives", {}).items())
    if not counts:
        return ""
    most = counts[0][1]
    shown = [
        f"<tr><td><code>{escape(name)}</code></td><td class='number'>{count:,}</td>"
        f"<td class='bar'><i style='width:{100 * count / most:.1f}%'></i></td></tr>"
        for name, count in counts[:MOST_PRIMITIVES]
    ]
    rest = counts[MOST_PRIMITIVES:]
    more = f"<tr class='dim'><td colspan='3'>and {len(rest)} more</td></tr>" if rest else ""
    table = f"<table class='primitives'>{''.join(shown)}{more}</table>"
    return f"<figure><figcaption>equations by primitive</figcaption>{table}</figure>"


def _source(path: str, parts: Sequence[Sequence[SourceLine]]) -> str:
    lines = [line for part in parts for line in part]
    most = max(line.equations for line in lines) or 1
    rows = "<tr class='gap'><td></td><td></td><td>⋯</td></tr>".join(
        "".join(_source_line(line, most) for line in part) for part in parts
    )
    return (
        f"<figure><figcaption>equations by line of {escape(path)}</figcaption>"
        f"<div class='wide'><table class='source'>{rows}</table></div></figure>"
    )


def _source_line(line: SourceLine, most: int) -> str:
    heat = line.equations / most
    count = f"{line.equations:,}" if line.equations else ""
    return (
        f"<tr><td class='heat' style='--heat:{heat:.3f}'>{count}</td><td class='row'>{line.number}</td>"
        f"<td><pre>{escape(line.text) or ' '}</pre></td></tr>"
    )
