"""Every output format, against the exact text that it should give."""

from __future__ import annotations

import dataclasses
import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxlint.diagnostics import Diagnostic, Edit, Fix, Level, Note, Position, Span
from jaxlint.output import FORMATS, View, render
from jaxlint.output import statistics as stats
from jaxlint.output.cells import Line, char_width, plain, split_lines
from jaxlint.output.concise import one_line
from jaxlint.output.excerpt import excerpt
from jaxlint.output.terminal import wants_color

BASE = Path(__file__).parent.resolve() / "nowhere"
FILE = BASE / "src" / "model.py"

RELU = """\
import jax

@jax.jit
def relu(x):
    if x > 0:
        return x
    return 0.0 * x
"""


def span(start: tuple[int, int], end: tuple[int, int], path: Path = FILE) -> Span:
    """Make a span from two (row, column) pairs."""
    return Span(path, Position(*start), Position(*end))


BRANCH = Diagnostic(
    code="JAX301",
    name="traced-branch",
    level=Level.ERROR,
    message="`if` on a traced value",
    span=span((5, 8), (5, 13)),
    notes=(
        Note("`x` is a parameter of `relu`, traced by `jax.jit`", span((3, 2), (3, 9))),
        Note("it is called from `main`", span((9, 1), (9, 3), BASE.parent / "elsewhere.py")),
    ),
    help="write `jnp.where(x > 0, …, …)` or `jax.lax.cond`",
)

ASSIGN = Diagnostic(
    code="JAX201",
    name="item-assignment",
    level=Level.WARNING,
    message="`x` is a JAX array",
    span=span((1, 1), (1, 9)),
    fix=Fix("Use `x.at[0].set(1)`", (Edit(span((1, 1), (1, 9)), "x = x.at[0].set(1)"),), safe=True),
)


def view(*texts: str, color: bool = False, width: int = 80) -> View:
    """Show paths relative to `BASE`, with one text for all files."""
    return View(lambda _path: texts[0] if texts else None, base=BASE, color=color, width=width)


def full(text: str, start: tuple[int, int], end: tuple[int, int], width: int = 80) -> list[str]:
    """Give the excerpt that `full` shows for a span of ``text``."""
    diagnostic = dataclasses.replace(BRANCH, span=span(start, end), notes=(), help=None)
    return render("full", [diagnostic], view(text, width=width)).splitlines()[2:-1]


