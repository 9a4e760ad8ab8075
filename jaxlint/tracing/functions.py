"""The functions of a file, by Python's own parser: names, rows, parameters, comments on tracing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"#\s*jaxlint:\s*trace\((?P<words>.*)\)\s*$")


@dataclass(frozen=True, slots=True, eq=False)
class FunctionInfo:
    """One function: ``first`` is its first row, decorators included, as code objects have it."""

    name: str
    node: ast.FunctionDef | ast.Lambda
    first: int
    row: int
    last: int
    outer: FunctionInfo | None
    owner: str | None
    """The class whose method it is, by its name in the module."""
    comment: str | None = None
    """The words of a ``# jaxlint: trace(...)`` comment."""

    @property
    def is_static_method(self) -> bool:
        """Whether no instance is passed."""
        decorators = getattr(self.node, "decorator_list", [])
        return any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in decorators)

    @property
    def parameters(self) -> tuple[ast.arg, ...]:
        """The parameters that a caller gives by position, without ``self``."""
        every = (*self.node.args.posonlyargs, *self.node.args.args)
        return every[1:] if self.owner is not None and not self.is_static_method else every

    @property
    def required(self) -> tuple[ast.arg, ...]:
        """Those of `parameters` that have no default."""
        count = len(self.node.args.defaults)
        every = self.parameters
        return every[: len(every) - count] if count else every

    @property
    def required_keywords(self) -> tuple[ast.arg, ...]:
        """Keyword-only parameters that have no default."""
        pairs = zip(self.node.args.kwonlyargs, self.node.args.kw_defaults, strict=True)
        return tuple(arg for arg, default in pairs if default is None)

    @property
    def outermost(self) -> FunctionInfo:
        """The function at the top level, or in a class there, that this one is defined in."""
        return self if self.outer is None else self.outer.outermost


def functions(text: str) -> list[FunctionInfo]:
    """Every function and lambda of a text, in order; none where Python cannot parse it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = text.splitlines()
    try:
        return list(_inside(tree, lines, "", None, None))
    except RecursionError:
        return []


def classes(text: str) -> frozenset[str]:
    """The names of the classes at the top level of a text."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef))


def imports(text: str) -> dict[str, str]:
    """What the names that a text imports stand for; relative imports keep their dots."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.asname: alias.name for alias in node.names if alias.asname})
            found.update({alias.name: alias.name for alias in node.names if not alias.asname})
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            found.update({alias.asname or alias.name: f"{prefix}.{alias.name}" for alias in node.names})
    return found


def _inside(
    node: ast.AST, lines: list[str], prefix: str, outer: FunctionInfo | None, owner: str | None
) -> Iterator[FunctionInfo]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.Lambda)):
            info = _info(child, lines, prefix, outer, owner)
            yield info
            inner = f"{info.name}.<locals>."
            yield from _inside(child, lines, inner, info, None)
        elif isinstance(child, ast.ClassDef):
            name = f"{prefix}{child.name}"
            yield from _inside(child, lines, f"{name}.", outer, name if outer is None else None)
        else:
            inside_class = owner if isinstance(child, (ast.If, ast.Try, ast.With)) else None
            yield from _inside(child, lines, prefix, outer, inside_class)


def _info(
    node: ast.FunctionDef | ast.Lambda,
    lines: list[str],
    prefix: str,
    outer: FunctionInfo | None,
    owner: str | None,
) -> FunctionInfo:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(item.lineno for item in decorators)])
    body = node.body[0] if isinstance(node, ast.FunctionDef) else node.body
    return FunctionInfo(
        f"{prefix}{getattr(node, 'name', '<lambda>')}",
        node,
        first,
        node.lineno,
        node.end_lineno or node.lineno,
        outer,
        owner if isinstance(node, ast.FunctionDef) else None,
        _comment(lines, first, body.lineno),
    )


def _comment(lines: list[str], first: int, body: int) -> str | None:
    """A comment on the row before the function, or on one of its head."""
    for row in range(max(first - 1, 1), body + 1):
        if row <= len(lines) and (match := _COMMENT.search(lines[row - 1])):
            return match["words"]
    return None
