"""From LibCST to the lowered tree, in one walk over the fields that carry meaning.

`reading.py` makes the same tree of Python's own one; the two must be changed together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, cast

import libcst as cst

from jaxlint.syntax import nodes as n
from jaxlint.syntax.scopes import Reader


def lower_module(module: cst.Module) -> n.Code:
    """Lower a whole file; the result is the code that runs when the module is imported.

    Raises:
        RecursionError: the program is nested more deeply than Python's own stack allows.
    """
    lowering = _Lowering()
    body = lowering.block(module.body)
    code = n.Code(module, "<module>", (), body)
    lowering.scope.finish(code, ())
    return code


# LibCST's operator classes, by the text they stand for.
_BINARY: dict[type[cst.CSTNode], str] = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//",
    cst.Modulo: "%", cst.Power: "**", cst.MatrixMultiply: "@", cst.LeftShift: "<<",
    cst.RightShift: ">>", cst.BitAnd: "&", cst.BitOr: "|", cst.BitXor: "^",
}  # fmt: skip
_AUGMENTED: dict[type[cst.CSTNode], str] = {
    cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*", cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//", cst.ModuloAssign: "%", cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@", cst.LeftShiftAssign: "<<", cst.RightShiftAssign: ">>",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^",
}  # fmt: skip
_UNARY: dict[type[cst.CSTNode], str] = {cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~", cst.Not: "not"}
_COMPARE: dict[type[cst.CSTNode], str] = {
    cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">", cst.GreaterThanEqual: ">=",
    cst.Equal: "==", cst.NotEqual: "!=", cst.In: "in", cst.NotIn: "not in", cst.Is: "is", cst.IsNot: "is not",
}  # fmt: skip
# What a pattern is made of; its other children are commas, brackets and names.
_PARTS_OF_PATTERNS = (
    cst.MatchPattern,
    cst.MatchSequenceElement,
    cst.MatchStar,
    cst.MatchMappingElement,
    cst.MatchKeywordElement,
    cst.MatchOrElement,
)
_CONSTANTS = {"None": None, "True": True, "False": False}


def dotted_name(node: cst.BaseExpression | None) -> str:
    """The text of a dotted name as it stands in an import; empty where there is none."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return ""


def string_value(node: cst.SimpleString) -> str | bytes:
    """The value of a string literal, without the warnings that odd escapes cause."""
    text = node.value
    if "\\" not in text:
        quote = 3 if text.endswith(('"""', "'''")) and len(text) >= 6 else 1
        start = next(i for i, char in enumerate(text) if char in "\"'") + quote
        prefix = text[: start - quote].lower()
        if "b" not in prefix:
            return text[start:-quote]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return node.evaluated_value


def class_parts(pattern: cst.CSTNode) -> Iterator[tuple[str, str | int]]:
    """The names that ``Class(a, key=b)`` binds, with the position or attribute of each."""
    if not isinstance(pattern, cst.MatchClass):
        return
    pairs: list[tuple[cst.CSTNode, str | int]] = [(item.value, i) for i, item in enumerate(pattern.patterns)]
    pairs += [(item.pattern, item.key.value) for item in pattern.kwds]
    for inner, key in pairs:
        if isinstance(inner, cst.MatchAs) and inner.pattern is None and inner.name is not None:
            yield inner.name.value, key