class TestFull:
    """`full` is what a person reads first."""

    def test_paragraph(self) -> None:
        """Headline, source, carets, notes with their places, help, and a blank line."""
        elsewhere = BASE.parent / "elsewhere.py"
        assert render("full", [BRANCH], view(RELU)) == (
            "src/model.py:5:8: JAX301 traced-branch error: `if` on a traced value\n"
            "  |\n"
            "5 |     if x > 0:\n"
            "  |        ^^^^^\n"
            "  = note: `x` is a parameter of `relu`, traced by `jax.jit` (src/model.py:3)\n"
            f"  = note: it is called from `main` ({elsewhere}:9)\n"
            "  = help: write `jnp.where(x > 0, …, …)` or `jax.lax.cond`\n"
            "\n"
        )

    def test_fix_is_marked(self) -> None:
        """A star says that a fix exists."""
        first = render("full", [ASSIGN], view("x[0] = 1\n")).splitlines()[0]
        assert first == "src/model.py:1:1: JAX201 item-assignment [*] warning: `x` is a JAX array"

    def test_without_text(self) -> None:
        """A file that cannot be read any more costs the excerpt only."""
        assert render("full", [ASSIGN], view()).count("\n") == 2

    def test_color(self) -> None:
        """With colours the words are the same, painted."""
        painted = render("full", [BRANCH], view(RELU, color=True))
        assert "\x1b[1;31mJAX301\x1b[0m" in painted
        assert "\x1b[1;31m       ^^^^^\x1b[0m" in painted

    def test_tabs(self) -> None:
        """Carets stand under the code that tabs push to the right."""
        assert full("\tif\tx > 0:\n", (1, 5), (1, 10)) == [
            "1 |     if  x > 0:",
            "  |         ^^^^^",
        ]

    def test_wide_characters(self) -> None:
        """East Asian characters take two cells, combining ones none."""
        assert full("s = '日本' + e\u0301 + x\n", (1, 17), (1, 18)) == [
            "1 | s = '日本' + e\u0301 + x",
            "  |                  ^",
        ]

    def test_wide_characters_in_the_span(self) -> None:
        """A span over wide characters is underlined as wide as they are."""
        assert full("f('日本')\n", (1, 3), (1, 7))[1] == "  |   ^^^^^^"

    def test_control_characters_are_shown_and_not_sent(self) -> None:
        """Source cannot steer the terminal."""
        assert full("x = '\x1b[31m'\u202e\n", (1, 1), (1, 2))[0] == "1 | x = '␛[31m'\ufffd"

    def test_rows_are_the_parsers(self) -> None:
        """A form feed or U+2028 does not end a row."""
        assert full("a\x0cb\u2028c\nif x:\n", (2, 4), (2, 5)) == ["2 | if x:", "  |    ^"]

    def test_empty_span_has_one_caret(self) -> None:
        """A place without extent, such as that of a syntax error, gets one caret."""
        assert full("f(\n", (1, 3), (1, 3)) == ["1 | f(", "  |   ^"]

    def test_place_past_the_last_row(self) -> None:
        """A syntax error at the end of the file may point behind the last row: no excerpt then."""
        text = render("full", [dataclasses.replace(BRANCH, span=span((9, 1), (9, 1)))], view("f("))
        assert text.splitlines()[1].startswith("  = note:")

    def test_several_rows(self) -> None:
        """Each row of a long span is underlined from its code on."""
        text = "if f(\n    x,  \n    y,\n):\n    pass\n"
        assert full(text, (1, 4), (4, 2)) == [
            "1 | if f(",
            "  |    ^^",
            "2 |     x,",
            "  |     ^^",
            "3 |     y,",
            "  |     ^^",
            "4 | ):",
            "  | ^",
        ]

    def test_end_at_the_start_of_a_row(self) -> None:
        """A span that ends before the first column does not mark that row."""
        assert full("if x:\n    pass\ny\n", (2, 5), (3, 1)) == ["2 |     pass", "  |     ^^^^"]

    def test_many_rows_are_cut(self) -> None:
        """Of a span over many rows the head and the end are shown."""
        rows = full("f(\n" + "    1,\n" * 50 + ")\n", (1, 1), (52, 2))
        assert len(rows) == 11
        assert rows[-5:] == [" 4 |     1,", "   |     ^^", "...", "52 | )", "   | ^"]

    @pytest.mark.parametrize("column", [1, 40, 500, 996, 1000])
    def test_long_line(self, column: int) -> None:
        """Of a very long line the part round the span is shown, with the caret under it."""
        line = "".join(chr(ord("a") + index % 26) for index in range(1000))
        shown, marks = full(line + "\n", (1, column), (1, column + 1), width=60)
        assert len(shown) <= 60
        assert shown[marks.index("^")] == line[column - 1]
        assert marks.count("^") == 1

    def test_long_span_in_a_long_line(self) -> None:
        """A span wider than the terminal is underlined as far as it is shown."""
        shown, marks = full("x" * 1000, (1, 301), (1, 900), width=60)
        assert len(shown) == 60
        assert len(marks) == 59  # up to the ellipsis

    def test_no_trailing_blanks(self) -> None:
        """Blank source rows leave no blanks behind the bar."""
        assert full("f(\n\n)\n", (1, 1), (3, 2))[2] == "2 |"


@given(
    text=st.text(alphabet=st.one_of(st.characters(), st.sampled_from(" \t\r\n日\u0301\x0c")), max_size=300),
    start=st.tuples(st.integers(1, 9), st.integers(1, 400)),
    rows=st.integers(0, 20),
    column=st.integers(1, 400),
    width=st.integers(40, 130),
)
def test_excerpt_of_anything(text: str, start: tuple[int, int], rows: int, column: int, width: int) -> None:
    """Whatever the text and the span, each row is one line that fits, and has a mark."""
    end = (start[0] + rows, column)
    for row in excerpt(text, span(start, max(start, end)), width):
        if row is not None:
            assert row.text.isprintable() or not row.text.isascii()
            assert not set(row.text) & set("\r\n\t\x1b")
            assert sum(map(char_width, row.text)) <= width
            assert 0 <= row.start < row.end <= max(width, 1)


