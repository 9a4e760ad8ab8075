"""What is shown of what was found: selection, levels, suppression, and comments that do nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic, Level, Note, Position, Span
from jaxlint.files import Project
from jaxlint.report import shown

ROOT = Path("/project")
FILE = ROOT / "src" / "a.py"


def project(text: str = "", **settings: Any) -> Project:
    """A project with one file in memory that was asked for."""
    return Project(ROOT, Config(**settings), (FILE,), frozenset({FILE}), {FILE: text})


def at(code: str, row: int = 1, column: int = 1, level: Level = Level.ERROR, **more: Any) -> Diagnostic:
    """A diagnostic as the analysis gives it."""
    path = more.pop("path", FILE)
    span = Span(path, Position(row, column), Position(row, column + 1))
    return Diagnostic(code, catalogue()[code].name, level, more.pop("message", "text"), span, **more)


def codes(diagnostics: Iterable[Diagnostic]) -> list[tuple[int, str]]:
    """Rows and codes, for comparison."""
    return [(diagnostic.span.start.row, diagnostic.code) for diagnostic in diagnostics]


def fixed(text: str, diagnostics: Iterable[Diagnostic]) -> str:
    """Apply the edits of all fixes, each distinct one once, from the end to the start."""
    edits = {edit for diagnostic in diagnostics if diagnostic.fix for edit in diagnostic.fix.edits}
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:row])) for row in range(len(lines) + 1)]
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        start, end = (starts[place.row - 1] + place.column - 1 for place in (edit.span.start, edit.span.end))
        text = text[:start] + edit.content + text[end:]
    return text


def test_only_files_that_were_asked_for_are_shown() -> None:
    """The analysis set may be larger than the report set."""
    assert codes(shown(project(), [at("JAX301", path=ROOT / "b.py"), at("JAX302")])) == [(1, "JAX302")]


def test_diagnostics_come_in_order() -> None:
    """By file, row, column and code, whatever the order of the analysis."""
    raw = [at("JAX302", 10), at("JAX306", 2, 5), at("JAX301", 2, 5), at("JAX301", 2, 1)]
    assert codes(shown(project(), raw)) == [(2, "JAX301"), (2, "JAX301"), (2, "JAX306"), (10, "JAX302")]


def test_one_thing_is_reported_once() -> None:
    """A helper that two functions trace gives one diagnostic: the gravest, with the shortest reason."""
    notes = (Note("from f"), Note("from g"))
    raw = [at("JAX301", notes=notes), at("JAX301", level=Level.WARNING), at("JAX301", notes=notes[:1])]
    for order in (raw, raw[::-1]):
        assert shown(project(), order) == (raw[2],)


def test_what_is_not_selected_is_not_shown() -> None:
    """Select, ignore and per-file ignores are applied here."""
    raw = [at("JAX301"), at("JAX302"), at("JAX401")]
    settings: dict[str, Any] = {"ignore": ["JAX302"], "per_file_ignores": {"src/": ["JAX4"]}}
    assert codes(shown(project(**settings), raw)) == [(1, "JAX301")]


@pytest.mark.parametrize(
    ("comment", "is_shown"),
    [
        ("# the same key for both", False),
        ("# Use the same rng as events are mutually exclusive", False),
        ("# same noise", False),
        ("# TODO: this is the same key", True),
        ("# the same size, another key", True),
        ("# don't use the same key", True),
    ],
)
def test_a_comment_may_say_that_one_key_is_meant(comment: str, is_shown: bool) -> None:
    """What the authors say they want is no mistake, unless they say that it is one."""
    text = f"x = f(key)\n{comment}\ny = f(key)\n"
    assert codes(shown(project(text), [at("JAX601", row=3)])) == ([(3, "JAX601")] if is_shown else [])


def test_levels_are_those_of_the_configuration() -> None:
    """A level replaces that of the diagnostic; ``off`` removes it."""
    raw = [at("JAX301"), at("JAX302"), at("JAX303")]
    found = shown(project(levels={"JAX301": "info", "JAX302": "off"}), raw)
    assert [(d.code, d.level) for d in found] == [("JAX301", Level.INFO), ("JAX303", Level.ERROR)]


def test_info_is_off_unless_asked_for() -> None:
    """A rule that is on by default may report unimportant cases at level info."""
    raw = [at("JAX309", level=Level.INFO)]
    assert shown(project(), raw) == ()
    assert len(shown(project(select=["JAX3"]), raw)) == 1
    assert len(shown(project(extend_select=["silently-wrong"]), raw)) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: JAX301",
        "# noqa: F401, jax3",
        "# noqa: traced-branch",
        "# noqa: some-words",
        "# jaxlint: disable=JAX301",
        "# jaxlint: disable=traced-branch",
        "# jaxlint: disable",
        "# jaxlint: disable-file=JAX3",
    ],
)
def test_a_comment_suppresses_what_it_names(comment: str) -> None:
    """By code, prefix or name, or everything."""
    assert shown(project(f"if x: pass  {comment}\n"), [at("JAX301")]) == ()


@pytest.mark.parametrize("comment", ["# noqa: F401", "# noqa: E501 traced-branch"])
def test_comments_for_other_tools_suppress_nothing(comment: str) -> None:
    """Codes of other tools are neither ours nor reported."""
    assert codes(shown(project(f"if x: pass  {comment}\n"), [at("JAX301")])) == [(1, "JAX301")]


def test_a_comment_reaches_its_statement_only() -> None:
    """The next line is reported."""
    text = "a = f(\n  x,  # noqa: JAX301\n)\nb\n"
    assert codes(shown(project(text), [at("JAX301", 1), at("JAX301", 4)])) == [(4, "JAX301")]


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ("x = 1  # noqa: JAX301\n", ["JAX301"], "x = 1\n"),
        ("x = 1  # noqa: E501, JAX301\n", ["JAX301"], "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: JAX301,E501\r\n", ["JAX301"], "x = 1  # noqa: E501\r\n"),
        (
            "x = 1  # noqa: JAX201, E501, JAX301, JAX302",
            ["JAX201", "JAX301", "JAX302"],
            "x = 1  # noqa: E501",
        ),
        ("x = 1  # noqa: JAX201, JAX301\n", ["JAX201", "JAX301"], "x = 1\n"),
        ("x = 1  # jaxlint: disable=traced-branch\n", ["traced-branch"], "x = 1\n"),
        ("    # jaxlint: disable=JAX301\nx = 1\n", ["JAX301"], "x = 1\n"),
        ("x = 1\n# jaxlint: disable-file=JAX301", ["JAX301"], "x = 1\n"),
        ("x = 1  # noqa: JAX301  # type: ignore\n", ["JAX301"], "x = 1  # type: ignore\n"),
        ("x = 1  # type: ignore  # noqa: JAX301\n", ["JAX301"], "x = 1  # type: ignore\n"),
        ("x = 1  # noqa: JAX301 clamped on purpose\n", ["JAX301"], "x = 1  # clamped on purpose\n"),
        ("x = 1  # noqa: JAX3\n", ["JAX3"], "x = 1\n"),
        ("é = '# noqa'  # noqa: JAX301\n", ["JAX301"], "é = '# noqa'\n"),
    ],
)
def test_an_unused_code_is_found_and_can_be_removed(before: str, names: list[str], after: str) -> None:
    """Each unused code is a diagnostic at the code; the safe fixes together leave the rest alone."""
    found = shown(project(before), [])
    lines = before.split("\n")
    spans = [(d.span.start, d.span.end) for d in found]
    assert [lines[start.row - 1][start.column - 1 : end.column - 1] for start, end in spans] == names
    assert all(d.code == "JAX002" and d.fix is not None and d.fix.safe for d in found)
    assert fixed(before, found) == after
    assert shown(project(after), []) == ()


def test_a_code_that_hits_is_kept() -> None:
    """Codes are judged one by one."""
    before = "x = 1  # noqa: JAX201, JAX301, JAX302\n"
    found = shown(project(before), [at("JAX301")])
    assert [d.message for d in found] == [
        catalogue()["JAX002"].message.format(code=code) for code in ("JAX201", "JAX302")
    ]
    assert fixed(before, found) == "x = 1  # noqa: JAX301\n"


def test_each_comment_that_hits_is_used() -> None:
    """Two comments over one finding are not played off against each other."""
    text = "# jaxlint: disable-file=JAX301\nx = 1  # noqa: JAX301\n"
    assert shown(project(text), [at("JAX301", 2)]) == ()


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("x = 1  # noqa\n", {}),
        ("x = 1  # jaxlint: disable\n", {}),
        ("x = 1  # noqa: JAX301\n", {"ignore": ["JAX301"]}),
        ("x = 1  # noqa: JAX3\n", {"ignore": ["JAX301"]}),
        ("x = 1  # noqa: JAX301\n", {"per_file_ignores": {"*.py": ["JAX3"]}}),
        ("x = 1  # noqa: JAX301\n", {"ignore": ["JAX002"]}),
        ("x = 1  # noqa: JAX301, JAX002\n", {}),
        ("# jaxlint: disable-file=unused-suppression\nx = 1  # noqa: JAX301\n", {}),
    ],
)
def test_what_cannot_be_judged_is_no_unused_comment(text: str, settings: dict[str, Any]) -> None:
    """Bare comments, rules that are not selected, and comments that name JAX002 are left alone."""
    assert shown(project(text, **settings), []) == ()


def test_a_comment_about_unused_comments_can_be_unused() -> None:
    """``JAX002`` is judged after all others, and cannot excuse itself."""
    assert codes(shown(project("x = 1  # noqa: JAX002\n"), [])) == [(1, "JAX002")]


def test_nothing_is_unused_where_the_analysis_failed() -> None:
    """A file that does not parse, or a failure in the project, proves nothing about comments."""
    text = "x = (  # noqa: JAX301\n"
    assert codes(shown(project(text), [at("JAX001", 2)])) == [(2, "JAX001")]
    assert shown(project("x = 1  # noqa: JAX301\n"), [], complete=False) == ()


def test_a_hidden_diagnostic_uses_its_comment() -> None:
    """Whoever selects the rule by name would see it, so the comment is right."""
    text = "x = 1  # noqa: JAX309\n"
    assert shown(project(text), [at("JAX309", level=Level.INFO)]) == ()


@pytest.mark.parametrize(
    ("comment", "unknown"),
    [
        ("# noqa: JAX999", ["JAX999"]),
        ("# noqa: JAX024, F401, XYZ123", ["JAX024"]),
        ("# jaxlint: disable=traced-brunch,JAX301", ["traced-brunch"]),
        ("# jaxlint: disable-file=E501", ["E501"]),
    ],
)
def test_an_unknown_code_is_reported_where_it_stands(comment: str, unknown: list[str]) -> None:
    """JAX003 is at the code, and the code is not also called unused."""
    text = f"x = 1  {comment}\n"
    found = shown(project(text), [at("JAX301")] if "JAX301" in comment else [])
    assert [d.code for d in found] == ["JAX003"] * len(unknown)
    assert [text[d.span.start.column - 1 : d.span.end.column - 1] for d in found] == unknown


def test_an_unknown_code_can_be_suppressed() -> None:
    """As any other diagnostic."""
    assert shown(project("x = 1  # noqa: JAX999, JAX003\n"), []) == ()


def test_a_file_that_is_no_text_keeps_its_diagnostic() -> None:
    """Where no comments can be read, none suppress."""
    assert codes(shown(project("\0"), [at("JAX001")])) == [(1, "JAX001")]


@pytest.mark.parametrize("comment", ["# flake8: noqa", "# jaxlint: disable-file"])
def test_a_whole_file_can_be_silenced(comment: str) -> None:
    """Everything in it, syntax errors included."""
    assert shown(project(f"{comment}\nx = (\n"), [at("JAX001", 3), at("JAX301", 2)]) == ()
