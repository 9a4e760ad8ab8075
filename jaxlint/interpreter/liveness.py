"""Which reads of a variable a binding may reach, by the statements of a function alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import children, walk

Block = tuple[n.Stmt, ...]


class _Place(NamedTuple):
    """Where a statement stands: the block, its number there, and the statement that the block is part of."""

    block: Block
    number: int
    owner: n.Stmt | None


def reads_after(code: n.Code, statement: n.Stmt, name: str) -> list[n.Node]:
    """The places that may read what ``statement`` has bound to ``name``: names, or functions that take it.

    For an assignment in a loop these are also the places before it, which the next round comes to.
    """
    places = code.remember("<places>", lambda code: dict(_places(code.body, None)))
    search = _Search(name)
    here: n.Stmt | None = statement
    if isinstance(statement, n.For):  # its target is bound
        search.block(statement.body, is_alive=True)
    is_alive = True
    while here is not None and (is_alive or search.jumps) and here in places:
        block, number, owner = places[here]
        is_alive = search.block(block[number + 1 :], is_alive=is_alive)
        if isinstance(owner, (n.For, n.While)):
            is_alive = search.again(owner, block, is_alive=is_alive)
        elif isinstance(owner, n.Try):
            is_alive = search.after_part(owner, block, is_alive=is_alive)
        here = owner
    return search.found


def _places(block: Block, owner: n.Stmt | None) -> Iterator[tuple[n.Stmt, _Place]]:
    for number, statement in enumerate(block):
        yield statement, _Place(block, number, owner)
        for inner in _blocks(statement):
            yield from _places(inner, statement)


def _blocks(statement: n.Stmt) -> tuple[Block, ...]:
    """The blocks of a compound statement."""
    if isinstance(statement, (n.If, n.For, n.While)):
        return (statement.body, statement.orelse)
    if isinstance(statement, n.Try):
        handlers = (handler.body for handler in statement.handlers)
        return (statement.body, *handlers, statement.orelse, statement.final)
    if isinstance(statement, n.With):
        return (statement.body,)
    if isinstance(statement, n.Match):
        return tuple(case.body for case in statement.cases)
    return ()


class _Search:
    """Follows the paths on which a variable still holds what was bound to it, and notes who reads it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[n.Node] = []
        self.jumps = False

    def block(self, block: Block, *, is_alive: bool) -> bool:
        """Go through statements; whether the value may still be there at the end."""
        for statement in block:
            if not is_alive:
                return False
            is_alive = self._statement(statement)
        return is_alive

    def again(self, loop: n.For | n.While, block: Block, *, is_alive: bool) -> bool:
        """Go on behind one round of a loop: with its next one, and with what follows."""
        is_alive, self.jumps = is_alive or self.jumps, False
        if not is_alive or block is not loop.body:
            return is_alive
        if isinstance(loop, n.While):
            self._read(loop.test)
        if isinstance(loop, n.While) or not self._binds(loop.target):
            self.block(loop.body, is_alive=True)
        self.jumps = False
        self.block(loop.orelse, is_alive=True)
        return True

    def after_part(self, whole: n.Try, block: Block, *, is_alive: bool) -> bool:
        """Go on behind a block of ``try``: what was bound in its body may be seen by the handlers."""
        if block is whole.body:
            handled = [self.block(handler.body, is_alive=True) for handler in whole.handlers]
            is_alive = (is_alive and self.block(whole.orelse, is_alive=True)) or any(handled)
        if block is whole.final:
            return is_alive
        return self.block(whole.final, is_alive=True) and is_alive

    def _statement(self, statement: n.Stmt) -> bool:
        """Go through a statement that the value reaches; whether it is still there behind it."""
        if isinstance(statement, n.If):
            self._read(statement.test)
            arms = [self.block(arm, is_alive=True) for arm in (statement.body, statement.orelse)]
            return any(arms)
        if isinstance(statement, (n.For, n.While)):
            return self._loop(statement)
        if isinstance(statement, n.Try):
            return self.after_part(
                statement, statement.body, is_alive=self.block(statement.body, is_alive=True)
            )
        if isinstance(statement, n.With):
            for context, _ in statement.items:
                self._read(context)
            is_bound = any(target is not None and self._binds(target) for _, target in statement.items)
            return not is_bound and self.block(statement.body, is_alive=True)
        if isinstance(statement, n.Match):
            self._read(statement.subject)
            for case in statement.cases:
                self.block(case.body, is_alive=True)
            return True
        return self._simple(statement)

    def _loop(self, loop: n.For | n.While) -> bool:
        outer, self.jumps = self.jumps, False
        self._read(loop.iter if isinstance(loop, n.For) else loop.test)
        if isinstance(loop, n.While) or not self._binds(loop.target):
            self.block(loop.body, is_alive=True)
        self.block(loop.orelse, is_alive=True)
        self.jumps = outer
        return True  # the loop may have no round

    def _simple(self, statement: n.Stmt) -> bool:
        if isinstance(statement, n.Jump):
            self.jumps |= statement.kind != "pass"
            return statement.kind == "pass"
        if isinstance(statement, (n.FunctionDef, n.ClassDef)):
            self._read(statement)
            return statement.name != self.name
        targets: tuple[n.Expr, ...] = ()
        if isinstance(statement, n.Assign):
            targets = statement.targets
        elif isinstance(statement, n.AnnAssign) and statement.value is not None:
            targets = (statement.target,)
        elif isinstance(statement, n.Delete):
            targets = statement.targets
        for part in children(statement):
            self._read(part, targets=part in targets)
        return not isinstance(statement, (n.Return, n.Raise)) and not any(map(self._binds, targets))

    def _read(self, node: n.Node, *, targets: bool = False) -> None:
        """Note each read of the variable in an expression; of one in a function, the function."""
        pending = [node]
        while pending:
            current = pending.pop()
            if isinstance(current, n.Name):
                if current.id == self.name and not targets:
                    self.found.append(current)
            elif isinstance(current, (n.Lambda, n.FunctionDef, n.ClassDef)):
                if any(isinstance(one, n.Name) and one.id == self.name for one in walk(current)):
                    self.found.append(current)
            elif targets and isinstance(current, (n.Display, n.Starred)):
                for part in children(current):
                    self._read(part, targets=True)
            else:
                pending.extend(children(current))
                targets = False

    def _binds(self, target: n.Expr) -> bool:
        if isinstance(target, n.Name):
            return target.id == self.name
        if isinstance(target, n.Display):
            return any(map(self._binds, target.elements))
        return isinstance(target, n.Starred) and self._binds(target.value)
