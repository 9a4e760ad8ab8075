"""The rule pages are tests: what their blocks show is what JAX does and what the linter reports."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from support.blocks import (
    NOTHING,
    Block,
    Marker,
    Raised,
    disagreements,
    execute,
    python_blocks,
    run,
    sections,
    strip_markers,
)
from support.fixing import fixed

from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.engine import check_source
from jaxlint.engine import run as run_engine
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options
from jaxlint.tracing.record import FILE as RECORDS
from jaxlint.tracing.record import record

RULES = Path(__file__).parent.parent / "rules"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(RULES.glob("JAX*.md"))}
BLOCKS = [block for page, text in PAGES.items() for block in python_blocks(page, text)]
HEADINGS = ("What it does", "Why it matters", "Instead", "Fix", "Options", "Limits", "References")
REQUIRED = HEADINGS[:3]
RULE = catalogue()
MEASURED_JAX = (0, 12)
"""The pages state what this release does; older ones raise other exceptions in places."""


each_page = pytest.mark.parametrize("page", PAGES)
TRACED = [block for block in BLOCKS if catalogue()[block.page].by_tracing]
each_traced_block = pytest.mark.parametrize("block", TRACED, ids=lambda block: block.name)
each_block = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)


def marked_codes(block: Block) -> set[tuple[int, str]]:
    """Row and code of each finding that the markers of a block announce."""
    return {(row, code) for row, marker in block.markers.items() for code in marker.codes}


@pytest.fixture(scope="session")
def measured_jax() -> None:
    """Skip what the installed JAX cannot show."""
    try:
        installed = tuple(int(part) for part in version("jax").split(".")[:2])
    except PackageNotFoundError:
        pytest.skip("JAX is not installed")
    if installed < MEASURED_JAX:
        pytest.skip(f"JAX {version('jax')} is older than what the pages describe")


@each_page
def test_page_has_its_sections_in_order(page: str) -> None:
    """The three required sections open the page, and no section is unknown or misplaced."""
    found = sections(PAGES[page])

    assert found[:3] == REQUIRED
    assert list(found) == sorted(set(found), key=HEADINGS.index)


@each_page
def test_page_shows_wrong_and_right_code(page: str) -> None:
    """*Why it matters* fires the page's rule, *Instead* shows code on which nothing fires."""
    blocks = [block for block in BLOCKS if block.page == page]
    wrong = [block for block in blocks if block.section == "Why it matters"]
    right = [block for block in blocks if block.section == "Instead"]

    assert any(page in marker.codes for block in wrong for marker in block.markers.values())
    assert right
    assert not any(block.markers for block in right)


@pytest.mark.usefixtures("measured_jax")
@each_block
def test_block_runs(block: Block) -> None:
    """With the real JAX, marked lines raise what they announce and no other line raises."""
    raises = {code: rule.raises or NOTHING for code, rule in catalogue().items()}

    assert not disagreements(block, run(block), raises)


@each_block
def test_block_lints(block: Block) -> None:
    """The linter reports the marked codes on the marked lines and nothing else."""
    found = check_source(block.text, config=Config(select=("ALL",)))

    reported = {(diagnostic.span.start.row, diagnostic.code) for diagnostic in found}
    assert reported == {code for code in marked_codes(block) if not catalogue()[code[1]].by_tracing}


FIXABLE = [block for block in BLOCKS if any(RULE[code].fix != "none" for _, code in marked_codes(block))]


@pytest.mark.usefixtures("measured_jax")
@pytest.mark.parametrize("block", FIXABLE, ids=lambda block: block.name)
def test_block_can_be_fixed(block: Block) -> None:
    """Where a fix is offered, the finding is gone after it, and no other has come; what raised runs."""
    config = Config(select=("ALL",))
    fixable = [found.code for found in check_source(block.text, config=config) if found.fix is not None]

    repaired = fixed(block.text, config)

    left = Counter(found.code for found in check_source(repaired, config=config))
    assert left == Counter(code for _, code in marked_codes(block)) - Counter(fixable)
    if not left and any(RULE[code].raises for code in fixable):
        assert execute(repaired, block.name) == ()


@pytest.mark.parametrize("page", [code for code, rule in catalogue().items() if rule.fix != "none"])
def test_fix_makes_one_block_of_the_other(page: str) -> None:
    """In the section *Fix*, `--fix --unsafe-fixes` makes the second block of the first."""
    blocks = [block for block in BLOCKS if (block.page, block.section) == (page, "Fix")]
    assert len(blocks) >= 2
    for before, after in zip(blocks[::2], blocks[1::2], strict=True):
        assert fixed(before.text, Config(select=("ALL",))) == after.text


@pytest.mark.usefixtures("measured_jax")
@each_traced_block
def test_block_traces(block: Block, tmp_path: Path) -> None:
    """On pages of the tracing mode, that mode reports the marked codes and nothing else."""
    file = tmp_path / "block.py"
    file.write_text(block.text, encoding="utf-8")
    (tmp_path / "jaxlint.toml").touch()
    if block.page == "JAX756":
        assert record(["python", str(file)], tmp_path / RECORDS) == 0

    found = run_engine([file], config=Config(select=("ALL",)), opinion=Tracer(Options(), Limits()))

    reported = {(diagnostic.span.start.row, diagnostic.code) for diagnostic in found.diagnostics}
    assert reported == marked_codes(block)


def test_only_the_last_comment_of_a_line_is_a_marker() -> None:
    """A suppression comment before the marker belongs to the code, and columns do not move."""
    text, markers = strip_markers("x = 1  # noqa: JAX301  # JAX002 -> none\ny = 2  # noqa: JAX301\n")

    assert text == "x = 1  # noqa: JAX301\ny = 2  # noqa: JAX301\n"
    assert markers == {1: Marker(("JAX002",), NOTHING)}


def test_a_marker_may_name_several_codes() -> None:
    """Findings of two rules can start on one line."""
    _, markers = strip_markers("f(x)  # JAX301 JAX306 -> TypeError")

    assert markers == {1: Marker(("JAX301", "JAX306"), "TypeError")}


def test_statements_after_an_exception_still_run() -> None:
    """Each exception ends its own statement only and has the innermost row of the block."""
    text = "def f(x):\n    return 1 / x\nf(0)\n[][0]\n"

    assert execute(text, "sample") == (
        Raised(2, "ZeroDivisionError", "division by zero"),
        Raised(4, "IndexError", "list index out of range"),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1 / 0\n", "line 1 raised ZeroDivisionError, which no marker announces: division by zero"),
        ("1 / 1  # JAX301\n", "line 1 raised none, not TypeError"),
        ("1 / 0  # JAX301\n", "line 1 raised ZeroDivisionError, not TypeError"),
        ("1 / 0  # JAX301 -> none\n", "line 1 raised ZeroDivisionError, not none"),
    ],
)
def test_what_differs_from_the_markers_is_told(text: str, problem: str) -> None:
    """An unmarked exception, a missing one and a wrong one are three different problems."""
    block = Block("page", "section", 1, *strip_markers(text))

    assert disagreements(block, execute(block.text, "sample"), {"JAX301": "TypeError"}) == (problem,)


@pytest.mark.usefixtures("measured_jax")
def test_global_settings_stay_in_the_block_that_makes_them() -> None:
    """A block that configures JAX runs in its own process."""
    text = "import jax\njax.config.update('jax_enable_x64', True)\n1 / 0\n"
    block = Block("page", "section", 1, *strip_markers(text))

    assert run(block) == (Raised(3, "ZeroDivisionError", "division by zero"),)
    assert not execute("import jax\nassert not jax.config.jax_enable_x64\n", "sample")
