"""Python blocks with markers: found in Markdown pages, cleaned of their markers, run with the real JAX.

A marker is the last comment of a line, ``# JAX301`` or ``# JAX301 JAX306 -> ExceptionName``. It names
the diagnostics that start on the line and, after the arrow, the exception that the line raises when
this is not the one that the rule's page announces; ``-> none`` says that the line runs.

Used as a program (``python blocks.py NAME < text``), the module runs one block and prints what was
raised as JSON; that is how blocks that change global settings get a process of their own.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import io
import json
import linecache
import re
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

NOTHING = "none"
"""The word that stands for "raises no exception", in markers and in front matter."""

_MARKER = re.compile(r"(?:^|\s+)# (?P<codes>JAX\d{3}(?: JAX\d{3})*)(?: -> (?P<raises>[A-Za-z_]\w*))?\s*$")
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\s*$")
_GLOBAL_SETTING = re.compile(r"\bjax\.config\b|\bconfig\.update\b|\bos\.environ\b")


@dataclass(frozen=True, slots=True)
class Marker:
    """What one line is expected to do: the codes reported there and the exception if it is special."""

    codes: tuple[str, ...]
    raises: str | None = None

    def allowed(self, raises: Mapping[str, str]) -> frozenset[str]:
        """Names of the exceptions that may end the line, given what each rule's page announces."""
        if self.raises is not None:
            return frozenset({self.raises})
        announced = frozenset(raises[code] for code in self.codes)
        return announced - {NOTHING} or announced


@dataclass(frozen=True, slots=True)
class Block:
    """One Python block of a page: its text without markers, and its markers by row of that text."""

    page: str
    section: str
    row: int
    """Row, in the page, of the block's first line."""
    text: str
    markers: Mapping[int, Marker] = field(hash=False)

    @property
    def name(self) -> str:
        """Short and unique among all blocks of all pages."""
        return f"{self.page}:{self.row}"


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that ended one statement; ``row`` is None when no frame was inside the block."""

    row: int | None
    exception: str
    message: str


def strip_markers(marked: str) -> tuple[str, dict[int, Marker]]:
    """Take the markers out of a text; rows and columns of what stays do not change.

    Works line by line, so that a text which is no valid Python can carry markers too, and only looks
    at the end of a line: ``x = 1  # noqa: JAX301  # JAX002`` keeps its first comment.
    """
    markers: dict[int, Marker] = {}
    lines = marked.split("\n")
    for row, line in enumerate(lines, start=1):
        if match := _MARKER.search(line):
            markers[row] = Marker(tuple(match["codes"].split()), match["raises"])
            lines[row - 1] = line[: match.start()]
    return "\n".join(lines), markers


def sections(text: str) -> tuple[str, ...]:
    """The second-level headings of a page, in order."""
    return tuple(line[3:].strip() for _, line in _prose(text) if line.startswith("## "))


def python_blocks(page: str, text: str) -> tuple[Block, ...]:
    """All ``python`` blocks of a page's text, in order."""
    blocks: list[Block] = []
    section = ""
    for row, line, body in _walk(text):
        if body is None:
            section = line[3:].strip() if line.startswith("## ") else section
        elif line == "python":
            clean, markers = strip_markers(body)
            blocks.append(Block(page, section, row + 1, clean, markers))
    return tuple(blocks)


def run(block: Block) -> tuple[Raised, ...]:
    """Run a block with the real JAX and say what its top-level statements raised, in order."""
    if _GLOBAL_SETTING.search(block.text):
        return _run_apart(block)
    return execute(block.text, block.name)


def execute(text: str, name: str) -> tuple[Raised, ...]:
    """Run a text in a fresh module, statement by statement.

    An exception ends its statement only: a block can then show several calls that fail.
    """
    filename = f"<{name}>"
    # JAX reads the source of the functions that it traces.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    try:
        statements = ast.parse(text, filename).body
    except SyntaxError as error:
        return (Raised(error.lineno, type(error).__name__, error.msg),)
    module = types.ModuleType("block")
    sys.modules[module.__name__] = module
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(_execute_statements(statements, filename, module))
    finally:
        del sys.modules[module.__name__]


def disagreements(block: Block, raised: tuple[Raised, ...], raises: Mapping[str, str]) -> tuple[str, ...]:
    """Compare what running a block raised with its markers, one sentence for each difference.

    ``raises`` is the exception that the page of each code announces.
    """
    problems = [
        f"line {error.row} raised {error.exception}, which no marker announces: {error.message}"
        for error in raised
        if error.row not in block.markers
    ]
    for row, marker in sorted(block.markers.items()):
        seen = {error.exception for error in raised if error.row == row} or {NOTHING}
        allowed = marker.allowed(raises)
        if not seen <= allowed:
            problems.append(f"line {row} raised {_names(seen)}, not {_names(allowed)}")
    return tuple(problems)


def _names(names: frozenset[str] | set[str]) -> str:
    return " or ".join(sorted(names))


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The rows and lines of a page that are outside of fenced blocks."""
    for row, line, body in _walk(text):
        if body is None:
            yield row, line


def _walk(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Rows of a page: a line outside of blocks with None, or a block's language with its content."""
    fence: str | None = None
    start, language = 0, ""
    content: list[str] = []
    for row, line in enumerate(text.splitlines(), start=1):
        match = _FENCE.match(line)
        if fence is None and match:
            fence, start, language, content = match["fence"], row, match["language"], []
        elif fence is None:
            yield row, line, None
        elif line.rstrip() == fence:
            yield start, language, "\n".join([*content, ""])
            fence = None
        else:
            content.append(line)
    if fence is not None:
        raise ValueError(f"the block that starts at line {start} has no end")


def _execute_statements(
    statements: list[ast.stmt], filename: str, module: types.ModuleType
) -> Iterator[Raised]:
    flags = 0
    for statement in statements:
        flags |= _future_flags(statement)
        code = compile(ast.Module([statement], []), filename, "exec", flags=flags, dont_inherit=True)
        try:
            exec(code, module.__dict__)
        except Exception as error:  # noqa: BLE001 - whatever it raises is compared with the markers
            row = _innermost_row(error, filename)
            yield Raised(row, type(error).__name__, str(error).partition("\n")[0])


def _future_flags(statement: ast.stmt) -> int:
    if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
        return 0
    features = (getattr(__future__, alias.name) for alias in statement.names)
    return sum(feature.compiler_flag for feature in features)


def _innermost_row(error: BaseException, filename: str) -> int | None:
    row, traceback = None, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            row = traceback.tb_lineno
        traceback = traceback.tb_next
    return row


def _run_apart(block: Block) -> tuple[Raised, ...]:
    done = subprocess.run(
        [sys.executable, __file__, block.name],
        input=block.text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{block.name} ended its process: {done.stderr}")
    return tuple(Raised(*entry) for entry in json.loads(done.stdout))


def _main() -> None:
    raised = execute(sys.stdin.read(), sys.argv[1])
    json.dump([[error.row, error.exception, error.message] for error in raised], sys.stdout)


if __name__ == "__main__":
    _main()
