"""Plots as SVG inside the page; colours and fonts are those of its style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from jaxlint.tracing.costs import in_seconds
from jaxlint.tracing.report.data import Growth, Row

WIDTH, HEIGHT = 440.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 68.0, 14.0, 16.0, 40.0
_LONGEST_TITLE = 44
_STEPS = 60


class _Axes:
    """Logarithmic axes: where a value is on the page."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self._x, self._y = x, y

    def x(self, value: float) -> float:
        """Return the horizontal position of a value."""
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * _part(value, *self._x)

    def y(self, value: float) -> float:
        """Return the vertical position of a value."""
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * _part(value, *self._y)

    def frame(
        self, x_title: str, y_title: str, write_x: str = "number", write_y: str = "number"
    ) -> Iterator[str]:
        """Draw grid, ticks and titles."""
        if len(x_title) > _LONGEST_TITLE:
            x_title = x_title[:_LONGEST_TITLE] + " …"
        for tick in _ticks(*self._x):
            at = self.x(tick)
            yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
            yield _text(at, HEIGHT - _BOTTOM + 15, _written(tick, write_x), "tick middle")
        for tick in _ticks(*self._y):
            at = self.y(tick)
            yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
            yield _text(_LEFT - 6, at + 3.5, _written(tick, write_y), "tick end")
        yield _text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6, x_title, "title middle")
        turned = f"translate(12 {(_TOP + HEIGHT - _BOTTOM) / 2:.0f}) rotate(-90)"
        yield f'<text class="title middle" transform="{turned}">{escape(y_title)}</text>'


def growth_plot(growth: Growth, limit: int) -> str:
    """Draw the equations at each size, the law, and where it crosses the limit."""
    crossing = growth.law.crossing(limit)
    sizes = [size for size, _ in growth.points]
    farthest = max(sizes)
    shown = crossing is not None and crossing <= 3000 * farthest
    end = max(farthest * 1.3, crossing * 1.6 if crossing is not None and shown else 0)
    counts = [count for _, count in growth.points]
    top = max([*counts, growth.law(end), limit if shown else 1]) * 1.5
    axes = _Axes((min(sizes) / 1.3, end), (max(1.0, min(counts) / 2), max(top, 10)))
    parts = list(axes.frame(growth.dimension, "equations"))
    parts.append(_curve(axes, growth, min(sizes), end))
    if shown and crossing is not None:
        at = axes.y(limit)
        parts.append(f'<line class="limit" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(_LEFT + 5, at - 5, f"limit {limit:,}", "limit-text"))
        parts.append(f'<circle class="crossing" cx="{axes.x(crossing):.1f}" cy="{at:.1f}" r="5"/>')
        parts.append(_text(axes.x(crossing) - 8, at - 7, f"{crossing:,}", "crossing-text end"))
    for size, count in growth.points:
        title = f"<title>{count:,} equations at {size:,}</title>"
        parts.append(
            f'<circle class="point" cx="{axes.x(size):.1f}" cy="{axes.y(count):.1f}" r="4">{title}</circle>'
        )
    return _svg(parts, f"Equations by {growth.dimension}")


def _curve(axes: _Axes, growth: Growth, start: float, end: float) -> str:
    ratio = (end / start) ** (1 / _STEPS)
    points = []
    for step in range(_STEPS + 1):
        size = start * ratio**step
        value = growth.law(size)
        if value >= 1:
            points.append(f"{axes.x(size):.1f},{axes.y(value):.1f}")
    return f'<polyline class="law" points="{" ".join(points)}"/>'


def compile_plot(rows: Sequence[Row], limit: float) -> str:
    """Draw the predicted compile time of each function against the measured one."""
    pairs = [
        (row, float(row.numbers["compile_seconds"]), row.predicted)
        for row in rows
        if row.predicted is not None and "compile_seconds" in row.numbers
    ]
    if not pairs:
        return ""
    values = [value for _, true, guess in pairs for value in (true, guess.low, guess.high)]
    ends = (min(values) / 1.5, max(values) * 1.5)
    axes = _Axes(ends, ends)
    parts = list(axes.frame("measured", "predicted", "seconds", "seconds"))
    low, high = ends
    for name, factor in (("same", 1.0), ("twice", 2.0), ("twice", 0.5)):
        first, last = max(low, low / factor), min(high, high / factor)
        parts.append(
            f'<line class="{name}" x1="{axes.x(first):.1f}" y1="{axes.y(first * factor):.1f}" '
            f'x2="{axes.x(last):.1f}" y2="{axes.y(last * factor):.1f}"/>'
        )
    for row, true, guess in pairs:
        at = axes.x(true)
        kind = "point over" if true > limit else "point"
        parts.append(
            f'<a href="#{row.anchor}"><line class="band" x1="{at:.1f}" x2="{at:.1f}" '
            f'y1="{axes.y(guess.low):.1f}" y2="{axes.y(guess.high):.1f}"/>'
            f'<circle class="{kind}" cx="{at:.1f}" cy="{axes.y(guess.seconds):.1f}" r="4">'
            f"<title>{escape(row.name)}: measured {in_seconds(true)}, predicted {in_seconds(guess.seconds)}"
            "</title></circle></a>"
        )
    return _svg(parts, "Predicted compile time against measured")


def _part(value: float, low: float, high: float) -> float:
    return (math.log(max(value, low)) - math.log(low)) / (math.log(high) - math.log(low))


def _ticks(low: float, high: float) -> list[float]:
    """Return powers of ten, with what is between them where they are few."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside
    return inside


def _written(value: float, how: str) -> str:
    if how == "seconds":
        return f"{value * 1000:g} ms" if value < 1 else f"{value:g} s"
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _svg(parts: Sequence[str], label: str) -> str:
    inner = "".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(label)}">{inner}</svg>'
    )