class TestConcise:
    """`concise` is one line each."""

    def test_line(self) -> None:
        """Headline and first note are joined, and nothing else is printed."""
        assert render("concise", [BRANCH, ASSIGN], view(RELU)) == (
            "src/model.py:5:8: JAX301 `if` on a traced value: "
            "`x` is a parameter of `relu`, traced by `jax.jit` (src/model.py:3)\n"
            "src/model.py:1:1: JAX201 [*] `x` is a JAX array\n"
        )

    def test_always_one_line(self) -> None:
        """Line ends inside a message do not break the format."""
        odd = dataclasses.replace(BRANCH, message="a\nb\r\tc\x1b", notes=())
        assert one_line(odd, view()) == "a b  c␛"


class TestJson:
    """`json` has ruff's field names."""

    def test_record(self) -> None:
        """All that a diagnostic knows is there, with absolute paths."""
        found, _ = json.loads(render("json", [BRANCH, ASSIGN], view(RELU)))
        assert found == {
            "code": "JAX301",
            "name": "traced-branch",
            "level": "error",
            "message": "`if` on a traced value",
            "filename": str(FILE),
            "location": {"row": 5, "column": 8},
            "end_location": {"row": 5, "column": 13},
            "notes": [
                {
                    "message": "`x` is a parameter of `relu`, traced by `jax.jit`",
                    "filename": str(FILE),
                    "location": {"row": 3, "column": 2},
                    "end_location": {"row": 3, "column": 9},
                },
                {
                    "message": "it is called from `main`",
                    "filename": str(BASE.parent / "elsewhere.py"),
                    "location": {"row": 9, "column": 1},
                    "end_location": {"row": 9, "column": 3},
                },
            ],
            "help": "write `jnp.where(x > 0, …, …)` or `jax.lax.cond`",
            "fix": None,
            "noqa_row": 5,
            "url": None,
        }

    @pytest.mark.parametrize(("safe", "word"), [(True, "safe"), (False, "unsafe")])
    def test_fix(self, safe: bool, word: str) -> None:
        """A fix is its edits and how far it can be trusted."""
        assert ASSIGN.fix is not None
        diagnostic = dataclasses.replace(ASSIGN, fix=dataclasses.replace(ASSIGN.fix, safe=safe))
        assert json.loads(render("json", [diagnostic], view()))[0]["fix"] == {
            "applicability": word,
            "message": "Use `x.at[0].set(1)`",
            "edits": [
                {
                    "content": "x = x.at[0].set(1)",
                    "location": {"row": 1, "column": 1},
                    "end_location": {"row": 1, "column": 9},
                }
            ],
        }

    def test_nothing_found(self) -> None:
        """Without findings the array is empty, and still an array."""
        assert render("json", [], view()) == "[]\n"


class TestGithub:
    """`github` speaks workflow commands."""

    def test_commands(self) -> None:
        """The level chooses the command; the span becomes its properties."""
        info = dataclasses.replace(ASSIGN, level=Level.INFO, span=span((1, 1), (3, 2)))
        assert render("github", [dataclasses.replace(BRANCH, notes=()), ASSIGN, info], view(RELU)) == (
            "::error title=JAX301 traced-branch,file=src/model.py,line=5,endLine=5,col=8,endColumn=13"
            "::src/model.py:5:8: JAX301 `if` on a traced value"
            "%0Ahelp: write `jnp.where(x > 0, …, …)` or `jax.lax.cond`\n"
            "::warning title=JAX201 item-assignment,file=src/model.py,line=1,endLine=1,col=1,endColumn=9"
            "::src/model.py:1:1: JAX201 `x` is a JAX array\n"
            "::notice title=JAX201 item-assignment,file=src/model.py,line=1,endLine=3"
            "::src/model.py:1:1: JAX201 `x` is a JAX array\n"
        )

    def test_escapes(self) -> None:
        """What has a meaning in a command is escaped, in properties more than in the message."""
        odd = dataclasses.replace(
            ASSIGN, message="100% of a:b,\nc", span=span((1, 1), (1, 2), BASE / "a,b:c%d.py")
        )
        command = render("github", [odd], view())
        assert "file=a%2Cb%3Ac%25d.py," in command
        assert command.endswith("::a,b:c%25d.py:1:1: JAX201 100%25 of a:b, c\n")


