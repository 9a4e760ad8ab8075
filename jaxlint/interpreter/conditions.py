"""Conditions of paths: which tests hold where something happens, and which exclude each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk


class Condition(NamedTuple):
    """``subject`` equals ``value`` (``holds``) or does not; a plain test equals ``True``.

    ``is_passing`` says that what held in one round of a loop need not hold in the next: a comparison with
    a number, or a test of something that the guarded code changes.
    """

    subject: Hashable
    value: tuple[str, Hashable]
    holds: bool
    is_passing: bool = False

    def excludes(self, other: Condition) -> bool:
        """Whether both cannot be true of one run."""
        if self.subject != other.subject:
            return False
        if self.value == other.value:
            return self.holds is not other.holds
        return self.holds and other.holds


Conditions = frozenset[Condition]


class Guard(NamedTuple):
    """A path that is being run: where ``test`` came out as ``holds``, the code ``guarded``.

    Without a test it is the body of a loop, which ``node`` is. Where ``cond`` decides, both arms are traced,
    and for JAX both use up what they use: all that counts is that a loop may come there once.
    """

    node: n.Node
    test: n.Expr | None
    guarded: tuple[n.Stmt, ...] | n.Expr
    holds: bool
    is_traced: bool = False

    def conditions(self) -> Conditions:
        """What is known to hold there."""
        if self.test is None:
            return frozenset({of_loop(self.node)})
        found = of_test(self.test, self.guarded, holds=self.holds)
        return frozenset(map(_in_cond, filter(_is_of_round, found))) if self.is_traced else found


def _is_of_round(condition: Condition) -> bool:
    """Whether a condition of ``cond`` holds in one round of a loop: that a number is equal to another one."""
    subject = condition.subject
    is_equality = isinstance(subject, tuple) and len(subject) == 3 and subject[1] == ("==",)
    return condition.is_passing or (condition.holds and is_equality)


def _in_cond(condition: Condition) -> Condition:
    return condition._replace(is_passing=True)


def is_occasional(guards: Iterable[Guard], argument: n.Node | None) -> bool:
    """Whether a test inside of a loop decides if code is run, one that does not speak of its ``argument``."""
    mine = argument.id if isinstance(argument, n.Name) else None
    in_loop = False
    for guard in guards:
        if guard.test is None:
            in_loop = True
        elif in_loop and not guard.is_traced and mine not in set(_names_read(guard.test)):
            return True
    return False


def exclusive(left: Conditions, right: Conditions) -> bool:
    """Whether two places cannot both be reached."""
    return any(one.excludes(other) for one in left for other in right)


def of_test(test: n.Expr, guarded: tuple[n.Stmt, ...] | n.Expr, *, holds: bool) -> Conditions:
    """What is known where ``test`` came out as ``holds``; ``guarded`` is the code that this decides on."""
    if isinstance(test, n.Unary) and test.op == "not":
        return of_test(test.operand, guarded, holds=not holds)
    if isinstance(test, n.Walrus):
        return of_test(test.value, guarded, holds=holds)
    found = {_single(test, guarded, holds=holds)}
    both = ("and", "&") if holds else ("or", "|")
    if isinstance(test, (n.Boolean, n.Binary)) and test.op in both:
        found |= of_test(test.left, guarded, holds=holds) | of_test(test.right, guarded, holds=holds)
    return frozenset(found)


def of_whole(test: n.Expr) -> Condition:
    """The condition that ``test`` as a whole holds."""
    if isinstance(test, n.Unary) and test.op == "not":
        inner = of_whole(test.operand)
        return inner._replace(holds=not inner.holds)
    return _single(test.value if isinstance(test, n.Walrus) else test, (), holds=True)


def of_loop(node: n.Node) -> Condition:
    """The condition that the body of a loop runs at all."""
    return Condition(id(node), _constant(value=True), holds=True)


def _single(test: n.Expr, guarded: tuple[n.Stmt, ...] | n.Expr, *, holds: bool) -> Condition:
    is_changed = bool(set(_names_read(test)) & set(_names_bound(guarded)))
    if isinstance(test, n.Compare) and len(test.ops) == 1 and isinstance(test.rights[0], n.LiteralValue):
        op, value = test.ops[0], test.rights[0].value
        if op in ("==", "is", "!=", "is not"):
            is_equal = holds is (op in ("==", "is"))
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return Condition(
                key_of(test.left), _constant(value=value), is_equal, is_changed or (is_number and is_equal)
            )
    is_passing = is_changed or _is_last_round(test, holds=holds)
    return Condition(key_of(test), _constant(value=True), holds, is_passing)


def _is_last_round(test: n.Expr, *, holds: bool) -> bool:
    """Whether a test finds the last round of a loop: ``i == n - 1``, or ``i < n - 1`` that does not hold."""
    if not isinstance(test, n.Compare) or len(test.ops) != 1 or not isinstance(test.left, n.Name):
        return False
    last = test.rights[0]
    is_last = isinstance(last, n.Binary) and last.op == "-" and isinstance(last.right, n.LiteralValue)
    return is_last and test.ops[0] in (("==", ">=") if holds else ("!=", "<"))


def _constant(*, value: Hashable) -> tuple[str, Hashable]:
    """A constant with its type: ``1`` and ``True`` are different texts of a program."""
    return (type(value).__name__, value)


def key_of(node: n.Expr | None) -> Hashable:
    """Something that is equal for expressions that read alike; any other node only equals itself."""
    if isinstance(node, n.Name):
        return node.id
    if isinstance(node, n.LiteralValue):
        return _constant(value=node.value)
    if isinstance(node, n.Attribute):
        return (key_of(node.value), ".", node.attr)
    if isinstance(node, n.Subscript):
        return (key_of(node.value), "[]", key_of(node.index))
    if isinstance(node, n.Compare):
        return (key_of(node.left), node.ops, tuple(map(key_of, node.rights)))
    if isinstance(node, n.Unary):
        return (node.op, key_of(node.operand))
    if isinstance(node, (n.Binary, n.Boolean)):
        return (key_of(node.left), node.op, key_of(node.right))
    if isinstance(node, n.Call) and not any(arg.star for arg in node.args):
        return (key_of(node.func), tuple((arg.keyword, key_of(arg.value)) for arg in node.args))
    if isinstance(node, n.Display):
        return (node.kind, tuple(map(key_of, node.elements)))
    if isinstance(node, n.DictDisplay):
        return ("dict", tuple((key_of(key), key_of(value)) for key, value in node.items))
    return id(node)


def _names_read(test: n.Expr) -> Iterator[str]:
    return (node.id for node in walk(test) if isinstance(node, n.Name))


def _names_bound(guarded: tuple[n.Stmt, ...] | n.Expr) -> Iterator[str]:
    for statement in guarded if isinstance(guarded, tuple) else (guarded,):
        for node in walk(statement):
            targets: tuple[n.Expr, ...] = ()
            if isinstance(node, n.Assign):
                targets = node.targets
            elif isinstance(node, (n.AugAssign, n.AnnAssign, n.For, n.Walrus)):
                targets = (node.target,)
            for target in targets:
                yield from _names_read(target)