class _Lowering(Reader):
    """One walk; ``scope`` is that of the function which is being lowered."""

    # --- statements ------------------------------------------------------------------------------

    def block(self, statements: Iterable[cst.CSTNode]) -> tuple[n.Stmt, ...]:
        result: list[n.Stmt] = []
        for statement in statements:
            if type(statement) is cst.SimpleStatementLine:
                for small in statement.body:
                    lower = _STATEMENTS.get(type(small))
                    if lower is not None:
                        result.append(lower(self, small))
            else:
                lower = _STATEMENTS.get(type(statement))
                if lower is not None:
                    result.append(lower(self, statement))
        return tuple(result)

    def suite(self, suite: cst.BaseSuite) -> tuple[n.Stmt, ...]:
        if isinstance(suite, cst.SimpleStatementSuite):
            return tuple(
                _STATEMENTS[type(small)](self, small) for small in suite.body if type(small) in _STATEMENTS
            )
        return self.block(suite.body)

    def expr_statement(self, node: cst.Expr) -> n.Stmt:
        return n.ExprStmt(node, self.expr(node.value))

    def assign(self, node: cst.Assign) -> n.Stmt:
        value = self.expr(node.value)
        return n.Assign(node, tuple(self.target(target.target) for target in node.targets), value)

    def aug_assign(self, node: cst.AugAssign) -> n.Stmt:
        value = self.expr(node.value)
        if isinstance(node.target, cst.Name):
            self.scope.augment(node.target.value)
        return n.AugAssign(node, self.target(node.target), _AUGMENTED[type(node.operator)], value)

    def ann_assign(self, node: cst.AnnAssign) -> n.Stmt:
        annotation = self.expr(node.annotation.annotation)
        value = self.expr(node.value) if node.value is not None else None
        return n.AnnAssign(node, self.target(node.target), annotation, value)

    def return_(self, node: cst.Return) -> n.Stmt:
        return n.Return(node, self.optional(node.value))

    def raise_(self, node: cst.Raise) -> n.Stmt:
        cause = node.cause.item if node.cause is not None else None
        return n.Raise(node, self.optional(node.exc), self.optional(cause))

    def assert_(self, node: cst.Assert) -> n.Stmt:
        return n.Assert(node, self.expr(node.test), self.optional(node.msg))

    def delete(self, node: cst.Del) -> n.Stmt:
        target = node.target
        elements = (
            [item.value for item in target.elements]
            if isinstance(target, (cst.Tuple, cst.List))
            else [target]
        )
        return n.Delete(node, tuple(self.target(element) for element in elements))

    def jump(self, node: cst.CSTNode) -> n.Stmt:
        return n.Jump(node, cast("Any", type(node).__name__.lower()))

    def import_(self, node: cst.Import) -> n.Stmt:
        names = []
        for alias in node.names:
            dotted = dotted_name(cast("cst.BaseExpression", alias.name))
            name = (
                alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else None
            )
            self.scope.bind(name or dotted.partition(".")[0])
            names.append((dotted, name))
        return n.Import(node, tuple(names), tuple(n.Node(alias) for alias in node.names))

    def import_from(self, node: cst.ImportFrom) -> n.Stmt:
        module = dotted_name(node.module)
        source = n.Node(node.module) if node.module is not None else None
        if isinstance(node.names, cst.ImportStar):
            return n.ImportFrom(node, module, len(node.relative), None, source)
        names = []
        for alias in node.names:
            name = dotted_name(cast("cst.BaseExpression", alias.name))
            bound = (
                alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else name
            )
            self.scope.bind(bound)
            names.append((name, bound))
        places = tuple(n.Node(alias) for alias in node.names)
        return n.ImportFrom(node, module, len(node.relative), tuple(names), source, places)

    def global_(self, node: cst.Global) -> n.Stmt:
        self.scope.global_names.update(item.name.value for item in node.names)
        return n.Jump(node, "pass")

    def nonlocal_(self, node: cst.Nonlocal) -> n.Stmt:
        self.scope.nonlocal_names.update(item.name.value for item in node.names)
        return n.Jump(node, "pass")

    def if_(self, node: cst.If, keyword: Any = "if") -> n.Stmt:
        test = self.expr(node.test)
        body = self.suite(node.body)
        orelse: tuple[n.Stmt, ...] = ()
        if isinstance(node.orelse, cst.If):
            orelse = (self.if_(node.orelse, "elif"),)
        elif node.orelse is not None:
            orelse = self.suite(node.orelse.body)
        return n.If(node, test, body, orelse, keyword)

    def while_(self, node: cst.While) -> n.Stmt:
        return n.While(node, self.expr(node.test), self.suite(node.body), self.else_(node.orelse))

    def for_(self, node: cst.For) -> n.Stmt:
        iterable = self.expr(node.iter)
        target = self.target(node.target)
        body = self.suite(node.body)
        return n.For(node, target, iterable, body, self.else_(node.orelse), node.asynchronous is not None)

    def else_(self, node: cst.Else | cst.Finally | None) -> tuple[n.Stmt, ...]:
        return self.suite(node.body) if node is not None else ()

    def try_(self, node: cst.Try | cst.TryStar) -> n.Stmt:
        body = self.suite(node.body)
        handlers = []
        for handler in node.handlers:
            name = None
            if handler.name is not None and isinstance(handler.name.name, cst.Name):
                name = handler.name.name.value
                self.scope.bind(name)
            handlers.append(n.Handler(self.optional(handler.type), name, self.suite(handler.body)))
        return n.Try(node, body, tuple(handlers), self.else_(node.orelse), self.else_(node.finalbody))

    def with_(self, node: cst.With) -> n.Stmt:
        items = []
        for item in node.items:
            context = self.expr(item.item)
            items.append((context, self.target(item.asname.name) if item.asname is not None else None))
        return n.With(node, tuple(items), self.suite(node.body), node.asynchronous is not None)

    def match_(self, node: cst.Match) -> n.Stmt:
        subject = self.expr(node.subject)
        return n.Match(node, subject, tuple(self.case(case) for case in node.cases))

    def case(self, case: cst.MatchCase) -> n.Case:
        compared: list[n.Expr] = []
        names: list[str] = []
        self.pattern(case.pattern, compared, names)
        for name in names:
            self.scope.bind(name)
        pattern = case.pattern
        capture = None
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None and pattern.name is not None:
            capture = pattern.name.value
        wildcard = isinstance(pattern, cst.MatchAs) and pattern.pattern is None and case.guard is None
        guard = self.optional(case.guard)
        parts = tuple(class_parts(pattern))
        return n.Case(tuple(compared), tuple(names), wildcard, capture, parts, guard, self.suite(case.body))

    def pattern(self, node: cst.CSTNode, compared: list[n.Expr], names: list[str]) -> None:
        """Collect the values that a pattern compares its subject with, and the names that it binds."""
        if isinstance(node, (cst.MatchValue, cst.MatchSingleton)):
            compared.append(self.expr(node.value))
            return
        if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
            names.append(node.name.value)
        if isinstance(node, cst.MatchMapping) and node.rest is not None:
            names.append(node.rest.value)
        for child in node.children:
            if isinstance(child, _PARTS_OF_PATTERNS):
                self.pattern(child, compared, names)

    def function_def(self, node: cst.FunctionDef) -> n.Stmt:
        decorators = tuple(self.expr(item.decorator) for item in node.decorators)
        returns = self.optional(node.returns.annotation) if node.returns is not None else None
        params = self.params(node.params)
        self.scope.bind(node.name.value)
        code = self.code(node, node.name.value, params, lambda: self.suite(node.body))
        code.returns = returns
        code.is_async = node.asynchronous is not None
        return n.FunctionDef(node, node.name.value, code, decorators)

    def params(self, params: cst.Parameters) -> tuple[n.Param, ...]:
        result = [self.param(param, "pos") for param in params.posonly_params]
        result += [self.param(param, "normal") for param in params.params]
        if isinstance(params.star_arg, cst.Param):
            result.append(self.param(params.star_arg, "*"))
        result += [self.param(param, "kw") for param in params.kwonly_params]
        if params.star_kwarg is not None:
            result.append(self.param(params.star_kwarg, "**"))
        return tuple(result)

    def param(self, node: cst.Param, kind: Any) -> n.Param:
        annotation = self.expr(node.annotation.annotation) if node.annotation is not None else None
        return n.Param(node, node.name.value, kind, self.optional(node.default), annotation)

    def class_def(self, node: cst.ClassDef) -> n.Stmt:
        decorators = tuple(self.expr(item.decorator) for item in node.decorators)
        bases = tuple(self.argument(arg) for arg in (*node.bases, *node.keywords))
        self.scope.bind(node.name.value)
        body = self.class_body(lambda: self.suite(node.body))
        return n.ClassDef(node, node.name.value, bases, body, decorators)

    # --- expressions -----------------------------------------------------------------------------

    def expr(self, node: cst.CSTNode) -> n.Expr:
        lower = _EXPRESSIONS.get(type(node))
        return lower(self, node) if lower is not None else n.LiteralValue(node, ...)

    def optional(self, node: cst.CSTNode | None) -> n.Expr | None:
        return self.expr(node) if node is not None else None

    def target(self, node: cst.CSTNode) -> n.Expr:
        """Lower the target of an assignment, and record what it binds or changes."""
        if type(node) is cst.Name:
            self.scope.bind(node.value)
            return n.Name(node, node.value)
        if isinstance(node, (cst.Tuple, cst.List)):
            return n.Display(node, "tuple", tuple(self.target(item) for item in node.elements))
        if isinstance(node, cst.StarredElement):
            return n.Starred(node, self.target(node.value))
        if isinstance(node, cst.Element):
            return self.target(node.value)
        result = self.expr(node)
        self.scope.mutate(result)
        return result

    def name(self, node: cst.Name) -> n.Expr:
        name = node.value
        if name in _CONSTANTS:
            return n.LiteralValue(node, _CONSTANTS[name])
        self.scope.read.add(name)
        return n.Name(node, name)

    def integer(self, node: cst.Integer) -> n.Expr:
        return n.LiteralValue(node, int(node.value.replace("_", ""), 0))

    def float_(self, node: cst.Float) -> n.Expr:
        return n.LiteralValue(node, float(node.value.replace("_", "")))

    def imaginary(self, node: cst.Imaginary) -> n.Expr:
        return n.LiteralValue(node, complex(node.value.replace("_", "")))

    def string(self, node: cst.SimpleString) -> n.Expr:
        return n.LiteralValue(node, string_value(node))

    def concatenated(self, node: cst.ConcatenatedString) -> n.Expr:
        left, right = self.expr(node.left), self.expr(node.right)
        if isinstance(left, n.LiteralValue) and isinstance(right, n.LiteralValue):
            return n.LiteralValue(node, left.value + right.value)
        parts = [part for side in (left, right) if isinstance(side, n.FString) for part in side.parts]
        return n.FString(node, tuple(parts))

    def fstring(self, node: Any) -> n.Expr:
        return n.FString(node, self.formatted(node.parts))

    def formatted(self, parts: Sequence[Any]) -> tuple[n.Formatted, ...]:
        result: list[n.Formatted] = []
        for part in parts:
            if not hasattr(part, "expression"):
                continue
            spec: tuple[n.Expr, ...] | None = None
            if part.format_spec is not None:
                spec = tuple(inner.value for inner in self.formatted(part.format_spec))
            value = self.expr(part.expression)
            # ``{value=}`` writes the value as ``{value!r}`` does.
            has_conversion = part.conversion is not None or (part.equal is not None and spec is None)
            result.append(n.Formatted(part.expression, value, spec, has_conversion))
        return tuple(result)

    def display(self, node: Any) -> n.Expr:
        kind = cast("Any", type(node).__name__.lower())
        return n.Display(node, kind, tuple(self.element(item) for item in node.elements))

    def element(self, node: cst.BaseElement) -> n.Expr:
        value = self.expr(node.value)
        return n.Starred(node, value) if isinstance(node, cst.StarredElement) else value

    def dict_display(self, node: cst.Dict) -> n.Expr:
        items: list[tuple[n.Expr | None, n.Expr]] = []
        for item in node.elements:
            key = self.expr(item.key) if isinstance(item, cst.DictElement) else None
            items.append((key, self.expr(item.value)))
        return n.DictDisplay(node, tuple(items))

    def binary(self, node: cst.BinaryOperation) -> n.Expr:
        return n.Binary(node, _BINARY[type(node.operator)], self.expr(node.left), self.expr(node.right))

    def unary(self, node: cst.UnaryOperation) -> n.Expr:
        return n.Unary(node, _UNARY[type(node.operator)], self.expr(node.expression))

    def boolean(self, node: cst.BooleanOperation) -> n.Expr:
        op: Any = "and" if isinstance(node.operator, cst.And) else "or"
        return n.Boolean(node, op, self.expr(node.left), self.expr(node.right))

    def compare(self, node: cst.Comparison) -> n.Expr:
        ops = tuple(_COMPARE[type(item.operator)] for item in node.comparisons)
        rights = tuple(self.expr(item.comparator) for item in node.comparisons)
        return n.Compare(node, self.expr(node.left), ops, rights)

    def conditional(self, node: cst.IfExp) -> n.Expr:
        return n.Conditional(node, self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def lambda_(self, node: cst.Lambda) -> n.Expr:
        params = self.params(node.params)
        body = lambda: (n.Return(node.body, self.expr(node.body)),)  # noqa: E731 - a body like a suite's
        return n.Lambda(node, self.code(node, "<lambda>", params, body))

    def argument(self, node: cst.Arg) -> n.Argument:
        return n.Argument(
            node, self.expr(node.value), node.keyword.value if node.keyword else None, node.star
        )

    def call(self, node: cst.Call) -> n.Expr:
        call = n.Call(node, self.expr(node.func), tuple(self.argument(arg) for arg in node.args))
        self.scope.note_call(call)
        return call

    def attribute(self, node: cst.Attribute) -> n.Expr:
        return n.Attribute(node, self.expr(node.value), node.attr.value)

    def subscript(self, node: cst.Subscript) -> n.Expr:
        value = self.expr(node.value)
        items = tuple(self.index(item.slice) for item in node.slice)
        is_tuple = (
            len(items) > 1 or isinstance(node.slice[-1].comma, cst.Comma) or isinstance(items[0], n.Starred)
        )
        index = n.Display(node, "tuple", items) if is_tuple else items[0]
        return n.Subscript(node, value, index)

    def index(self, node: cst.BaseSlice) -> n.Expr:
        if isinstance(node, cst.Slice):
            return n.Slice(
                node, self.optional(node.lower), self.optional(node.upper), self.optional(node.step)
            )
        index = cast("cst.Index", node)
        value = self.expr(index.value)
        return n.Starred(node, value) if index.star else value

    def comprehension(self, node: cst.BaseComp) -> n.Expr:
        generators: list[n.Generator] = []
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            iterable = self.expr(clause.iter)
            target = self.target(clause.target)
            tests = tuple(self.expr(test.test) for test in clause.ifs)
            generators.append(n.Generator(target, iterable, tests))
            clause = clause.inner_for_in
        if isinstance(node, cst.DictComp):
            return n.Comprehension(
                node, "dict", self.expr(node.value), self.expr(node.key), tuple(generators)
            )
        simple = cast("cst.BaseSimpleComp", node)
        kind: Literal["list", "set", "generator"] = "generator"
        if isinstance(node, (cst.ListComp, cst.SetComp)):
            kind = "list" if isinstance(node, cst.ListComp) else "set"
        return n.Comprehension(node, kind, self.expr(simple.elt), None, tuple(generators))

    def yield_(self, node: cst.Yield) -> n.Expr:
        self.scope.has_yield = True
        if isinstance(node.value, cst.From):
            return n.Yield(node, self.expr(node.value.item), is_from=True)
        return n.Yield(node, self.optional(node.value), is_from=False)

    def await_(self, node: cst.Await) -> n.Expr:
        return n.Await(node, self.expr(node.expression))

    def walrus(self, node: cst.NamedExpr) -> n.Expr:
        value = self.expr(node.value)
        return n.Walrus(node, self.target(node.target), value)


_Lower = Callable[[_Lowering, Any], Any]

_STATEMENTS: dict[type[cst.CSTNode], _Lower] = {
    cst.Expr: _Lowering.expr_statement,
    cst.Assign: _Lowering.assign,
    cst.AugAssign: _Lowering.aug_assign,
    cst.AnnAssign: _Lowering.ann_assign,
    cst.Return: _Lowering.return_,
    cst.Raise: _Lowering.raise_,
    cst.Assert: _Lowering.assert_,
    cst.Del: _Lowering.delete,
    cst.Pass: _Lowering.jump,
    cst.Break: _Lowering.jump,
    cst.Continue: _Lowering.jump,
    cst.Import: _Lowering.import_,
    cst.ImportFrom: _Lowering.import_from,
    cst.Global: _Lowering.global_,
    cst.Nonlocal: _Lowering.nonlocal_,
    cst.If: _Lowering.if_,
    cst.While: _Lowering.while_,
    cst.For: _Lowering.for_,
    cst.Try: _Lowering.try_,
    cst.TryStar: _Lowering.try_,
    cst.With: _Lowering.with_,
    cst.Match: _Lowering.match_,
    cst.FunctionDef: _Lowering.function_def,
    cst.ClassDef: _Lowering.class_def,
}

_EXPRESSIONS: dict[type[cst.CSTNode], _Lower] = {
    cst.Name: _Lowering.name,
    cst.Integer: _Lowering.integer,
    cst.Float: _Lowering.float_,
    cst.Imaginary: _Lowering.imaginary,
    cst.SimpleString: _Lowering.string,
    cst.ConcatenatedString: _Lowering.concatenated,
    cst.FormattedString: _Lowering.fstring,
    cst.StarredElement: _Lowering.element,
    cst.Tuple: _Lowering.display,
    cst.List: _Lowering.display,
    cst.Set: _Lowering.display,
    cst.Dict: _Lowering.dict_display,
    cst.BinaryOperation: _Lowering.binary,
    cst.UnaryOperation: _Lowering.unary,
    cst.BooleanOperation: _Lowering.boolean,
    cst.Comparison: _Lowering.compare,
    cst.IfExp: _Lowering.conditional,
    cst.Lambda: _Lowering.lambda_,
    cst.Call: _Lowering.call,
    cst.Attribute: _Lowering.attribute,
    cst.Subscript: _Lowering.subscript,
    cst.ListComp: _Lowering.comprehension,
    cst.SetComp: _Lowering.comprehension,
    cst.DictComp: _Lowering.comprehension,
    cst.GeneratorExp: _Lowering.comprehension,
    cst.Yield: _Lowering.yield_,
    cst.Await: _Lowering.await_,
    cst.NamedExpr: _Lowering.walrus,
}
if hasattr(cst, "TemplatedString"):  # Python 3.14's t-strings, in LibCST 1.8 and newer
    _EXPRESSIONS[cst.TemplatedString] = _Lowering.fstring
