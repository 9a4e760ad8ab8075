"""Which modules of a project can run the code of which others, by what they import and name.

Where only some files are asked for, no others need be interpreted than these and those whose functions may
call into them. The interpreter follows a name to its definition when it is used; so does this, without
running anything. It may name modules that in the end call nothing, but must not miss any.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from jaxlint.project.modules import Module, ModuleIndex

_IMPORT = re.compile(r"\b(?:from|import)\b([^\n#;]*)")
_IMPORTED = re.compile(r"[.\w]+|\\")
_WORD = re.compile(r"\w[.\w]*")
_LONGEST_ANNOTATION = 200

Chain = tuple[str, ...]
"""A name and the attributes that are taken of it: ``a.b.c``."""


@dataclass(slots=True)
class Names:
    """What a file binds and uses.

    ``imports`` are its imported names, each with a module and what is taken from that; ``stars`` the modules
    that are imported with ``*``; ``defined`` what it binds in any other way.
    """

    imports: dict[str, list[tuple[str, Chain]]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)
    uses: set[Chain] = field(default_factory=set)


def with_callers(
    index: ModuleIndex, wanted: Iterable[Module], text_of: Callable[[Module], str | None]
) -> list[Module]:
    """The wanted modules and all that may run code of theirs, in the order of their files.

    ``text_of`` gives the text of a file; one that cannot be read runs nothing.
    """
    reach = _Reach(index, text_of)
    modules = index.modules()
    found = set(wanted)
    callers: dict[Module, set[Module]] = {}
    for module in modules:
        runs, passes = reach.of(module)
        for other in runs:
            callers.setdefault(other, set()).add(module)
        if not found.isdisjoint(passes):
            found.add(module)
    pending = list(found)
    while pending:
        for caller in callers.get(pending.pop(), ()):
            if caller not in found:
                found.add(caller)
                pending.append(caller)
    return [module for module in modules if module in found]


class _Reach:
    """Follows names through the modules of a project."""

    def __init__(self, index: ModuleIndex, text_of: Callable[[Module], str | None]) -> None:
        self._index = index
        self._text_of = text_of
        self._names: dict[Module, Names | None] = {}

    def of(self, module: Module) -> tuple[set[Module], set[Module]]:
        """The modules whose functions ``module`` may call, and those through which it imports them."""
        if not self._imports(module):
            return set(), set()
        names = self._names_of(module)
        if names is None:
            everything = set(self._index.modules())
            return everything, everything
        runs: set[Module] = set()
        passes: set[Module] = set()
        seen: set[tuple[str, Chain]] = set()
        pending = [step for use in names.uses for step in _steps(names, use)]
        while pending:
            step = pending.pop()
            if step not in seen:
                seen.add(step)
                pending += self._follow(*step, runs, passes)
        return runs, passes | runs

    def _imports(self, module: Module) -> bool:
        """Whether a file imports anything of the project, as far as its text tells; parsing takes longer."""
        lines = _IMPORT.findall(self._text_of(module) or "")
        words = {word for line in lines for word in _IMPORTED.findall(line)}
        return any(word[0] in ".\\" or word in self._index for word in words)

    def _follow(
        self, dotted: str, rest: Chain, runs: set[Module], passes: set[Module]
    ) -> Iterator[tuple[str, Chain]]:
        """One step towards what ``rest`` means in the module ``dotted``."""
        module = self._index.find(dotted)
        if not rest:
            # The module itself is handed on, and whoever gets it may take anything from it.
            runs.update(self._index.below(dotted))
            return
        if f"{dotted}.{rest[0]}" in self._index:
            yield f"{dotted}.{rest[0]}", rest[1:]
        if module is None:
            return
        passes.add(module)
        names = self._names_of(module)
        if names is None or rest[0] in names.defined:
            runs.add(module)
        if names is not None:
            yield from _steps(names, rest)

    def _names_of(self, module: Module) -> Names | None:
        """What a file imports, defines and uses; None where Python cannot parse it, so that nobody knows."""
        if module not in self._names:
            text = self._text_of(module)
            self._names[module] = Names() if text is None else self._read(module, text)
        return self._names[module]

    def _read(self, module: Module, text: str) -> Names | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return _names(module, tree)


def _steps(names: Names, chain: Chain) -> Iterator[tuple[str, Chain]]:
    """Where a chain of names that is used in a file leads to."""
    for dotted, taken in names.imports.get(chain[0], ()):
        yield dotted, (*taken, *chain[1:])
    if chain[0] not in names.imports:
        for dotted in names.stars:
            yield dotted, chain


def _names(module: Module, tree: ast.Module) -> Names:
    names = Names()
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                dotted = alias.name if alias.asname else alias.name.partition(".")[0]
                target = module.resolve_relative(0, dotted)
                names.imports.setdefault(alias.asname or dotted, []).append((target, ()))
        elif isinstance(node, ast.ImportFrom):
            base = module.resolve_relative(node.level, node.module or "")
            for alias in node.names:
                if alias.name == "*":
                    names.stars.append(base)
                else:
                    names.imports.setdefault(alias.asname or alias.name, []).append((base, (alias.name,)))
        elif isinstance(node, (ast.Name, ast.Attribute)):
            rest = _chain(node, names)
            if rest is not None:
                pending.append(rest)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and len(node.value) <= _LONGEST_ANNOTATION:
                names.uses.update(tuple(word.split(".")) for word in _WORD.findall(node.value))
        else:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.defined.add(node.name)
            pending += ast.iter_child_nodes(node)
    return names


def _chain(node: ast.Name | ast.Attribute, names: Names) -> ast.expr | None:
    """Note the use of a name with its attributes; return what they are taken of where that is no name."""
    attributes: list[str] = []
    part: ast.expr = node
    while isinstance(part, ast.Attribute):
        attributes.append(part.attr)
        part = part.value
    if not isinstance(part, ast.Name):
        return part
    if isinstance(part.ctx, ast.Load):
        names.uses.add((part.id, *reversed(attributes)))
    else:
        names.defined.add(part.id)
    return None
