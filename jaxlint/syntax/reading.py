"""From Python's own syntax tree to the lowered tree: the quick way, for most files.

Python parses eight times as fast as LibCST and needs a fraction of its memory, but its tree knows neither
parentheses nor commas, and only what this Python can read. So nothing of it is kept: where a place, a text
or a fix is asked for, LibCST reads the file as well (`nodes.Unread`). `lowering.py` makes the same tree of
LibCST's; `tests/test_syntax.py` compares the two.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any, cast

from jaxlint.syntax import nodes as n
from jaxlint.syntax.scopes import Reader


def read_module(module: ast.Module, origin: n.Unread) -> n.Code:
    """Lower a whole file, whose nodes come from ``origin``.

    Raises:
        RecursionError: the program is nested more deeply than Python's own stack allows.
    """
    reading = _Reading(origin)
    code = n.Code(origin, "<module>", (), reading.block(module.body))
    reading.scope.finish(code, ())
    return code


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not", ast.And: "and",
    ast.Or: "or", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
_DISPLAYS: dict[type[ast.AST], Any] = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}
_COMPREHENSIONS: dict[type[ast.AST], Any] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
}


class _Reading(Reader):
    """One walk over the tree of a file; its methods mirror those of `lowering`, in the same order."""

    def __init__(self, origin: n.Unread) -> None:
        super().__init__()
        self.origin = origin

    # --- statements ------------------------------------------------------------------------------

    def block(self, statements: Iterable[ast.stmt]) -> tuple[n.Stmt, ...]:
        result: list[n.Stmt] = []
        for statement in statements:
            lower = _STATEMENTS.get(type(statement))
            if lower is not None:
                result.append(lower(self, statement))
        return tuple(result)

    def expr_statement(self, node: ast.Expr) -> n.Stmt:
        return n.ExprStmt(self.origin, self.expr(node.value))

    def assign(self, node: ast.Assign) -> n.Stmt:
        value = self.expr(node.value)
        return n.Assign(self.origin, tuple(map(self.target, node.targets)), value)

    def aug_assign(self, node: ast.AugAssign) -> n.Stmt:
        value = self.expr(node.value)
        if isinstance(node.target, ast.Name):
            self.scope.augment(node.target.id)
        return n.AugAssign(self.origin, self.target(node.target), _OPERATORS[type(node.op)], value)

    def ann_assign(self, node: ast.AnnAssign) -> n.Stmt:
        annotation = self.expr(node.annotation)
        value = self.optional(node.value)
        return n.AnnAssign(self.origin, self.target(node.target), annotation, value)

    def return_(self, node: ast.Return) -> n.Stmt:
        return n.Return(self.origin, self.optional(node.value))

    def raise_(self, node: ast.Raise) -> n.Stmt:
        cause = self.optional(node.cause)
        return n.Raise(self.origin, self.optional(node.exc), cause)

    def assert_(self, node: ast.Assert) -> n.Stmt:
        return n.Assert(self.origin, self.expr(node.test), self.optional(node.msg))

    def delete(self, node: ast.Delete) -> n.Stmt:
        targets: Sequence[ast.expr] = node.targets
        if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)):
            targets = targets[0].elts
        return n.Delete(self.origin, tuple(map(self.target, targets)))

    def jump(self, node: ast.stmt) -> n.Stmt:
        return n.Jump(self.origin, cast("Any", type(node).__name__.lower()))

    def import_(self, node: ast.Import) -> n.Stmt:
        for alias in node.names:
            self.scope.bind(alias.asname or alias.name.partition(".")[0])
        names = tuple((alias.name, alias.asname) for alias in node.names)
        return n.Import(self.origin, names, self.places(node.names))

    def import_from(self, node: ast.ImportFrom) -> n.Stmt:
        source = n.Node(self.origin) if node.module is not None else None
        module = node.module or ""
        if node.names[0].name == "*":
            return n.ImportFrom(self.origin, module, node.level, None, source)
        names = tuple((alias.name, alias.asname or alias.name) for alias in node.names)
        for _, bound in names:
            self.scope.bind(bound)
        return n.ImportFrom(self.origin, module, node.level, names, source, self.places(node.names))

    def places(self, names: Sequence[ast.alias]) -> tuple[n.Node, ...]:
        return tuple(n.Node(self.origin) for _ in names)

    def global_(self, node: ast.Global) -> n.Stmt:
        self.scope.global_names.update(node.names)
        return n.Jump(self.origin, "pass")

    def nonlocal_(self, node: ast.Nonlocal) -> n.Stmt:
        self.scope.nonlocal_names.update(node.names)
        return n.Jump(self.origin, "pass")

    def if_(self, node: ast.If, keyword: Any = "if") -> n.Stmt:
        test = self.expr(node.test)
        body = self.block(node.body)
        first = node.orelse[0] if node.orelse else None
        # An ``elif`` stands in the column of its ``if``, an ``if`` under ``else`` further to the right.
        if isinstance(first, ast.If) and first.col_offset == node.col_offset:
            return n.If(self.origin, test, body, (self.if_(first, "elif"),), keyword)
        return n.If(self.origin, test, body, self.block(node.orelse), keyword)

    def while_(self, node: ast.While) -> n.Stmt:
        return n.While(self.origin, self.expr(node.test), self.block(node.body), self.block(node.orelse))

    def for_(self, node: ast.For | ast.AsyncFor) -> n.Stmt:
        iterable = self.expr(node.iter)
        target = self.target(node.target)
        body = self.block(node.body)
        is_async = isinstance(node, ast.AsyncFor)
        return n.For(self.origin, target, iterable, body, self.block(node.orelse), is_async)

    def try_(self, node: Any) -> n.Stmt:
        body = self.block(node.body)
        handlers = []
        for handler in node.handlers:
            if handler.name is not None:
                self.scope.bind(handler.name)
            handlers.append(n.Handler(self.optional(handler.type), handler.name, self.block(handler.body)))
        return n.Try(self.origin, body, tuple(handlers), self.block(node.orelse), self.block(node.finalbody))

    def with_(self, node: ast.With | ast.AsyncWith) -> n.Stmt:
        items = []
        for item in node.items:
            context = self.expr(item.context_expr)
            items.append((context, self.target(item.optional_vars) if item.optional_vars else None))
        return n.With(self.origin, tuple(items), self.block(node.body), isinstance(node, ast.AsyncWith))

    def match_(self, node: ast.Match) -> n.Stmt:
        return n.Match(self.origin, self.expr(node.subject), tuple(map(self.case, node.cases)))

    def case(self, case: ast.match_case) -> n.Case:
        compared: list[n.Expr] = []
        names: list[str] = []
        pattern = case.pattern
        self.pattern(pattern, compared, names)
        for name in names:
            self.scope.bind(name)
        capture = pattern.name if isinstance(pattern, ast.MatchAs) and pattern.pattern is None else None
        wildcard = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None
        guard = self.optional(case.guard)
        parts = tuple(_class_parts(pattern))
        return n.Case(tuple(compared), tuple(names), wildcard, capture, parts, guard, self.block(case.body))

    def pattern(self, node: ast.AST, compared: list[n.Expr], names: list[str]) -> None:
        """Collect the values that a pattern compares its subject with, and the names that it binds."""
        if isinstance(node, ast.MatchValue):
            compared.append(self.expr(node.value))
        elif isinstance(node, ast.MatchSingleton):
            compared.append(n.LiteralValue(self.origin, node.value))
        else:
            name = node.rest if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
            if name is not None:
                names.append(name)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.pattern):
                    self.pattern(child, compared, names)

    def function_def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> n.Stmt:
        decorators = tuple(map(self.expr, node.decorator_list))
        returns = self.optional(node.returns)
        params = self.params(node.args)
        self.scope.bind(node.name)
        code = self.code(self.origin, node.name, params, lambda: self.block(node.body))
        code.returns = returns
        code.is_async = isinstance(node, ast.AsyncFunctionDef)
        return n.FunctionDef(self.origin, node.name, code, decorators)

    def params(self, node: ast.arguments) -> tuple[n.Param, ...]:
        positional = [*node.posonlyargs, *node.args]
        defaults = chain(repeat(None, len(positional) - len(node.defaults)), node.defaults)
        kinds = chain(repeat("pos", len(node.posonlyargs)), repeat("normal"))
        result = [self.param(*item) for item in zip(positional, kinds, defaults, strict=False)]
        if node.vararg is not None:
            result.append(self.param(node.vararg, "*", None))
        named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        result += [self.param(param, "kw", default) for param, default in named]
        if node.kwarg is not None:
            result.append(self.param(node.kwarg, "**", None))
        return tuple(result)

    def param(self, node: ast.arg, kind: Any, default: ast.expr | None) -> n.Param:
        annotation = self.optional(node.annotation)
        return n.Param(self.origin, node.arg, kind, self.optional(default), annotation)

    def class_def(self, node: ast.ClassDef) -> n.Stmt:
        decorators = tuple(map(self.expr, node.decorator_list))
        bases = (*map(self.argument, node.bases), *map(self.keyword, node.keywords))
        self.scope.bind(node.name)
        body = self.class_body(lambda: self.block(node.body))
        return n.ClassDef(self.origin, node.name, bases, body, decorators)

    # --- expressions -----------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> n.Expr:
        lower = _EXPRESSIONS.get(type(node))
        return lower(self, node) if lower is not None else n.LiteralValue(self.origin, ...)

    def optional(self, node: ast.expr | None) -> n.Expr | None:
        return self.expr(node) if node is not None else None

    def target(self, node: ast.expr) -> n.Expr:
        """Lower the target of an assignment, and record what it binds or changes."""
        if type(node) is ast.Name:
            self.scope.bind(node.id)
            return n.Name(self.origin, node.id)
        if isinstance(node, (ast.Tuple, ast.List)):
            return n.Display(self.origin, "tuple", tuple(map(self.target, node.elts)))
        if isinstance(node, ast.Starred):
            return n.Starred(self.origin, self.target(node.value))
        result = self.expr(node)
        self.scope.mutate(result)
        return result

    def name(self, node: ast.Name) -> n.Expr:
        self.scope.read.add(node.id)
        return n.Name(self.origin, node.id)

    def constant(self, node: ast.Constant) -> n.Expr:
        return n.LiteralValue(self.origin, node.value)

    def fstring(self, node: Any) -> n.Expr:
        return n.FString(self.origin, self.formatted(node.values))

    def formatted(self, parts: Iterable[Any]) -> tuple[n.Formatted, ...]:
        result: list[n.Formatted] = []
        for part in parts:
            if isinstance(part, ast.Constant):
                continue
            spec: tuple[n.Expr, ...] | None = None
            if part.format_spec is not None:
                spec = tuple(inner.value for inner in self.formatted(part.format_spec.values))
            value = self.expr(part.value)
            result.append(n.Formatted(self.origin, value, spec, part.conversion != -1))
        return tuple(result)

    def display(self, node: Any) -> n.Expr:
        return n.Display(self.origin, _DISPLAYS[type(node)], tuple(map(self.expr, node.elts)))

    def starred(self, node: ast.Starred) -> n.Expr:
        return n.Starred(self.origin, self.expr(node.value))

    def dict_display(self, node: ast.Dict) -> n.Expr:
        items = zip(node.keys, node.values, strict=True)
        return n.DictDisplay(self.origin, tuple((self.optional(key), self.expr(item)) for key, item in items))

    def binary(self, node: ast.BinOp) -> n.Expr:
        return n.Binary(self.origin, _OPERATORS[type(node.op)], self.expr(node.left), self.expr(node.right))

    def unary(self, node: ast.UnaryOp) -> n.Expr:
        return n.Unary(self.origin, _OPERATORS[type(node.op)], self.expr(node.operand))

    def boolean(self, node: ast.BoolOp) -> n.Expr:
        op: Any = _OPERATORS[type(node.op)]
        result = self.expr(node.values[0])
        for operand in node.values[1:]:
            result = n.Boolean(self.origin, op, result, self.expr(operand))
        return result

    def compare(self, node: ast.Compare) -> n.Expr:
        ops = tuple(_OPERATORS[type(op)] for op in node.ops)
        rights = tuple(map(self.expr, node.comparators))
        return n.Compare(self.origin, self.expr(node.left), ops, rights)

    def conditional(self, node: ast.IfExp) -> n.Expr:
        return n.Conditional(self.origin, self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def lambda_(self, node: ast.Lambda) -> n.Expr:
        params = self.params(node.args)
        body = lambda: (n.Return(self.origin, self.expr(node.body)),)  # noqa: E731 - a body like a suite's
        return n.Lambda(self.origin, self.code(self.origin, "<lambda>", params, body))

    def argument(self, node: ast.expr) -> n.Argument:
        if isinstance(node, ast.Starred):
            return n.Argument(self.origin, self.expr(node.value), None, "*")
        return n.Argument(self.origin, self.expr(node), None, "")

    def keyword(self, node: ast.keyword) -> n.Argument:
        return n.Argument(self.origin, self.expr(node.value), node.arg, "" if node.arg is not None else "**")

    def arguments(self, node: ast.Call) -> Iterator[n.Argument]:
        """The arguments in the order of the text; ``*args`` may stand behind keywords."""
        parts: list[Any] = [*node.args, *node.keywords]
        if node.keywords and any(isinstance(argument, ast.Starred) for argument in node.args):
            parts.sort(key=lambda part: (part.lineno, part.col_offset))
        for part in parts:
            yield self.keyword(part) if isinstance(part, ast.keyword) else self.argument(part)

    def call(self, node: ast.Call) -> n.Expr:
        call = n.Call(self.origin, self.expr(node.func), tuple(self.arguments(node)))
        self.scope.note_call(call)
        return call

    def attribute(self, node: ast.Attribute) -> n.Expr:
        return n.Attribute(self.origin, self.expr(node.value), node.attr)

    def subscript(self, node: ast.Subscript) -> n.Expr:
        return n.Subscript(self.origin, self.expr(node.value), self.expr(node.slice))

    def slice(self, node: ast.Slice) -> n.Expr:
        return n.Slice(self.origin, *map(self.optional, (node.lower, node.upper, node.step)))

    def generators(self, clauses: Iterable[ast.comprehension]) -> tuple[n.Generator, ...]:
        generators: list[n.Generator] = []
        for clause in clauses:
            iterable = self.expr(clause.iter)
            target = self.target(clause.target)
            generators.append(n.Generator(target, iterable, tuple(map(self.expr, clause.ifs))))
        return tuple(generators)

    def comprehension(self, node: Any) -> n.Expr:
        generators = self.generators(node.generators)
        kind = _COMPREHENSIONS[type(node)]
        return n.Comprehension(self.origin, kind, self.expr(node.elt), None, generators)

    def dict_comprehension(self, node: ast.DictComp) -> n.Expr:
        generators = self.generators(node.generators)
        value = self.expr(node.value)
        return n.Comprehension(self.origin, "dict", value, self.expr(node.key), generators)

    def yield_(self, node: ast.Yield | ast.YieldFrom) -> n.Expr:
        self.scope.has_yield = True
        return n.Yield(self.origin, self.optional(node.value), isinstance(node, ast.YieldFrom))

    def await_(self, node: ast.Await) -> n.Expr:
        return n.Await(self.origin, self.expr(node.value))

    def walrus(self, node: ast.NamedExpr) -> n.Expr:
        value = self.expr(node.value)
        return n.Walrus(self.origin, self.target(node.target), value)


def _class_parts(pattern: ast.pattern) -> Iterator[tuple[str, str | int]]:
    """The names that ``Class(a, key=b)`` binds, with the position or attribute of each."""
    if not isinstance(pattern, ast.MatchClass):
        return
    pairs: list[tuple[ast.pattern, str | int]] = [(item, at) for at, item in enumerate(pattern.patterns)]
    pairs += zip(pattern.kwd_patterns, pattern.kwd_attrs, strict=True)
    for inner, key in pairs:
        if isinstance(inner, ast.MatchAs) and inner.pattern is None and inner.name is not None:
            yield inner.name, key


_Lower = Callable[[_Reading, Any], Any]

_STATEMENTS: dict[type[ast.AST], _Lower] = {
    ast.Expr: _Reading.expr_statement,
    ast.Assign: _Reading.assign,
    ast.AugAssign: _Reading.aug_assign,
    ast.AnnAssign: _Reading.ann_assign,
    ast.Return: _Reading.return_,
    ast.Raise: _Reading.raise_,
    ast.Assert: _Reading.assert_,
    ast.Delete: _Reading.delete,
    ast.Pass: _Reading.jump,
    ast.Break: _Reading.jump,
    ast.Continue: _Reading.jump,
    ast.Import: _Reading.import_,
    ast.ImportFrom: _Reading.import_from,
    ast.Global: _Reading.global_,
    ast.Nonlocal: _Reading.nonlocal_,
    ast.If: _Reading.if_,
    ast.While: _Reading.while_,
    ast.For: _Reading.for_,
    ast.AsyncFor: _Reading.for_,
    ast.Try: _Reading.try_,
    ast.With: _Reading.with_,
    ast.AsyncWith: _Reading.with_,
    ast.Match: _Reading.match_,
    ast.FunctionDef: _Reading.function_def,
    ast.AsyncFunctionDef: _Reading.function_def,
    ast.ClassDef: _Reading.class_def,
}
if hasattr(ast, "TryStar"):  # Python 3.11's ``except*``
    _STATEMENTS[ast.TryStar] = _Reading.try_

_EXPRESSIONS: dict[type[ast.AST], _Lower] = {
    ast.Name: _Reading.name,
    ast.Constant: _Reading.constant,
    ast.JoinedStr: _Reading.fstring,
    ast.Tuple: _Reading.display,
    ast.List: _Reading.display,
    ast.Set: _Reading.display,
    ast.Starred: _Reading.starred,
    ast.Dict: _Reading.dict_display,
    ast.BinOp: _Reading.binary,
    ast.UnaryOp: _Reading.unary,
    ast.BoolOp: _Reading.boolean,
    ast.Compare: _Reading.compare,
    ast.IfExp: _Reading.conditional,
    ast.Lambda: _Reading.lambda_,
    ast.Call: _Reading.call,
    ast.Attribute: _Reading.attribute,
    ast.Subscript: _Reading.subscript,
    ast.Slice: _Reading.slice,
    ast.ListComp: _Reading.comprehension,
    ast.SetComp: _Reading.comprehension,
    ast.GeneratorExp: _Reading.comprehension,
    ast.DictComp: _Reading.dict_comprehension,
    ast.Yield: _Reading.yield_,
    ast.YieldFrom: _Reading.yield_,
    ast.Await: _Reading.await_,
    ast.NamedExpr: _Reading.walrus,
}
if hasattr(ast, "TemplateStr"):  # Python 3.14's t-strings
    _EXPRESSIONS[ast.TemplateStr] = _Reading.fstring
