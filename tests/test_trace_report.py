"""The report's page: complete, self-contained, well-formed; and seen by a browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Position, Span
from jaxlint.tracing.costs import CostLimits
from jaxlint.tracing.laws import fit
from jaxlint.tracing.model import Model
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Request, Target, Traced
from jaxlint.tracing.report import write

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_VOID = {"meta", "br", "link", "img"}

CODE = """import jax

@jax.jit
def cumulative(x):
    total = 0.0
    for i in range(x.shape[0]):
        total = total + x[i] * (1 < 2)
    return total

@jax.jit
def broken(x):
    return x
"""


class Reader(HTMLParser):
    """Checks that elements nest, and keeps tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag, and that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """The element that ends is the one that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of two functions, one of which could not be traced."""
    path = tmp_path / "model.py"
    path.write_text(CODE, encoding="utf-8")
    sizes, counts = [4, 8, 16, 32], [13, 25, 49, 97]
    law = fit(sizes, counts).as_dict()
    growth = {"dimension": "x.shape[0]", "size": 4, "sizes": sizes, "equations": counts, "law": law}
    measurement: dict[str, Any] = {
        "platform": None,
        "failures": [],
        "equations": 13,
        "outermost": 13,
        "primitives": {"add": 4, "mul": 4, "slice": 4, "squeeze": 1},
        "lines": [[str(path), 7, 12], [str(path), 8, 1]],
        "constants": [{"bytes": 4096, "type": "f32[1024]", "name": "TABLE", "line": None}],
        "features": {"once": 1.0, "kernels": 5.0},
        "cost": {"flops": 12.0, "bytes": 99.0},
        "memory": {"peak": 2048},
        "tracing_seconds": 0.01,
        "lowering_seconds": 0.02,
        "compile_seconds": 0.05,
        "growth": [growth],
    }
    targets = (Target("cumulative", 3, 4, 8, None), Target("broken", 10, 11, 12, None))
    request = Request("model", str(path), (), (), {}, targets, (0, 1))
    traced = {
        0: Traced(0, "comment", (("x", "f32[4]"),), measurement=measurement),
        1: Traced(1, reason="no arguments found <at all>"),
    }
    span = Span(path, Position(4, 1), Position(4, 1))
    rule = catalogue()["JAX752"]
    diagnostic = rule.diagnostic(span, function="cumulative<T>", equations="13", limit="10")
    file = tmp_path / "report.html"
    model = Model({"once": 0.01, "kernels": 0.01}, 2.0, "here", "0.12", 60)
    write(file, [Outcome(request, traced=traced)], [diagnostic], CostLimits(), model, tmp_path)
    return file


def read(report: Path) -> Reader:
    """Parse the page to its end."""
    reader = Reader()
    reader.feed(report.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_well_formed_and_says_what_was_measured(report: Path) -> None:
    """Names, numbers, the law, the code and its heat, primitives, findings, and what failed."""
    reader = read(report)
    for words in (
        "cumulative",
        "model.py:4",
        "x=f32[4]",
        "linear: 3 n + 1",
        "R² 1.000",
        "total = total + x[i] * (1 < 2)",
        "squeeze",
        "constant TABLE f32[1024]",
        "60 ms",
        "50 ms",
        "JAX752",
        "cumulative<T> becomes 13 equations",
        "no arguments found <at all>",
    ):
        assert words in reader.text
    heats = [attributes["style"] for tag, attributes in reader.tags if attributes.get("class") == "heat"]
    assert "--heat:1.000" in heats
    assert "--heat:0.083" in heats


def test_the_page_needs_nothing_else(report: Path) -> None:
    """No script, no address of anything on the network."""
    text = report.read_text(encoding="utf-8")
    reader = read(report)
    assert "script" not in {tag for tag, _ in reader.tags}
    links = [
        value
        for _, attributes in reader.tags
        for name, value in attributes.items()
        if name in {"href", "src"}
    ]
    assert all(link is not None and link.startswith("#") for link in links)
    assert not re.search(r"https?://|url\(|@import", text)


def test_links_lead_to_sections(report: Path) -> None:
    """Each function of the table has its section."""
    reader = read(report)
    anchors = {f"#{attributes['id']}" for _, attributes in reader.tags if attributes.get("id")}
    assert {attributes["href"] for tag, attributes in reader.tags if tag == "a"} <= anchors


def test_plots_are_drawn_with_all_points(report: Path) -> None:
    """Growth: the law, four points, the crossing. Compile time: one point with its band."""
    reader = read(report)
    kinds = [
        attributes.get("class") for tag, attributes in reader.tags if tag in {"circle", "polyline", "line"}
    ]
    assert kinds.count("point") == 5
    assert kinds.count("law") == kinds.count("crossing") == kinds.count("limit") == kinds.count("band") == 1
    for tag, attributes in reader.tags:
        if tag == "circle":
            assert 0 <= float(attributes["cx"] or -1) <= 440
            assert 0 <= float(attributes["cy"] or -1) <= 250


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed: chromium would draw the page")
@pytest.mark.parametrize("width", [1160, 420])
def test_a_browser_draws_the_page(report: Path, tmp_path: Path, width: int) -> None:
    """Offline; the picture is not one colour."""
    picture = tmp_path / "page.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [str(BROWSER), *options, profile, f"--window-size={width},1500", f"--screenshot={picture}"]
    subprocess.run([*command, report.as_uri()], check=True, capture_output=True, timeout=120)
    assert picture.stat().st_size > 15_000
