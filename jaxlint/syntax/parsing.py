"""From a text to the lowered tree, whichever parser can read it."""

from __future__ import annotations

import ast
import warnings

from jaxlint.syntax.limits import is_too_deep
from jaxlint.syntax.nodes import Code, Node, Unread
from jaxlint.syntax.reading import read_module
from jaxlint.syntax.walk import walk


class NotPython(Exception):  # noqa: N818 - it says what a text is, which is no error of the program
    """A text is not Python: ``reason`` says why, ``row`` and ``column`` (from 1) say where."""

    def __init__(self, reason: str, row: int = 1, column: int = 1) -> None:
        """Keep the reason and the place."""
        super().__init__(reason)
        self.reason = reason
        self.row = row
        self.column = column


def parse(text: str) -> Code:
    """The lowered tree of a file.

    Python reads it where it can; LibCST does so only if the file has words or places to be shown, or is
    written for another version of Python.

    Raises:
        NotPython: neither can read it.
        RecursionError: it is nested too deeply.
    """
    if is_too_deep(text):
        raise RecursionError
    tree = _own_tree(text)
    if tree is None:
        return parse_with_libcst(text)
    unread = Unread()
    unread.text = text
    unread.code = read_module(tree, unread)
    return unread.code


def parse_with_libcst(text: str) -> Code:
    """The lowered tree of a file, whose nodes come from LibCST.

    Raises:
        NotPython: LibCST cannot read it.
        RecursionError: it is nested too deeply.
    """
    if is_too_deep(text):
        raise RecursionError
    # Most runs end without it, and importing it takes longer than reading a dozen files.
    from libcst import CSTValidationError, ParserSyntaxError, parse_module

    from jaxlint.syntax.lowering import lower_module

    try:
        return lower_module(parse_module(text))
    except ParserSyntaxError as error:
        raise _fault(text, "invalid syntax", error.raw_line, error.raw_column + 1) from None
    except (CSTValidationError, SyntaxError, ValueError) as error:
        raise _fault(text, str(error)) from None


def match(code: Code, text: str) -> None:
    """Give each node of a tree that was lowered from Python's the LibCST node that it stands for.

    Raises:
        NotPython: LibCST cannot read the text.
        RecursionError: it is nested too deeply.
    """
    nodes, twins = list(walk(code)), list(walk(parse_with_libcst(text)))
    if list(map(type, nodes)) != list(map(type, twins)):
        raise NotPython("the parser reads it otherwise than Python does")
    for node, twin in zip(nodes, twins, strict=True):
        if isinstance(node, Node):
            node.origin = twin.origin


def is_valid(text: str) -> bool:
    """Whether this Python can parse ``text``."""
    return _own_tree(text) is not None


def _own_tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _fault(text: str, reason: str, row: int = 1, column: int = 1) -> NotPython:
    """Python's own words for a syntax error where this Python rejects the text as well; else LibCST's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<file>", "exec", dont_inherit=True)
    except SyntaxError as own:
        return NotPython(own.msg or "invalid syntax", own.lineno or 1, own.offset or 1)
    except (ValueError, RecursionError, MemoryError, OverflowError):
        pass
    if is_valid(text):
        return NotPython("the parser cannot read it, though Python can", row, column)
    return NotPython(reason, row, column)
