"""What becomes of the result of a call: whether anything that a program does depends on its numbers.

    warm_up = step(state, key)              # never read
    inputs = jax.random.normal(key, (1, 8))
    params = model.init(key, inputs)        # of the inputs only the shape counts

A key may be used again where one of its two uses has such a result. Only the text of the function is looked
at, whose variables are followed on the paths that may read them. What is not understood counts.
"""

from __future__ import annotations

import re

from jaxlint.interpreter.liveness import reads_after
from jaxlint.knowledge.keys import is_key_function, is_key_name
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name, names_in
from jaxlint.syntax.walk import children, walk

Path = tuple[int, ...]
"""Where in nested tuples the result is: ``(1,)`` is ``result`` in ``(other, result)``."""

Trail = tuple[tuple[n.Code, n.Node], ...]
"""The call that uses a key, with its function, and the calls of these functions, innermost first."""

MAX_STEPS = 300
"""Places in one function to which a result is followed."""

_OF_SHAPES = frozenset("shape dtype ndim size sharding nbytes itemsize weak_type aval".split())
_ON_SHAPES = frozenset(
    "len isinstance type hasattr callable id shape ndim size result_type eval_shape zeros_like ones_like "
    "empty_like full_like tree_structure assert_shape assert_rank assert_type assert_equal_shape".split()
)
_SHAPE_CHECK = re.compile(r"(?i)_?(assert|check).*(shape|dtype|rank|type|len|structs?|isinstance|isnotnone)")
_ON_FINITE = frozenset("isfinite isnan isinf assert_tree_all_finite".split())
_COMPARING = re.compile(r"(assert)?_?(greater|less|Greater|Less)(_?[Ee]qual)?$")
_ASKING = frozenset("all any assertTrue assertFalse assume bool".split())
_PURE_METHODS = frozenset("apply init init_with_output block_until_ready".split())
_STAND_IN = re.compile(r"(^|_)(dummy|warm_?up|placeholder|unused|ignored)($|_)")
"""Names that say that a value only stands where one has to be."""

_RUNS = frozenset("run warmup".split())
"""Methods that keep what they have drawn in their object."""


def is_without_effect(trail: Trail, *, is_test: bool) -> bool:
    """Whether nothing depends on what a call has drawn: it is not read, or only its shape is."""
    paths: set[Path] = {()}
    for depth, (code, call) in enumerate(trail):
        if isinstance(call, n.Call) and depth == 0 and last_name(call.func) in _RUNS:
            return False
        is_direct = depth == 0 or _calls(call, trail[depth - 1][0])
        search = _Fate(code, is_test=is_test)
        for path in paths:
            search.climb(call, path if is_direct else ())
        if not search.is_known:
            return False
        paths = search.returned
        if not paths:
            return True
    return False


def _calls(call: n.Node, code: n.Code) -> bool:
    """Whether a call returns what the function does, which a transformation may have changed."""
    return isinstance(call, n.Call) and last_name(call.func) == code.name


