"""From bytes to text, and the comments that suppress diagnostics."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class SourceError(Exception):
    """A file is not Python text: ``message`` says why, ``row`` and ``column`` (from 1) say where."""

    def __init__(self, message: str, row: int = 1, column: int = 1) -> None:
        """Keep the reason and the place."""
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, line ends unchanged, with what is needed to write it back.

    ``encoding`` is ``utf-8-sig`` for a file that starts with a byte order mark, which ``text`` lacks;
    ``newline`` is the line end that the file uses first.
    """

    path: Path
    text: str
    encoding: str
    newline: str


class Kind(Enum):
    """What part of a file a suppression comment speaks of."""

    LINE = "line"
    NEXT_LINE = "next-line"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Named:
    """A code, prefix or rule name as written in a comment, with its columns (from 1, end excluded)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """One suppression comment.

    ``codes`` is empty when everything is suppressed; ``rows`` are the physical lines covered.
    ``column`` and ``end_column`` enclose the directive, from its ``#`` on.
    """

    tool: Literal["noqa", "jaxlint", "flake8"]
    kind: Kind
    row: int
    column: int
    end_column: int
    codes: tuple[Named, ...]
    rows: range

    def reach(self) -> Iterable[int | None]:
        """The rows on which a diagnostic may start that this comment speaks of; None stands for all."""
        return (None,) if self.kind is Kind.FILE else self.rows


def read_source(path: Path, override: str | None = None) -> Source:
    """Return the text of ``path`` (or ``override`` in its place); SourceError when it is no text."""
    if override is not None:
        return _checked(path, override.removeprefix("\ufeff"), "utf-8")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from None
    return _checked(path, *_decode(data))


def as_source(path: Path, data: bytes) -> Source:
    """Return ``data`` as the text of ``path``, whatever is in it; SourceError where it cannot be decoded."""
    return _source(path, *_decode(data))


def _checked(path: Path, text: str, encoding: str) -> Source:
    if (at := text.find("\0")) >= 0:
        raise SourceError("null byte: not a text file", *_place(text[:at]))
    if (lone := re.search("[\ud800-\udfff]", text)) is not None:
        raise SourceError("lone surrogate: no character", *_place(text[: lone.start()]))
    return _source(path, text, encoding)


def _source(path: Path, text: str, encoding: str) -> Source:
    first = re.search(r"\r\n?|\n", text)
    return Source(path, text, encoding, first.group() if first else "\n")


def _decode(data: bytes) -> tuple[str, str]:
    """Decode as Python does: byte order mark, then PEP 263's comment, then UTF-8."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        # An unknown encoding, or UTF-8 that is broken in the first two lines; the decoder below says
        # where the latter is.
        if not str(error.msg).startswith("invalid or missing"):
            raise SourceError(str(error.msg)) from None
        encoding = "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        wrong = f"byte 0x{data[error.start]:02x}" if error.start < len(data) else "end"
        raise SourceError(f"not {encoding}: {error.reason} ({wrong})", *_place(before)) from None
    except (LookupError, UnicodeError, ValueError) as error:
        # LookupError: a codec such as `hex` that is not for text.
        raise SourceError(f"cannot be decoded as {encoding}: {error}") from None


def _place(before: str) -> tuple[int, int]:
    """Return row and column, from 1, of what follows the text ``before``."""
    lines = split_lines(before)
    if not lines:
        return 1, 1
    if lines[-1].endswith(("\n", "\r")):
        return len(lines) + 1, 1
    return len(lines), len(lines[-1]) + 1


