"""Bytes to text, and the reach of suppression comments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxlint.source import Kind, SourceError, Suppression, noqa_row, read_source, split_lines, suppressions

PATH = Path("a.py")


def only(text: str) -> Suppression:
    """The single suppression of a text."""
    (found,) = suppressions(text)
    return found


def names(suppression: Suppression) -> list[str]:
    """The codes of a suppression as written."""
    return [named.text for named in suppression.codes]


def rows(text: str) -> list[int]:
    """The physical lines that the single suppression of a text covers."""
    reach = set(only(text).reach())
    return [row for row in range(1, len(split_lines(text)) + 2) if row in reach]


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        ("é = 1\n".encode(), "é = 1\n", "utf-8"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8-sig"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n", "iso-8859-1"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'", None, "cp1252"),
    ],
)
def test_a_file_is_decoded_as_python_does(
    tmp_path: Path, data: bytes, text: str | None, encoding: str
) -> None:
    """Byte order mark, PEP 263's comment in the first two lines, else UTF-8."""
    path = tmp_path / "a.py"
    path.write_bytes(data)
    source = read_source(path)
    assert source.encoding == encoding
    assert source.text == (data.decode(encoding) if text is None else text)
    assert source.text.encode(source.encoding) == data


@pytest.mark.parametrize(
    ("data", "newline"), [(b"a\r\nb\n", "\r\n"), (b"a\rb", "\r"), (b"a\nb\r\n", "\n"), (b"a", "\n")]
)
def test_line_ends_are_kept(tmp_path: Path, data: bytes, newline: str) -> None:
    """The text has the line ends of the file, and its first kind is remembered."""
    path = tmp_path / "a.py"
    path.write_bytes(data)
    assert read_source(path).newline == newline
    assert read_source(path).text.encode() == data


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"x = 1\ny = '\xff'\n", (2, 6), "not utf-8: invalid start byte (byte 0xff)"),
        ("é = '".encode() + b"\xe9", (1, 6), "not utf-8"),
        (b"\n\n\n\xc3", (4, 1), "not utf-8"),
        (b"x = 1\n\0\n", (2, 1), "null byte"),
        (b"# coding: klingon\n", (1, 1), "unknown encoding"),
        (b"# coding: hex\n", (1, 1), "hex"),
        (b"\xff\xfex\0", (1, 1), "not utf-8"),
        (b"\xef\xbb\xbf# coding: latin-1\n", (1, 1), "encoding problem"),
    ],
)
def test_what_is_no_text_is_an_error_with_its_place(
    tmp_path: Path, data: bytes, place: tuple[int, int], message: str
) -> None:
    """The first byte that cannot be read is named by row and column."""
    path = tmp_path / "a.py"
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read_source(path)
    assert message in caught.value.message
    assert (caught.value.row, caught.value.column) == place


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A folder, a missing file, a file without permission: the reason of the system is given."""
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_source(tmp_path / "none.py")
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        read_source(tmp_path)


def test_a_text_in_memory_stands_for_the_file() -> None:
    """An override is taken instead of the file, its byte order mark apart."""
    assert read_source(PATH, "\ufeffx = 1\r\n").text == "x = 1\r\n"
    with pytest.raises(SourceError, match="null byte"):
        read_source(PATH, "\0")


def test_lines_are_those_of_python() -> None:
    """Form feeds and Unicode's line separators are characters like others."""
    assert split_lines("a\x0cb\r\nc\rd\n\ne\u2028f") == ["a\x0cb\r\n", "c\r", "d\n", "\n", "e\u2028f"]


@pytest.mark.parametrize(
    ("comment", "tool", "codes"),
    [
        ("# noqa", "noqa", []),
        ("#noqa", "noqa", []),
        ("# NoQA: JAX301", "noqa", ["JAX301"]),
        ("# noqa:JAX301,JAX302", "noqa", ["JAX301", "JAX302"]),
        ("# noqa: F401, JAX301 E501", "noqa", ["F401", "JAX301", "E501"]),
        ("# noqa: JAX204 clamped on purpose", "noqa", ["JAX204"]),
        ("# noqa: traced-branch", "noqa", ["traced-branch"]),
        ("# noqa : JAX301", "noqa", []),
        ("# noqa because of JAX301", "noqa", []),
        ("# jaxlint: disable=JAX301", "jaxlint", ["JAX301"]),
        ("#jaxlint:disable = JAX301 , traced-branch", "jaxlint", ["JAX301", "traced-branch"]),
        ("# jaxlint: disable=JAX301 the mask is static", "jaxlint", ["JAX301"]),
        ("# jaxlint: disable", "jaxlint", []),
        ("# type: ignore # noqa: JAX301", "noqa", ["JAX301"]),
    ],
)
def test_comments_are_read(comment: str, tool: str, codes: list[str]) -> None:
    """Spaces and case do not matter, words after the codes are a remark."""
    found = only(f"x = 1  {comment}\n")
    assert (found.tool, found.kind, names(found)) == (tool, Kind.LINE, codes)


