"""The strict reader of rule pages, the selectors, and the shape of the pages themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jaxlint.catalogue import Rule, catalogue, find_rule, read_rules, select
from jaxlint.diagnostics import Level, Position, Span
from jaxlint.errors import CatalogueError, ConfigError

PAGE = """\
---
code: JAX301
name: traced-branch
level: error
fix: none
since: 0.1
raises: TracerBoolConversionError
message: "`{keyword}` on a traced value"
help: use `jnp.where({condition}, …)`
---
## What it does
Text.
"""
HEADINGS = ["What it does", "Why it matters", "Instead", "Fix", "Options", "Limits", "References"]
RULES_FOLDER = Path(__file__).parent.parent / "rules"


def write(folder: Path, text: str, name: str = "JAX301") -> Path:
    """Write a page and return its folder."""
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def sample(folder: Path) -> dict[str, Rule]:
    """Three rules: an error, one of level info, and one of another family."""
    write(folder, PAGE)
    info = PAGE.replace("JAX301", "JAX309").replace("traced-branch", "quirk").replace("error", "info")
    write(folder, info, "JAX309")
    write(folder, PAGE.replace("JAX301", "JAX401").replace("traced-branch", "boolean-mask"), "JAX401")
    return read_rules(folder)


def test_a_page_becomes_a_rule(tmp_path: Path) -> None:
    """Every value of the front matter is read, quotes are dropped, the body stays."""
    rule = read_rules(write(tmp_path, PAGE))["JAX301"]
    assert (rule.name, rule.level, rule.fix, rule.since) == ("traced-branch", Level.ERROR, "none", "0.1")
    assert rule.raises == "TracerBoolConversionError"
    assert rule.message == "`{keyword}` on a traced value"
    assert rule.help == "use `jnp.where({condition}, …)`"
    assert rule.text == "## What it does\nText.\n"


def test_none_stands_for_nothing(tmp_path: Path) -> None:
    """A rule without an exception or a help line says ``none``."""
    page = re.sub(r"(raises|help): .*", r"\1: none", PAGE)
    rule = read_rules(write(tmp_path, page))["JAX301"]
    assert rule.raises is None
    assert rule.help is None


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ("---\ncode", "code", 1, "starts with `---`"),
        ("level: error", "levle: error", 4, "did you mean `level`?"),
        ("level: error", "level error", 4, "is not `key: value`"),
        ("level: error", "level: fatal", 4, "no valid `level`"),
        ("fix: none", "level: error", 5, "given twice"),
        ("since: 0.1\n", "", 9, "lacks `since`"),
        ("name: traced-branch", "name: Traced_Branch", 3, "no valid `name`"),
        ("{keyword}", "{keyword.x}", 8, "plain name"),
        ("{keyword}", "{}", 8, "plain name"),
        ("{keyword}", "{keyword!r}", 8, "plain name"),
        ("{keyword}", "{keyword", 8, "'}'"),
    ],
)
def test_a_broken_page_is_an_error_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, complaint: str
) -> None:
    """The message names the page, the line and what is wrong with it."""
    with pytest.raises(CatalogueError) as caught:
        read_rules(write(tmp_path, PAGE.replace(old, new, 1)))
    assert f"JAX301.md:{line}:" in caught.value.message
    assert complaint in caught.value.message


def test_front_matter_must_end(tmp_path: Path) -> None:
    """Without the second ``---`` nothing is taken for a body."""
    with pytest.raises(CatalogueError, match="no closing"):
        read_rules(write(tmp_path, PAGE[: PAGE.index("---\n##")]))


def test_the_code_is_the_file_name(tmp_path: Path) -> None:
    """A page that was copied and not adapted is found."""
    with pytest.raises(CatalogueError, match="file name"):
        read_rules(write(tmp_path, PAGE, "JAX302"))


def test_names_are_unique(tmp_path: Path) -> None:
    """Two rules cannot share the name that users select them by."""
    write(tmp_path, PAGE)
    with pytest.raises(CatalogueError, match="is taken by JAX301"):
        read_rules(write(tmp_path, PAGE.replace("JAX301", "JAX302"), "JAX302"))


def test_a_rule_fills_its_templates(tmp_path: Path) -> None:
    """Names go into message and help; braces in the user's code are left alone."""
    rule = read_rules(write(tmp_path, PAGE))["JAX301"]
    span = Span(Path("a.py"), Position(1, 1), Position(1, 2))
    diagnostic = rule.diagnostic(span, keyword="if", condition="x[{0}]")
    assert diagnostic.message == "`if` on a traced value"
    assert diagnostic.help == "use `jnp.where(x[{0}], …)`"
    assert diagnostic.level is Level.ERROR


def test_a_name_that_a_check_forgets_is_an_error(tmp_path: Path) -> None:
    """The template is never shown with holes in it."""
    rule = read_rules(write(tmp_path, PAGE))["JAX301"]
    with pytest.raises(CatalogueError, match="condition"):
        rule.diagnostic(Span(Path("a.py"), Position(1, 1), Position(1, 2)), keyword="if")


def test_rules_are_selected_by_code_prefix_name_and_keyword(tmp_path: Path) -> None:
    """More specific selectors have higher numbers; DEFAULT leaves out level info."""
    rules = sample(tmp_path)
    everything = {"JAX301", "JAX309", "JAX401"}
    assert set(select(["JAX"], rules)) == set(select(["all"], rules)) == everything
    assert set(select(["DEFAULT"], rules)) == {"JAX301", "JAX401"}
    assert set(select(["JAX3"], rules)) == {"JAX301", "JAX309"}
    assert select(["boolean-mask"], rules) == select(["JAX401"], rules) == select(["jax401"], rules)
    ladder = [select([word], rules)["JAX301"] for word in ("DEFAULT", "ALL", "JAX", "JAX3", "traced-branch")]
    assert ladder == sorted(set(ladder))


@pytest.mark.parametrize(
    ("selector", "near"),
    [
        ("JAX3O1", "JAX301"),
        ("JAX999", None),
        ("traced-brunch", "traced-branch"),
        ("ALLL", "ALL"),
        ("E501", None),
        ("", None),
    ],
)
def test_an_unknown_selector_names_the_nearest(tmp_path: Path, selector: str, near: str | None) -> None:
    """A typo is an error that helps."""
    with pytest.raises(ConfigError, match="names no rule") as caught:
        select([selector], sample(tmp_path))
    assert near is None or f"did you mean `{near}`?" in caught.value.message


def test_rules_are_found_by_code_or_name() -> None:
    """``jaxlint rule`` takes either, in any case."""
    rule = catalogue()["JAX002"]
    assert find_rule("jax002") is find_rule("unused-suppression") is rule
    assert find_rule("nonsense") is None


@pytest.mark.parametrize("path", sorted(RULES_FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_page_has_its_headings_in_order(path: Path) -> None:
    """The three obligatory parts come first, then the optional ones, and no others."""
    blocks_apart = re.sub(r"^```.*?^```", "", catalogue()[path.stem].text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.*)$", blocks_apart, re.MULTILINE)
    assert headings[:3] == HEADINGS[:3]
    assert headings == [heading for heading in HEADINGS if heading in headings]
    assert ("Fix" in headings) == (catalogue()[path.stem].fix != "none")


def test_the_folder_holds_only_pages() -> None:
    """No page is overlooked because of its file name."""
    assert {path.stem for path in RULES_FOLDER.iterdir()} == set(catalogue())