class _Fate:
    """Follows a result through a function: ``returned`` is where in the value of the function it may be."""

    def __init__(self, code: n.Code, *, is_test: bool) -> None:
        self.code = code
        self.is_test = is_test
        self.is_module = code.name == "<module>"
        self.parents = code.remember("<parents>", _parents)
        self.returned: set[Path] = set()
        self.is_known = True
        self.seen: set[tuple[n.Node, Path]] = set()

    def climb(self, node: n.Node, path: Path) -> None:
        """Go on to what the value of an expression becomes."""
        if not self.is_known or (node, path) in self.seen:
            return
        self.seen.add((node, path))
        parent = self.parents.get(node)
        if isinstance(node, n.FunctionDef):
            self._bind_name(node.name, (), node)
        elif parent is None or len(self.seen) > MAX_STEPS:
            self.is_known = False
        elif isinstance(parent, n.Stmt):
            self._statement(parent, node, path)
        elif isinstance(parent, n.Argument):
            self._argument(parent)
        elif isinstance(parent, n.Call):
            self._result(parent)
        elif isinstance(parent, n.Attribute):
            if parent.attr not in _OF_SHAPES:
                self.climb(parent, ())
        elif isinstance(parent, n.Display) and parent.kind != "set":
            self._element(parent, node, path)
        elif isinstance(parent, n.Subscript) and node is parent.value:
            self._item(parent, path)
        elif isinstance(parent, n.Compare) and self._is_bound_check(parent, parent.left, *parent.rights):
            pass
        elif isinstance(parent, (n.Walrus, n.Yield)):
            self.is_known = False
        else:
            self.climb(parent, ())

    def _statement(self, statement: n.Stmt, node: n.Node, path: Path) -> None:
        if isinstance(statement, n.Assign):
            for target in statement.targets if node is statement.value else ():
                self._bind(target, path, statement)
        elif isinstance(statement, n.AnnAssign) and node is statement.value:
            self._bind(statement.target, path, statement)
        elif isinstance(statement, n.AugAssign):
            self._bind(statement.target, (), statement)
        elif isinstance(statement, n.For) and node is statement.iter:
            self._bind(_values_in(statement), (), statement)
        elif isinstance(statement, n.Return):
            self.returned.add(path)
        elif self.is_module or not isinstance(statement, (n.ExprStmt, n.Delete)):
            self.is_known = False  # a notebook shows what it does not keep

    def _argument(self, argument: n.Argument) -> None:
        """A function gets the result: what it returns depends on that, if more than the shape counts."""
        call = self.parents[argument]
        assert isinstance(call, n.Call)
        name = last_name(call.func)
        if name in _ON_SHAPES or _SHAPE_CHECK.match(name) or _makes_shapes(call) or _folds(call, argument):
            return
        if self.is_test and (name in _ON_FINITE or (name == "assertIn" and argument is not call.args[0])):
            return
        if _COMPARING.match(name) and self._is_bound_check(call, *(one.value for one in call.args)):
            return
        if not _is_input_of_init(call, argument):
            self._result(call)

    def _is_bound_check(self, check: n.Expr, *sides: n.Expr) -> bool:
        """Whether a value is compared with None, or a test asserts that it lies between whole numbers.

        Other numbers are what a test measures: ``error < 0.02``.
        """
        if isinstance(check, n.Compare):
            if set(check.ops) <= {"is", "is not"}:
                return True
            if not set(check.ops) <= {"<", "<=", ">", ">="}:
                return False
        others = [side for side in sides if not _is_whole_number(side)]
        return self.is_test and len(others) == 1 and len(sides) > 1 and self._is_asserted(check)

    def _is_asserted(self, node: n.Node) -> bool:
        """Whether a test asks for an expression, or whether all or any of its elements hold."""
        if isinstance(node, n.Call) and last_name(node.func).startswith("assert"):
            return True
        parent = self.parents.get(node)
        if isinstance(parent, n.Argument):
            call = self.parents[parent]
            return isinstance(call, n.Call) and last_name(call.func) in _ASKING and self._is_asserted(call)
        if isinstance(parent, (n.Boolean, n.Unary, n.Call)) or last_name(parent) in _ASKING:
            return self._is_asserted(parent)  # type: ignore[arg-type]  # a node, as checked
        return isinstance(parent, n.Assert)

    def _result(self, call: n.Call) -> None:
        """What a call gives that depends on the result, or does to it."""
        name = last_name(call.func)
        is_pure = name in _PURE_METHODS or is_key_function(name) or _is_step(call)
        if isinstance(self.parents.get(call), n.ExprStmt) and not is_pure:
            self.is_known = False  # it may keep, print or write it
        else:
            self.climb(call, ())

    def _element(self, display: n.Display, node: n.Node, path: Path) -> None:
        index = display.elements.index(node)
        has_star = any(isinstance(element, n.Starred) for element in display.elements[: index + 1])
        self.climb(display, () if has_star else (index, *path))

    def _item(self, item: n.Subscript, path: Path) -> None:
        index = item.index.value if isinstance(item.index, n.LiteralValue) else None
        if not path or not isinstance(index, int) or index < 0:
            self.climb(item, ())
        elif path[0] == index:
            self.climb(item, path[1:])

    def _bind(self, target: n.Expr, path: Path, statement: n.Stmt) -> None:
        if isinstance(target, n.Name):
            self._bind_name(target.id, path, statement)
        elif isinstance(target, n.Starred):
            self._bind(target.value, (), statement)
        elif isinstance(target, n.Display):
            parts = target.elements
            has_star = any(isinstance(part, n.Starred) for part in parts[: path[0] + 1 if path else None])
            if not path or has_star or path[0] >= len(parts):
                for part in parts:
                    self._bind(part, (), statement)
            else:
                self._bind(parts[path[0]], path[1:], statement)
        else:
            self.is_known = False

    def _bind_name(self, name: str, path: Path, statement: n.Stmt) -> None:
        code = self.code
        if _STAND_IN.search(name) is not None:
            return
        if self.is_module or name in code.global_names or name in code.nonlocal_names:
            self.is_known = False  # others may read it
            return
        functions = code.remember("<readers>", _readers)
        for node in (*reads_after(code, statement, name), *functions.get(name, ())):
            if isinstance(node, n.ClassDef):
                self.is_known = False
            self.climb(node, path)


