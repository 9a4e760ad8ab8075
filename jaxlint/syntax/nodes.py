"""Node classes of the lowered tree.

LibCST keeps every comma and blank; interpreting it directly would pay for that on each visit. The
lowered tree holds only what carries meaning. Each node leads to the LibCST node it stands for, so that
positions can be computed for the few nodes that are reported; LibCST need not have read the file before.

Nodes compare by identity, and are immutable by convention once lowering is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from libcst import CSTNode

_Fact = TypeVar("_Fact")


class Unread:
    """A file that LibCST has not read yet; ``code`` is what was lowered from Python's own tree."""

    __slots__ = ("code", "text")

    code: Code
    text: str

    def read(self) -> None:
        """Let LibCST read the file, and give every node the LibCST node that it stands for.

        Raises:
            NotPython: LibCST cannot read it.
            RecursionError: it is nested too deeply for LibCST.
        """
        from jaxlint.syntax.parsing import match

        match(self.code, self.text)


@dataclass(slots=True, eq=False)
class Node:
    """Anything that can be reported.

    ``origin`` is what it was lowered from, the file where only Python has read that, or another node
    whose place it has.
    """

    origin: CSTNode | Unread | Node

    @property
    def cst(self) -> CSTNode:
        """The LibCST node that it stands for, which may have to be made first: see `Unread.read`."""
        if isinstance(self.origin, Unread):
            self.origin.read()
        origin = self.origin
        if isinstance(origin, Node):
            return origin.cst
        assert not isinstance(origin, Unread)
        return origin


class Expr(Node):
    """An expression."""

    __slots__ = ()


class Stmt(Node):
    """A statement."""

    __slots__ = ()


# --- expressions ---------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Name(Expr):
    """A use of a variable."""

    id: str


@dataclass(slots=True, eq=False)
class LiteralValue(Expr):
    """A number, string, bytes or ``...``; ``None``, ``True`` and ``False`` are lowered to it too."""

    value: Any


@dataclass(slots=True, eq=False)
class Formatted(Expr):
    """One ``{value!r:spec}`` of an f-string; ``spec`` is None when there is none."""

    value: Expr
    spec: tuple[Expr, ...] | None
    has_conversion: bool


@dataclass(slots=True, eq=False)
class FString(Expr):
    """An f-string: the expressions in it; the literal text carries no meaning here."""

    parts: tuple[Formatted, ...]


@dataclass(slots=True, eq=False)
class Display(Expr):
    """A tuple, list or set display."""

    kind: Literal["tuple", "list", "set"]
    elements: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Starred(Expr):
    """``*value`` in a display, a target or an index."""

    value: Expr


@dataclass(slots=True, eq=False)
class DictDisplay(Expr):
    """A dict display; a key of None stands for ``**value``."""

    items: tuple[tuple[Expr | None, Expr], ...]


@dataclass(slots=True, eq=False)
class Binary(Expr):
    """An arithmetic operation; ``op`` is the operator's text, as in ``"+"``."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """``-x``, ``+x``, ``~x`` or ``not x``."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Boolean(Expr):
    """``left and right`` or ``left or right``."""

    op: Literal["and", "or"]
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Compare(Expr):
    """A comparison, chained when it has more than one operator."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Conditional(Expr):
    """``body if test else orelse``."""

    test: Expr
    body: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class Lambda(Expr):
    """A lambda; ``code`` is what runs when it is called."""

    code: Code


@dataclass(slots=True, eq=False)
class Argument(Node):
    """One argument of a call: ``star`` is ``""``, ``"*"`` or ``"**"``."""

    value: Expr
    keyword: str | None
    star: str


@dataclass(slots=True, eq=False)
class Call(Expr):
    """A call."""

    func: Expr
    args: tuple[Argument, ...]


@dataclass(slots=True, eq=False)
class Attribute(Expr):
    """``value.attr``."""

    value: Expr
    attr: str


@dataclass(slots=True, eq=False)
class Slice(Expr):
    """``lower:upper:step`` inside a subscript."""

    lower: Expr | None
    upper: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Subscript(Expr):
    """``value[index]``; several indices are lowered to a tuple display."""

    value: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class Generator:
    """One ``for target in iter if test…`` of a comprehension."""

    target: Expr
    iter: Expr
    tests: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Comprehension(Expr):
    """A list, set, dict comprehension or generator expression."""

    kind: Literal["list", "set", "dict", "generator"]
    element: Expr
    key: Expr | None
    generators: tuple[Generator, ...]


@dataclass(slots=True, eq=False)
class Yield(Expr):
    """``yield value`` or ``yield from value``."""

    value: Expr | None
    is_from: bool


@dataclass(slots=True, eq=False)
class Await(Expr):
    """``await value``."""

    value: Expr


@dataclass(slots=True, eq=False)
class Walrus(Expr):
    """``target := value``."""

    target: Expr
    value: Expr


# --- functions and classes -----------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Param(Node):
    """A parameter; ``kind`` is one of ``"pos"``, ``"normal"``, ``"*"``, ``"kw"``, ``"**"``."""

    name: str
    kind: Literal["pos", "normal", "*", "kw", "**"]
    default: Expr | None
    annotation: Expr | None


@dataclass(slots=True, eq=False)
class Code(Node):
    """The body of a function or lambda, with what is known about its names.

    ``bound`` are the names that it binds by itself, ``free`` those that it only reads, ``mutated`` the
    names whose object it changes in place, ``attribute_stores`` the attributes that it sets on its
    first parameter, ``attribute_changes`` those whose object it changes; ``passed`` are the last name of a
    function and the variable that it gets first, nested functions included.
    """

    name: str
    params: tuple[Param, ...]
    body: tuple[Stmt, ...]
    is_generator: bool = False
    is_async: bool = False
    bound: frozenset[str] = frozenset()
    rebound: frozenset[str] = frozenset()
    free: tuple[str, ...] = ()
    global_names: frozenset[str] = frozenset()
    nonlocal_names: frozenset[str] = frozenset()
    mutated: frozenset[str] = frozenset()
    attribute_stores: frozenset[str] = frozenset()
    attribute_changes: frozenset[str] = frozenset()
    passed: frozenset[tuple[str, str]] = frozenset()
    returns: Expr | None = None
    nested: list[Code] = field(default_factory=list)
    usage: dict[Any, Any] = field(default_factory=dict)

    def remember(self, key: Hashable, find: Callable[[Code], _Fact]) -> _Fact:
        """What ``find`` says of the function, which it is asked once; ``key`` names the question."""
        if key not in self.usage:
            self.usage[key] = find(self)
        known: _Fact = self.usage[key]
        return known


@dataclass(slots=True, eq=False)
class FunctionDef(Stmt):
    """``def``; ``code`` is its body."""

    name: str
    code: Code
    decorators: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class ClassDef(Stmt):
    """``class``."""

    name: str
    bases: tuple[Argument, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...]


# --- statements ----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression whose value is dropped."""

    value: Expr


