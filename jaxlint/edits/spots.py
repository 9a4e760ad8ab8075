"""Where an expression stands among the statements of a function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import children, walk

Block = tuple[n.Stmt, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that runs once whenever ``statement`` does, with the blocks around it, the outermost first.

    ``around`` are the compound statements that these blocks, but for the first, belong to.
    """

    statement: n.Stmt
    blocks: tuple[Block, ...]
    around: tuple[n.Stmt, ...]

    @property
    def loop_blocks(self) -> tuple[Block, ...] | None:
        """The blocks of the innermost loop around; None where there is no loop."""
        for depth in range(len(self.around) - 1, -1, -1):
            if isinstance(self.around[depth], (n.For, n.While)):
                return self.blocks[depth + 1 :]
        return None

    @property
    def loop(self) -> n.Stmt | None:
        """The innermost loop around."""
        loops = [statement for statement in self.around if isinstance(statement, (n.For, n.While))]
        return loops[-1] if loops else None


def find_spot(code: n.Code, node: n.Node) -> Spot | None:
    """Where a node stands in a function; None in nested functions, and where it may run more or less often.

    That is the case in a lambda or comprehension, and in the test of a ``while`` or ``elif``.
    """
    return _in_block(code.body, node, (), ())


def _in_block(
    block: Block, node: n.Node, blocks: tuple[Block, ...], around: tuple[n.Stmt, ...]
) -> Spot | None:
    for statement in block:
        inner = (*around, statement)
        for body in bodies(statement):
            found = _in_block(body, node, (*blocks, block), inner)
            if found is not None:
                return found
        if _is_insertable(statement) and any(_runs_once(part, node) for part in heads(statement)):
            return Spot(statement, (*blocks, block), around)
    return None


def bodies(statement: n.Stmt) -> Iterator[Block]:
    """The blocks of a compound statement."""
    if isinstance(statement, (n.If, n.For, n.While)):
        yield from (statement.body, statement.orelse)
    elif isinstance(statement, n.With):
        yield statement.body
    elif isinstance(statement, n.Try):
        yield statement.body
        yield from (handler.body for handler in statement.handlers)
        yield from (statement.orelse, statement.final)
    elif isinstance(statement, n.Match):
        yield from (case.body for case in statement.cases)


def heads(statement: n.Stmt) -> Iterator[n.Node]:
    """What a statement evaluates by itself, outside of its blocks; of definitions nothing."""
    if isinstance(statement, (n.If, n.While)):
        yield statement.test
    elif isinstance(statement, n.For):
        yield from (statement.iter, statement.target)
    elif isinstance(statement, n.With):
        yield from (part for item in statement.items for part in item if part is not None)
    elif isinstance(statement, n.Try):
        yield from (handler.type for handler in statement.handlers if handler.type is not None)
    elif isinstance(statement, n.Match):
        yield statement.subject
        yield from (case.guard for case in statement.cases if case.guard is not None)
    elif not isinstance(statement, (n.FunctionDef, n.ClassDef)):
        yield from children(statement)


def _is_insertable(statement: n.Stmt) -> bool:
    """Whether a statement written before this one runs once whenever its head does."""
    if isinstance(statement, n.If):
        return statement.keyword == "if"
    return not isinstance(statement, (n.While, n.Try, n.Match))


def _runs_once(expression: n.Node, node: n.Node) -> bool:
    """Whether ``node`` is a part of an expression that runs at most once."""
    if expression is node:
        return True
    if isinstance(expression, n.Lambda):
        return False
    if isinstance(expression, n.Comprehension):
        return _runs_once(expression.generators[0].iter, node)
    return any(_runs_once(part, node) for part in children(expression))


def statements(block: Block) -> Iterator[n.Stmt]:
    """The statements of a block and of those below it, in the order of the text."""
    for statement in block:
        yield statement
        for body in bodies(statement):
            yield from statements(body)


def bound_by(statement: n.Stmt) -> frozenset[str]:
    """The names that a statement binds by itself, its blocks aside."""
    found: set[str] = set()
    targets: list[n.Node] = []
    if isinstance(statement, (n.Assign, n.Delete)):
        targets += statement.targets
    elif isinstance(statement, (n.AugAssign, n.AnnAssign, n.For)):
        targets.append(statement.target)
    elif isinstance(statement, n.With):
        targets += [target for _, target in statement.items if target is not None]
    elif isinstance(statement, (n.FunctionDef, n.ClassDef)):
        found.add(statement.name)
    elif isinstance(statement, n.Try):
        found.update(handler.name for handler in statement.handlers if handler.name is not None)
    elif isinstance(statement, n.Match):
        found.update(name for case in statement.cases for name in case.names)
        found.update(case.capture for case in statement.cases if case.capture is not None)
    elif isinstance(statement, n.Import):
        found.update(alias or dotted.partition(".")[0] for dotted, alias in statement.names)
    elif isinstance(statement, n.ImportFrom):
        found.update(alias for _, alias in statement.names or ())
    for target in targets:
        found.update(_names_in_target(target))
    return frozenset(found | walrus_names(statement))


def walrus_names(statement: n.Stmt) -> set[str]:
    """The names that expressions in the head of a statement bind."""
    parts = [part for head in heads(statement) for part in walk(head)]
    return {
        part.target.id for part in parts if isinstance(part, n.Walrus) and isinstance(part.target, n.Name)
    }


def _names_in_target(target: n.Node) -> Iterator[str]:
    if isinstance(target, n.Name):
        yield target.id
    elif isinstance(target, n.Display):
        for element in target.elements:
            yield from _names_in_target(element)
    elif isinstance(target, n.Starred):
        yield from _names_in_target(target.value)


def mentions(statement: n.Stmt, name: str) -> int:
    """How often a statement, its blocks aside, has ``name`` in it."""
    if isinstance(statement, (n.FunctionDef, n.ClassDef)):
        return sum(isinstance(part, n.Name) and part.id == name for part in walk(statement))
    parts = [part for head in heads(statement) for part in walk(head)]
    return sum(isinstance(part, n.Name) and part.id == name for part in parts)
