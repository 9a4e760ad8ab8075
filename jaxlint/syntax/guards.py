"""Where a program says itself that a name may be missing: version tests, ``hasattr``, ``try`` and the like.

What counts is where a node stands in the text, not what runs: a name under a guard may be one that the
installed version lacks. The survey walks a whole module, so it is made only of modules in which something
was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import children, walk

_CAUGHT = frozenset(
    "ImportError ModuleNotFoundError AttributeError NameError TypeError Exception BaseException".split()
)
_FORGIVING = frozenset(
    "suppress raises assertRaises assertRaisesRegex warns assertWarns deprecated_call".split()
)
_VERSION = re.compile(r"(?:^|_)version|^Version$|jaxversion", re.IGNORECASE)
# Modules whose versions say nothing of what JAX has.
_OTHERS = frozenset({"sys", "platform", "np", "numpy", "onp", "torch", "tf", "tensorflow", "python", "scipy"})
_ASKING = frozenset({"find_spec", "signature", "getfullargspec", "dir", "import_module"})
_NEWER = (">", ">=")


@dataclass(slots=True)
class Survey:
    """Nodes under a guard, and nodes that Python never evaluates."""

    guarded: set[n.Node] = field(default_factory=set)
    unevaluated: set[n.Node] = field(default_factory=set)


def survey(code: n.Code) -> Survey:
    """Look through a module."""
    surveyor = _Surveyor(code)
    surveyor.block(code.body, in_function=False)
    return surveyor.found


class _Surveyor:
    """One walk over a module."""

    def __init__(self, code: n.Code) -> None:
        self.found = Survey()
        self.imported: set[str] = set()
        self.derived: set[str] = set()
        self.flags: set[str] = set()
        self.is_lazy = False
        everything = list(walk(code))
        for node in everything:
            self._note_imports(node)
        for node in everything:
            self._note_derived(node)
        for _ in range(2):  # a flag may be made of another one
            for node in everything:
                self._note_flags(node)

    # --- what guards -----------------------------------------------------------------------------

    def _note_imports(self, node: object) -> None:
        if isinstance(node, n.Import):
            self.imported |= {name or dotted.partition(".")[0] for dotted, name in node.names}
        elif isinstance(node, n.ImportFrom):
            self.imported |= {bound for _, bound in node.names or ()}
            if node.module == "__future__":
                self.is_lazy = self.is_lazy or "annotations" in {name for name, _ in node.names or ()}

    def _note_derived(self, node: object) -> None:
        """Variables that hold what an imported module made: ``aval = jax.typeof(x)``."""
        if not (isinstance(node, n.Assign) and isinstance(node.value, n.Call)):
            return
        if _root(node.value.func) in self.imported:
            self.derived |= {target.id for target in node.targets if isinstance(target, n.Name)}

    def _note_flags(self, node: object) -> None:
        """Variables that hold the outcome of a guard: ``HAS_TREE = hasattr(jax, "tree")``."""
        if isinstance(node, n.Assign) and self.guards(node.value):
            self.flags |= {target.id for target in node.targets if isinstance(target, n.Name)}
        elif isinstance(node, n.Try) and self._catches(node):
            blocks = (*node.body, *node.orelse, *(s for handler in node.handlers for s in handler.body))
            for statement in blocks:
                if isinstance(statement, n.Assign) and _is_flag(statement.value):
                    self.flags |= {target.id for target in statement.targets if isinstance(target, n.Name)}

    def guards(self, test: n.Expr) -> bool:
        """Whether an expression asks for versions, or for what a module has."""
        return any(self._asks(node) for node in walk(test))

    def _asks(self, node: object) -> bool:
        if isinstance(node, n.Name):
            return node.id in self.flags or (_VERSION.search(node.id) is not None and not _is_other(node.id))
        if isinstance(node, n.Attribute):
            is_version = _VERSION.search(node.attr) is not None and _root(node) not in _OTHERS
            return is_version or node.attr == "__dict__"
        if not isinstance(node, n.Call):
            return False
        name = last_name(node.func)
        if name == "hasattr" or (name == "getattr" and len(node.args) > 2):
            return bool(node.args) and _root(node.args[0].value) in self.imported | self.derived
        return name in _ASKING

    def _catches(self, node: n.Try) -> bool:
        return any(_is_caught(handler.type) for handler in node.handlers)

    # --- the walk --------------------------------------------------------------------------------

    def block(self, statements: tuple[n.Stmt, ...], *, in_function: bool) -> None:
        """Walk statements; where an early exit settles the version, the rest of the block is guarded."""
        for index, statement in enumerate(statements):
            self.statement(statement, in_function=in_function)
            if self._settles(statement):
                for rest in statements[index + 1 :]:
                    self.found.guarded.update(walk(rest))
                    self.statement(rest, in_function=in_function)
                return

    def statement(self, node: n.Stmt, *, in_function: bool) -> None:
        """Walk one statement."""
        if isinstance(node, n.If):
            self._if(node, in_function=in_function)
        elif isinstance(node, n.Try):
            guarded = (*node.body, *node.orelse) if self._catches(node) else ()
            self._guard(guarded)
            self.block(node.body, in_function=in_function)
            for handler in node.handlers:
                if _is_caught(handler.type):
                    self._guard(handler.body)
                self.block(handler.body, in_function=in_function)
            self.block(node.orelse, in_function=in_function)
            self.block(node.final, in_function=in_function)
        elif isinstance(node, n.With):
            if any(last_name(c.func) in _FORGIVING for c, _ in node.items if isinstance(c, n.Call)):
                self._guard(node.body)
            for context, _ in node.items:
                self.expression(context)
            self.block(node.body, in_function=in_function)
        elif isinstance(node, n.FunctionDef):
            if any(self.guards(decorator) for decorator in node.decorators):
                self._guard(node.code.body)
            self._function(node.code)
        elif isinstance(node, n.ClassDef):
            self.block(node.body, in_function=False)
        elif isinstance(node, n.AnnAssign):
            if in_function or self.is_lazy:
                self.found.unevaluated.update(walk(node.annotation))
            if node.value is not None:
                self.expression(node.value)
        else:
            self._others(node, in_function=in_function)

    def _if(self, node: n.If, *, in_function: bool) -> None:
        if any(last_name(part) == "TYPE_CHECKING" for part in walk(node.test)):
            for statement in node.body:
                self.found.unevaluated.update(walk(statement))
        if self.guards(node.test):
            self._guard((*node.body, *node.orelse))
        self.expression(node.test)
        self.block(node.body, in_function=in_function)
        self.block(node.orelse, in_function=in_function)

    def _function(self, code: n.Code) -> None:
        annotations = [param.annotation for param in code.params] + [code.returns]
        for annotation in annotations:
            if annotation is None:
                continue
            for part in walk(annotation):
                is_text = isinstance(part, n.LiteralValue) and isinstance(part.value, str)
                if self.is_lazy or is_text:
                    self.found.unevaluated.add(part)
        for param in code.params:
            if param.default is not None:
                self.expression(param.default)
        self.block(code.body, in_function=True)

    def _others(self, node: n.Stmt, *, in_function: bool) -> None:
        """Loops, matches and simple statements."""
        for name in ("body", "orelse"):
            self.block(getattr(node, name, ()), in_function=in_function)
        for case in getattr(node, "cases", ()):
            self.block(case.body, in_function=in_function)
        for part in children(node):
            if isinstance(part, n.Expr):
                self.expression(part)

    def expression(self, node: n.Expr) -> None:
        """Walk an expression: a guard may be part of it."""
        for part in walk(node):
            if isinstance(part, n.Conditional) and self.guards(part.test):
                self._guard((part.body, part.orelse))
            elif isinstance(part, n.Boolean) and self.guards(part.left):
                self._guard((part.right,))
            elif isinstance(part, n.Call) and last_name(part.func) == "getattr" and len(part.args) > 2:
                self.found.guarded.add(part)
            elif isinstance(part, n.Lambda):
                self.block(part.code.body, in_function=True)

    def _guard(self, nodes: tuple[n.Node, ...]) -> None:
        for node in nodes:
            self.found.guarded.update(walk(node))

    # --- early exits -----------------------------------------------------------------------------

    def _settles(self, node: n.Stmt) -> bool:
        """Whether what follows a statement runs for some versions only."""
        if isinstance(node, n.Assert):
            return self.guards(node.test) and not _demands_newer(node.test)
        if isinstance(node, n.Try):
            return self._catches(node) and _leaves(node.body)
        if not isinstance(node, n.If) or not self.guards(node.test):
            return False
        ends = [block[-1] for block in (node.body, node.orelse) if block and _leaves(block)]
        if any(isinstance(end, n.Raise) for end in ends):
            # A version that is too old is refused: that says nothing for names that are gone.
            return _demands_newer(node.test)
        return bool(ends)


def _leaves(block: tuple[n.Stmt, ...]) -> bool:
    last = block[-1] if block else None
    return isinstance(last, (n.Return, n.Raise)) or (isinstance(last, n.Jump) and last.kind != "pass")


def _demands_newer(test: n.Expr) -> bool:
    """Whether a test is ``version > x`` or ``version >= x``."""
    return any(isinstance(node, n.Compare) and node.ops[0] in _NEWER for node in walk(test))


def _is_flag(value: n.Expr) -> bool:
    return isinstance(value, n.LiteralValue) and (value.value is None or isinstance(value.value, bool))


def _is_caught(kind: n.Expr | None) -> bool:
    if kind is None:
        return True
    if isinstance(kind, n.Display):
        return any(map(_is_caught, kind.elements))
    return last_name(kind) in _CAUGHT


def _root(node: n.Expr) -> str:
    """The first word of a dotted name."""
    while isinstance(node, n.Attribute):
        node = node.value
    return node.id if isinstance(node, n.Name) else ""


def _is_other(name: str) -> bool:
    return name.partition("_")[0].lower() in _OTHERS
