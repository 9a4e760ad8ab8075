"""What in a project gives objects of its classes, as annotations say: functions, methods, other classes.

The worker makes an argument of such a class with it where the constructor alone gives nothing that holds
together, such as a physical system that is read from a file, or the state that belongs to one.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from jaxlint.files import Project
from jaxlint.source import SourceError, read_source

MAX_MAKERS = 24
"""Makers of one type that are tried."""

_WRAPPERS = frozenset("Optional Union Annotated Final ClassVar InitVar".split())
_OUTSIDE = frozenset("str bytes Path PathLike PurePath IO TextIO".split())
"""Types of parameters that lead out of the program: such functions are not called with made-up values."""


@dataclass(frozen=True, slots=True, order=True)
class _Maker:
    """``place`` is ``module:qualified.name``; makers that need fewer arguments come first."""

    needs: int
    place: str


@dataclass(slots=True)
class _Index:
    """What the files read so far say."""

    classes: set[str] = field(default_factory=set)
    makers: dict[str, set[_Maker]] = field(default_factory=lambda: defaultdict(set))
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The types of constructor parameters and fields, by the name of the class that has them."""
    bases: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    constructors: list[tuple[str, _Maker]] = field(default_factory=list)
    """The classes by name, each as something that is called."""


def makers(project: Project) -> dict[str, tuple[str, ...]]:
    """The makers of each class of the project by the class's name, the likeliest first."""
    index = _Index()
    for path in sorted(project.files):
        try:
            tree = ast.parse(read_source(path, project.overrides.get(path)).text)
        except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        _read(tree, project.module_name(path), index)
    for name, maker in index.constructors:
        bases = _bases(name, index)
        held = set().union(*(index.holders.get(base, ()) for base in bases))
        kinds = held if maker.needs else held | bases
        for kind in kinds - {name}:
            index.makers[kind].add(maker)
    return {
        name: tuple(one.place for one in sorted(found)[:MAX_MAKERS])
        for name, found in sorted(index.makers.items())
        if name in index.classes
    }


def _read(tree: ast.Module, module: str, index: _Index) -> None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            _function(node, f"{module}:{node.name}", index, is_method=False)
        elif isinstance(node, ast.ClassDef):
            _class(node, module, index)


def _class(node: ast.ClassDef, module: str, index: _Index) -> None:
    index.classes.add(node.name)
    index.bases[node.name].update(_last(base) for base in node.bases)
    needs = sum(isinstance(item, ast.AnnAssign) and item.value is None for item in node.body)
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            index.holders[node.name].update(_types(item.annotation))
        elif isinstance(item, ast.FunctionDef) and item.name == "__init__":
            needs = len(_required(item, is_method=True))
            for argument in (*item.args.args, *item.args.kwonlyargs):
                index.holders[node.name].update(_types(argument.annotation))
        elif isinstance(item, ast.FunctionDef):
            _function(item, f"{module}:{node.name}.{item.name}", index, is_method=True)
    index.constructors.append((node.name, _Maker(needs, f"{module}:{node.name}")))


def _function(node: ast.FunctionDef, place: str, index: _Index, *, is_method: bool) -> None:
    """Note a function that says what it returns, unless it wants files or the like."""
    required = _required(node, is_method=is_method)
    if any(_leads_out(argument) for argument in required):
        return
    for name in _types(node.returns):
        index.makers[name].add(_Maker(len(required), place))


def _leads_out(argument: ast.arg) -> bool:
    named = argument.annotation is None and any(word in argument.arg for word in ("path", "file", "dir"))
    return named or bool(_OUTSIDE & set(_types(argument.annotation)))


def _required(node: ast.FunctionDef, *, is_method: bool) -> list[ast.arg]:
    every = [*node.args.posonlyargs, *node.args.args]
    count = len(every) - len(node.args.defaults)
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return [*every[int(is_method) : count], *(arg for arg, default in keywords if default is None)]


def _bases(name: str, index: _Index) -> set[str]:
    """A class and those that it is derived from, by their names."""
    queue, seen = [name], set()
    while queue:
        current = queue.pop()
        if current not in seen:
            seen.add(current)
            queue += index.bases.get(current, ())
    return seen


def _types(node: ast.expr | None) -> Iterator[str]:
    """The last parts of the names of the types that an annotation allows."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError):
            return
    if isinstance(node, (ast.Name, ast.Attribute)):
        yield _last(node)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _types(node.left)
        yield from _types(node.right)
    elif isinstance(node, ast.Subscript) and _last(node.value) in _WRAPPERS:
        for item in node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]:
            yield from _types(item)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