def split_lines(text: str) -> list[str]:
    r"""Split after ``\n``, ``\r\n`` and ``\r``, the line ends of Python, and keep them.

    ``str.splitlines`` knows more, such as form feeds, which occur inside lines of old code.
    """
    return re.findall(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+", text)


# --- suppression comments ---

_CODE = r"[A-Za-z]+[0-9]+"
_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+"
_MIXED = rf"(?:{_NAME}|{_CODE})(?:\s*,\s*(?:{_NAME}|{_CODE})|\s+{_CODE})*"
_ITEM = r"[A-Za-z][\w-]*"
_DIRECTIVES = re.compile(
    # As in flake8: case does not matter, and words after the codes are a remark.
    rf"\#\s*(?P<noqa>noqa)(?!\w)(?::\s?(?P<noqa_codes>{_MIXED}))?"
    rf"|\#\s*jaxlint:\s*(?P<jaxlint>disable-file|disable)"
    # Without codes nothing may follow: `disable JAX301` is a slip that must not disable everything.
    rf"(?:\s*=\s*(?P<jaxlint_codes>{_ITEM}(?:\s*,\s*{_ITEM})*)|(?=\s*(?:\#|$)))"
    rf"|\#\s*(?P<flake8>flake8)[:=]\s*noqa(?::\s?(?P<flake8_codes>{_CODE}(?:[,\s]+{_CODE})*))?",
    re.IGNORECASE,
)
_HINT = re.compile(r"#\s*(?:noqa|jaxlint|flake8)", re.IGNORECASE)


def suppressions(text: str) -> tuple[Suppression, ...]:
    """Return the suppression comments of a text, in their order."""
    if not _HINT.search(text):
        return ()
    lines = _structure(text)
    return tuple(
        found
        for comment in lines.comments
        for match in _DIRECTIVES.finditer(comment.text)
        if (found := _suppression(comment, match, lines)) is not None
    )


def noqa_row(text: str, row: int) -> int:
    """Return the last physical line of the logical line that holds ``row``: where a noqa goes."""
    return _structure(text).logical(row).stop - 1


def remarks(text: str, row: int) -> str:
    """What the comments say that stand in the logical line that holds ``row``, and right above it."""
    structure = _structure(text)
    rows = structure.logical(row)
    alone = {comment.row for comment in structure.comments if comment.alone}
    first = rows.start
    while first - 1 in alone:
        first -= 1
    inside = range(first, rows.stop)
    return " ".join(comment.text.lstrip("# ") for comment in structure.comments if comment.row in inside)


@dataclass(frozen=True, slots=True)
class _Comment:
    row: int
    column: int  # of the `#`, from 0
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class _Statement:
    """A logical line: its physical lines, and whether it is a decorator."""

    rows: range
    decorator: bool


def _start(statement: _Statement) -> int:
    return statement.rows.start


@dataclass(frozen=True, slots=True)
class _Structure:
    comments: tuple[_Comment, ...]
    statements: tuple[_Statement, ...]
    code_rows: tuple[int, ...]  # physical lines beyond what the tokenizer understood, blank ones apart

    def logical(self, row: int) -> range:
        """Return the physical lines of the logical line that holds ``row``."""
        index = bisect_right(self.statements, row, key=_start) - 1
        if index >= 0 and row in self.statements[index].rows:
            return self.statements[index].rows
        return range(row, row + 1)

    def following(self, row: int) -> range:
        """Return the lines of the next logical line after ``row``: decorators go with what they decorate."""
        start = None
        for index in range(bisect_right(self.statements, row, key=_start), len(self.statements)):
            statement = self.statements[index]
            start = statement.rows.start if start is None else start
            if not statement.decorator:
                return range(start, statement.rows.stop)
        line = next((code for code in self.code_rows if code > row), row)
        return range(line if start is None else start, line + 1)


def _suppression(comment: _Comment, match: re.Match[str], lines: _Structure) -> Suppression | None:
    tool: Literal["noqa", "jaxlint", "flake8"]
    if match["noqa"]:
        tool, kind, rows = "noqa", Kind.LINE, lines.logical(comment.row)
    elif match["flake8"]:
        # flake8 heeds this only on a line of its own.
        if not comment.alone or match.start() > 0:
            return None
        tool, kind, rows = "flake8", Kind.FILE, range(0)
    elif match["jaxlint"].lower() == "disable-file":
        tool, kind, rows = "jaxlint", Kind.FILE, range(0)
    else:
        tool, kind, rows = "jaxlint", Kind.LINE, lines.logical(comment.row)
        if comment.alone and len(rows) == 1:
            kind, rows = Kind.NEXT_LINE, lines.following(comment.row)
    return Suppression(
        tool=tool,
        kind=kind,
        row=comment.row,
        column=comment.column + match.start() + 1,
        end_column=comment.column + match.end() + 1,
        codes=tuple(_codes(comment, match, f"{tool}_codes")),
        rows=rows,
    )


def _codes(comment: _Comment, match: re.Match[str], group: str) -> Iterator[Named]:
    if match[group] is None:
        return
    base = comment.column + match.start(group) + 1
    for item in re.finditer(r"[\w-]+", match[group]):
        yield Named(item.group(), base + item.start(), base + item.end())


@lru_cache(maxsize=4)
def _structure(text: str) -> _Structure:
    """Find comments and logical lines, by the tokenizer as far as it goes and line by line after that."""
    lines = re.split(r"\r\n?|\n", text)
    comments: list[_Comment] = []
    statements: list[_Statement] = []
    start = decorator = None
    done = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            if token.type == tokenize.COMMENT:
                at, column = token.start
                alone = not lines[at - 1][:column].strip()
                comments.append(_Comment(at, column, token.string, alone))
            elif token.type == tokenize.NEWLINE:
                first = token.start[0] if start is None else start
                statements.append(_Statement(range(first, token.end[0] + 1), decorator == "@"))
                start, done = None, token.end[0]
            elif start is None and token.type not in _LAYOUT:
                start, decorator = token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        comments = [comment for comment in comments if comment.row <= done]
        code_rows = [number for number in range(done + 1, len(lines) + 1) if _is_code(lines[number - 1])]
        comments.extend(_plain_comments(lines, done))
        return _Structure(tuple(comments), tuple(statements), tuple(code_rows))
    return _Structure(tuple(comments), tuple(statements), ())


_LAYOUT = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
# A comment, where strings that end on the same line are skipped.
_OUTSIDE_STRINGS = re.compile(r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | (?P<comment>\#.*) """, re.VERBOSE)


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _plain_comments(lines: list[str], after: int) -> Iterator[_Comment]:
    for row, line in enumerate(lines[after:], start=after + 1):
        for match in _OUTSIDE_STRINGS.finditer(line):
            if match["comment"]:
                alone = not line[: match.start()].strip()
                yield _Comment(row, match.start(), match["comment"], alone)