@dataclass(slots=True, eq=False)
class Assign(Stmt):
    """``a = b = value``."""

    targets: tuple[Expr, ...]
    value: Expr


@dataclass(slots=True, eq=False)
class AugAssign(Stmt):
    """``target op= value``; ``op`` without the equals sign."""

    target: Expr
    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class AnnAssign(Stmt):
    """``target: annotation = value``."""

    target: Expr
    annotation: Expr
    value: Expr | None


@dataclass(slots=True, eq=False)
class Return(Stmt):
    """``return value``."""

    value: Expr | None


@dataclass(slots=True, eq=False)
class Raise(Stmt):
    """``raise exc from cause``."""

    exc: Expr | None
    cause: Expr | None


@dataclass(slots=True, eq=False)
class Assert(Stmt):
    """``assert test, message``."""

    test: Expr
    message: Expr | None


@dataclass(slots=True, eq=False)
class Delete(Stmt):
    """``del target``."""

    targets: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Jump(Stmt):
    """``break``, ``continue`` or ``pass``."""

    kind: Literal["break", "continue", "pass"]


@dataclass(slots=True, eq=False)
class Import(Stmt):
    """``import a.b as c``: pairs of dotted name and the name it is bound to (None: its first part).

    ``places`` are the nodes of the names, to report one of several.
    """

    names: tuple[tuple[str, str | None], ...]
    places: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class ImportFrom(Stmt):
    """``from ..module import name as alias``; names of None stand for ``*``.

    ``source`` is the node of the module's name, ``places`` are those of the imported names.
    """

    module: str
    dots: int
    names: tuple[tuple[str, str], ...] | None
    source: Node | None = None
    places: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class If(Stmt):
    """``if`` or ``elif``; an ``elif`` is the only statement of ``orelse``."""

    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    keyword: Literal["if", "elif"]


@dataclass(slots=True, eq=False)
class While(Stmt):
    """``while``."""

    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class For(Stmt):
    """``for``."""

    target: Expr
    iter: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    is_async: bool


@dataclass(slots=True, eq=False)
class Handler:
    """One ``except`` clause."""

    type: Expr | None
    name: str | None
    body: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class Try(Stmt):
    """``try``."""

    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Stmt, ...]
    final: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class With(Stmt):
    """``with``: pairs of context expression and target."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Stmt, ...]
    is_async: bool


@dataclass(slots=True, eq=False)
class Case:
    """One ``case``: the values it compares with, the names it binds, whether it always matches.

    ``parts`` are the names that a class pattern binds, each with the attribute or position it takes.
    """

    compared: tuple[Expr, ...]
    names: tuple[str, ...]
    is_wildcard: bool
    capture: str | None
    parts: tuple[tuple[str, str | int], ...]
    guard: Expr | None
    body: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class Match(Stmt):
    """``match``."""

    subject: Expr
    cases: tuple[Case, ...]