@pytest.mark.parametrize(
    "text",
    [
        "x = '# noqa'\n",
        'x = """\n# jaxlint: disable-file\n"""\n',
        "x = f'{y} # noqa: JAX301'\n",
        "x = 1  # noqalify\n",
        "x = 1  # jaxlint: disable JAX301\n",
        "x = 1  # jaxlint: disables=JAX301\n",
        "x = 1  # flake8: noqa\n",
        "x = 1  # see noqa\n",
    ],
)
def test_what_only_looks_like_a_comment_is_none(text: str) -> None:
    """Strings, other words, and slips suppress nothing."""
    assert suppressions(text) == ()


def test_columns_enclose_directive_and_codes() -> None:
    """Positions count code points from 1, for the fix that removes a code."""
    text = "é = 1  # type: x  # noqa: F401, JAX301  # tail\n"
    found = only(text)
    line = text.rstrip("\n")
    assert line[found.column - 1 : found.end_column - 1] == "# noqa: F401, JAX301"
    assert [line[code.start - 1 : code.end - 1] for code in found.codes] == ["F401", "JAX301"]


def test_two_directives_in_one_comment_both_count() -> None:
    """``# noqa`` for another tool and ours may stand side by side."""
    first, second = suppressions("x = 1  # noqa: F401  # jaxlint: disable=JAX301\n")
    assert (first.tool, second.tool) == ("noqa", "jaxlint")


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("a = 1\nb = 2  # noqa\nc = 3\n", [2]),
        ("b = f(\n    1,  # noqa\n    2,\n)\nc\n", [1, 2, 3, 4]),
        ("b = f(\n    1,\n    # jaxlint: disable=X1\n    2,\n)\nc\n", [1, 2, 3, 4, 5]),
        ('b = """\n\n"""  # noqa\nc\n', [1, 2, 3]),
        ("b = 1 + \\\n    2  # noqa\nc\n", [1, 2]),
        ("if (a and\n    b):  # noqa\n    c\n", [1, 2]),
        ("a\n# jaxlint: disable=X1\nb = f(\n  1)\nc\n", [3, 4]),
        ("a\n# jaxlint: disable=X1\n\n# why\nb\n", [5]),
        ("# jaxlint: disable=X1\n@jit\n@vmap\ndef f(\n  x):\n    pass\n", [2, 3, 4, 5]),
        ("def f():\n    # jaxlint: disable=X1\n    return 1\n", [3]),
        ("a\n# noqa: X1\nb\n", [2]),
        ("a\r\nb  # noqa\rc", [2]),
        ("a  # noqa", [1]),
        ("a\n# jaxlint: disable=X1\n", [2]),
    ],
)
def test_a_comment_covers_its_logical_line(text: str, covered: list[int]) -> None:
    """Any physical line of a statement will do; alone on a line it speaks of the next statement."""
    assert rows(text) == covered


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a\n# jaxlint: disable-file=JAX301,traced-while\n", ["JAX301", "traced-while"]),
        ("a  # jaxlint: disable-file\n", []),
        ("a\n  # flake8: noqa\n", []),
        ("# flake8: noqa: JAX301\na\n", ["JAX301"]),
    ],
)
def test_a_file_can_be_covered_as_a_whole(text: str, codes: list[str]) -> None:
    """The comment may stand anywhere in the file."""
    found = only(text)
    assert (found.kind, names(found)) == (Kind.FILE, codes)
    assert tuple(found.reach()) == (None,)


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("a = (\nb = 1  # noqa\nc\n", [2]),
        ('a = """\nb = "#"  # noqa\nc\n', [2]),
        ("f()  # noqa\n  x = 1\n y\n", [1]),
        ("good = f(\n1)  # noqa\n    bad\n  worse (\n", [1, 2]),
        ("a = (\n# jaxlint: disable=X1\n\nb = 1\nc\n", [4]),
        ("x = $ ? 'it''s # noqa' # noqa\n", [1]),
    ],
)
def test_broken_files_fall_back_to_physical_lines(text: str, covered: list[int]) -> None:
    """Where the tokenizer gives up, a comment still covers its line; what came before is as usual."""
    assert rows(text) == covered


def test_the_row_of_a_noqa_is_the_end_of_the_statement() -> None:
    """An editor puts the comment where flake8 and ruff look for it."""
    text = 'a\nb = f(\n  1,\n)\nc = """\n"""\n'
    assert [noqa_row(text, row) for row in (1, 2, 3, 5)] == [1, 4, 4, 6]


@given(st.text(st.sampled_from("#'\"\\\n\r\t ()[]{}:@=fax1\x0c") | st.characters(codec="utf-8")), st.data())
def test_no_text_is_too_strange(text: str, data: st.DataObject) -> None:
    """Whatever the text, comments are read without an error and lie in the text."""
    at = data.draw(st.integers(0, len(text)))
    text = (
        text[:at]
        + data.draw(st.sampled_from(["# noqa", "# jaxlint: disable=JAX301", "#noqa:F1,JAX2"]))
        + text[at:]
    )
    lines = re.split(r"\r\n?|\n", text)
    for found in suppressions(text):
        assert lines[found.row - 1][found.column - 1] == "#"
        for code in found.codes:
            assert lines[found.row - 1][code.start - 1 : code.end - 1] == code.text