def _is_whole_number(node: n.Expr) -> bool:
    inner = node.operand if isinstance(node, n.Unary) else node
    return (
        isinstance(inner, n.LiteralValue) and isinstance(inner.value, (int, float)) and inner.value % 1 == 0
    )


def _values_in(loop: n.For) -> n.Expr:
    """The variables of a loop that depend on what it goes over: not the keys of a dict, nor numbers."""
    target, name = loop.target, last_name(loop.iter.func) if isinstance(loop.iter, n.Call) else ""
    is_pair = name in ("items", "enumerate") and isinstance(target, n.Display) and len(target.elements) == 2
    return target.elements[1] if is_pair else target  # type: ignore[attr-defined]  # it is a display, as checked


def _is_input_of_init(call: n.Call, argument: n.Argument) -> bool:
    """Whether a network is given an input to make its first parameters: only the shape counts."""
    if last_name(call.func) != "init" or len(call.args) < 2 or argument is call.args[0]:
        return False
    names = (last_name(node) for node in walk(call.args[0].value))
    return call.args[0].keyword is None and not call.args[0].star and any(map(is_key_name, names))


def _is_step(call: n.Call) -> bool:
    """Whether a call is ``env.step(state, action)``: what is given the state of its object keeps none."""
    return last_name(call.func) == "step" and any("state" in last_name(one.value) for one in call.args)


def _makes_shapes(call: n.Call) -> bool:
    """Whether ``tree.map`` takes the shapes of a tree."""
    if last_name(call.func) not in ("map", "tree_map") or not call.args:
        return False
    function = call.args[0].value
    if isinstance(function, n.Lambda):
        (result,) = function.code.body
        function = result.value if isinstance(result, n.Return) and result.value is not None else function
        return last_name(function) in _OF_SHAPES
    return last_name(function) in _ON_SHAPES


def _folds(call: n.Call, argument: n.Argument) -> bool:
    """Whether numbers are folded into keys, one or many: with other ones these are other keys."""
    function = call.func
    if isinstance(function, n.Call) and last_name(function.func) == "vmap" and function.args:
        function = function.args[0].value
        if isinstance(function, n.Lambda):
            (result,) = function.code.body
            inner = result.value if isinstance(result, n.Return) else None
            function = inner.func if isinstance(inner, n.Call) else function
    return last_name(function) == "fold_in" and argument is call.args[0]


def _parents(code: n.Code) -> dict[n.Node, n.Node]:
    """What each node of a function is a part of; what stands in a function inside of it is no node of it."""
    found: dict[n.Node, n.Node] = {}
    pending: list[n.Node] = list(code.body)
    while pending:
        node = pending.pop()
        if not isinstance(node, (n.Lambda, n.FunctionDef, n.ClassDef)):
            parts = children(node)
            found.update(dict.fromkeys(parts, node))
            pending.extend(parts)
    return found


def _readers(code: n.Code) -> dict[str, list[n.Node]]:
    """The functions and classes inside of a function, by the names they mention."""
    found: dict[str, list[n.Node]] = {}
    for node in {*code.remember("<parents>", _parents).values(), *code.body}:
        for part in (node, *children(node)):
            if isinstance(part, (n.FunctionDef, n.ClassDef)):
                for name in set(names_in(part)):
                    found.setdefault(name, []).append(part)
    return found