class TestStatistics:
    """`--statistics` counts instead of listing."""

    FOUND = (ASSIGN, *[BRANCH] * 10)

    def test_table(self) -> None:
        """The most frequent rule comes first, and the columns are aligned."""
        assert stats.as_table(self.FOUND) == (
            "10  JAX301  traced-branch    error\n"
            " 1  JAX201  item-assignment  warning\n"
        )  # fmt: skip

    def test_json(self) -> None:
        """The same as data."""
        assert json.loads(stats.as_json(self.FOUND))[1] == {
            "count": 1,
            "code": "JAX201",
            "name": "item-assignment",
            "level": "warning",
            "fixable": True,
        }

    def test_nothing(self) -> None:
        """No findings make no rows."""
        assert stats.as_table([]) == ""
        assert stats.as_json([]) == "[]\n"

    def test_summary(self) -> None:
        """The closing line counts by level."""
        info = dataclasses.replace(ASSIGN, level=Level.INFO, span=span((1, 1), (1, 2), BASE / "other.py"))
        assert stats.summary([], 3) == "All checks passed."
        assert stats.summary([BRANCH], 1) == "Found 1 error in 1 file."
        assert stats.summary([*self.FOUND, info], 12) == (
            "Found 10 errors, 1 warning, 1 info in 2 files (12 checked)."
        )


class TestCells:
    """Text measured in terminal cells."""

    @pytest.mark.parametrize(
        ("char", "width"),
        [("a", 1), ("é", 1), ("日", 2), ("\u0301", 0), ("\u200d", 0), ("😀", 2), ("\uff46", 2), ("ﬁ", 1)],
    )
    def test_width(self, char: str, width: int) -> None:
        """Width follows the Unicode tables."""
        assert char_width(char) == width

    def test_wide_character_at_the_cut(self) -> None:
        """A wide character that does not fit whole falls out whole."""
        text, start, end = Line.of("日" * 100).window(100, 102, 21)
        assert text == "…" + "日" * 9 + "…"
        assert text[0] == "…"
        assert (end - start, (start - 1) % 2) == (2, 0)

    def test_split_lines(self) -> None:
        """All three line ends count, and only these."""
        assert split_lines("a\nb\r\nc\rd\x0be\x1cf") == ["a", "b", "c", "d\x0be\x1cf"]

    def test_plain(self) -> None:
        """Lone surrogates, as they stand for undecodable bytes in file names, can be printed."""
        assert plain("a\udcffb") == "a\ufffdb"


def test_formats() -> None:
    """Every format takes no diagnostics at all, and unusual ones."""
    bare = Diagnostic(
        "JAX001", "syntax-error", Level.ERROR, "", Span(Path("-"), Position(1, 1), Position(1, 1))
    )
    for name in FORMATS:
        assert render(name, [bare], view("")).endswith("\n")
        assert render(name, [], view("")).strip() in {"", "[]"}


def test_place_of_stdin_is_relative() -> None:
    """Paths inside the base are shown relative to it, others in full."""
    shown = View(base=BASE)
    assert shown.path(BASE / "a" / "b.py") == str(Path("a") / "b.py")
    assert shown.path(BASE.parent / "c.py") == str(BASE.parent / "c.py")


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_wants_color(
    monkeypatch: pytest.MonkeyPatch, choice: str, environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    """The option beats the environment, NO_COLOR beats FORCE_COLOR, and both beat the terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    stream = StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    assert wants_color(choice, stream) is expected
