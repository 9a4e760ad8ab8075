"""How a function's body uses its parameters: what it calls, unpacks, indexes, multiplies."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_SQUARE = frozenset(
    "inv det slogdet cholesky eigh eigvalsh eig solve cho_factor trace expm matrix_power".split()
)
_RANDOM = frozenset(
    """normal uniform split fold_in bernoulli categorical randint permutation choice gumbel exponential
    gamma beta truncated_normal multivariate_normal laplace cauchy dirichlet poisson rademacher shuffle
    bits""".split()
)
_RANDOM_MODULES = frozenset(("random", "jr", "jrandom", "jax.random", "jrng", "jrand"))
_DERIVATIVES = frozenset("grad value_and_grad hessian".split())
_TRANSFORMATIONS = frozenset("jit vmap pmap jacfwd jacrev checkpoint linearize scan while_loop map".split())
_SIZES = {
    **dict.fromkeys("zeros ones empty full range arange eye identity tri".split(), (0, 1)),
    "full": (0,),
    "linspace": (2,),
    "split": (1,),
    "normal": (1,),
    "uniform": (1,),
    "reshape": (0, 1, 2, 3),
    "one_hot": (1,),
    "fori_loop": (0, 1),
    "tile": (1,),
    "broadcast_to": (1,),
}
"""Functions that take sizes, with the positions of these."""

_SIZE_KEYWORDS = frozenset("shape num length size num_classes axis repeats num_segments".split())
MAX_DEPTH = 2
"""How many calls deep a parameter is followed."""

_INTEGER_CALLS = frozenset("one_hot dynamic_index_in_dim bincount take_along_axis embedding".split())


@dataclass(slots=True)
class Use:
    """What is seen of one parameter, or of one element of it."""

    rank: int | None = None
    """The exact number of dimensions, where the body unpacks them."""
    least_rank: int = 0
    is_key: bool = False
    is_called: bool = False
    is_mapping: bool = False
    is_differentiated: bool = False
    is_index: bool = False
    is_size: bool = False
    """Whether it is a whole number of things: a length, a count, a dimension."""
    attributes: set[str] = field(default_factory=set)
    keys: dict[object, Use] = field(default_factory=dict)
    """String subscripts: a dict."""
    parts: list[Use] | None = None
    """What unpacking or iteration gives names to."""
    is_iterated: bool = False
    strings: list[str] = field(default_factory=list)
    """Strings that it is compared with."""
    results: int = 0
    """How many results of a call are given names."""

    def merge(self, other: Use) -> None:
        """Add what is seen elsewhere."""
        self.rank = self.rank if self.rank is not None else other.rank
        self.least_rank = max(self.least_rank, other.least_rank)
        self.is_key |= other.is_key
        self.is_called |= other.is_called
        self.is_mapping |= other.is_mapping
        self.is_differentiated |= other.is_differentiated
        self.is_index |= other.is_index
        self.is_size |= other.is_size
        self.is_iterated |= other.is_iterated
        self.attributes |= other.attributes
        self.keys.update(other.keys)
        self.parts = self.parts or other.parts
        self.strings += other.strings
        self.results = self.results or other.results


def uses(
    node: ast.FunctionDef | ast.Lambda, names: frozenset[str], functions: Mapping[str, ast.FunctionDef]
) -> dict[str, Use]:
    """How each of the parameters ``names`` is used, in ``functions`` that they are passed to as well."""
    reader = _Reader(names, functions)
    body = node.body if isinstance(node.body, list) else [node.body]
    for statement in body:
        reader.visit(statement)
    return reader.found


class _Reader(ast.NodeVisitor):
    """Collects uses; ``aliases`` are local names for elements of parameters."""

    def __init__(
        self, names: frozenset[str], functions: Mapping[str, ast.FunctionDef], depth: int = 0
    ) -> None:
        self._functions = functions
        self._depth = depth
        self.found: dict[str, Use] = defaultdict(Use)
        self._aliases: dict[str, Use] = {}
        for name in names:
            self._aliases[name] = self.found[name]

    def _use(self, node: ast.expr) -> Use | None:
        """The use that an expression stands for: a parameter, or an element of one by a constant key."""
        if isinstance(node, ast.Name):
            return self._aliases.get(node.id)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            key, outer = node.slice.value, self._use(node.value)
            if outer is not None and isinstance(key, str):
                return outer.keys.setdefault(key, Use())
        return None

    def visit_Call(self, node: ast.Call) -> None:
        """A key goes to `jax.random`, a matrix to linear algebra; a called parameter is a function."""
        if (called := self._use(node.func)) is not None:
            called.is_called = True
        name, module = _callee(node.func)
        for position, argument in enumerate(node.args):
            use = self._use(argument)
            if use is None:
                continue
            if position == 0 and name in _RANDOM and module in _RANDOM_MODULES:
                use.is_key = True
            elif position == 0 and name in _DERIVATIVES:
                use.is_called = use.is_differentiated = True
            elif position == 0 and name in _TRANSFORMATIONS:
                use.is_called = True
            elif name in _SQUARE and "linalg" in module:
                use.least_rank = max(use.least_rank, 2)
            elif name in _INTEGER_CALLS:
                use.is_index = use.is_index or position == 0 or name == "take_along_axis"
            self._pass_on(node.func, position, use)
        for keyword in node.keywords:
            if keyword.arg is None and (use := self._use(keyword.value)) is not None:
                use.is_mapping = True
            if keyword.arg in _SIZE_KEYWORDS and (use := self._use(keyword.value)) is not None:
                use.is_size = True
        if name in _SIZES:
            self._sizes([node.args[index] for index in _SIZES[name] if index < len(node.args)])
        self.generic_visit(node)

    def _sizes(self, arguments: list[ast.expr]) -> None:
        """Lengths, alone or in a tuple."""
        for argument in arguments:
            for item in argument.elts if isinstance(argument, (ast.Tuple, ast.List)) else [argument]:
                if (use := self._use(item)) is not None:
                    use.is_size = True

    def _pass_on(self, callee: ast.expr, position: int, use: Use) -> None:
        """What a function of the same module does with an argument."""
        function = self._functions.get(callee.id) if isinstance(callee, ast.Name) else None
        if function is None or self._depth >= MAX_DEPTH or use.keys or use.parts:
            return
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        if position < len(names):
            inner = _Reader(frozenset(names[position : position + 1]), self._functions, self._depth + 1)
            for statement in function.body:
                inner.visit(statement)
            use.merge(inner.found[names[position]])

    def visit_Assign(self, node: ast.Assign) -> None:
        """``a, b = x.shape`` tells the rank, ``a, b = x`` the number of elements."""
        for target in node.targets:
            self._assign(target, node.value)
        self.generic_visit(node)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Attribute) and value.attr == "shape":
            use = self._use(value.value)
            if use is not None and not any(isinstance(item, ast.Starred) for item in target.elts):
                use.rank = len(target.elts)
        elif isinstance(target, (ast.Tuple, ast.List)) and (use := self._use(value)) is not None:
            self._unpack(target, use)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
            if (use := self._use(value.func)) is not None:
                use.results = len(target.elts)
        elif (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
        ):
            for one, other in zip(target.elts, value.elts, strict=True):
                self._assign(one, other)

    def _unpack(self, target: ast.Tuple | ast.List, use: Use) -> None:
        if any(isinstance(item, ast.Starred) for item in target.elts):
            return
        use.parts = use.parts or [Use() for _ in target.elts]
        for item, part in zip(target.elts, use.parts, strict=False):
            if isinstance(item, ast.Name):
                self._aliases.setdefault(item.id, part)
            elif isinstance(item, (ast.Tuple, ast.List)):
                self._unpack(item, part)

    def visit_For(self, node: ast.For) -> None:
        """A loop over a parameter that unpacks what it gets."""
        self._iterate(node.target, node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """As a loop."""
        self._iterate(node.target, node.iter)
        self.generic_visit(node)

    def _iterate(self, target: ast.expr, source: ast.expr) -> None:
        while isinstance(source, ast.Subscript) and isinstance(source.slice, ast.Slice):
            source = source.value
        use = self._use(source)
        if use is None:
            return
        use.is_iterated = True
        if isinstance(target, (ast.Tuple, ast.List)):
            use.parts = use.parts or [Use()]
            self._unpack(target, use.parts[0])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """``x.T`` and ``x.shape`` are an array's, others may be an object's."""
        if (use := self._use(node.value)) is not None:
            use.attributes.add(node.attr)
            use.is_mapping |= node.attr in {"items", "keys", "values", "get"}
            if node.attr in {"T", "mT"}:
                use.least_rank = max(use.least_rank, 2)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """``x[:, 0]`` and ``x.shape[1]`` tell the least rank; an index is a whole number."""
        if (use := self._use(node.value)) is not None:
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            axes = [item for item in items if not _adds_axis(item)]
            if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)):
                use.least_rank = max(use.least_rank, len(axes))
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            self._shape_index(node.value.value, node.slice)
        for index in ast.walk(node.slice):
            if isinstance(index, ast.Name) and (used := self._aliases.get(index.id)) is not None:
                used.is_index = True
        self.generic_visit(node)

    def _shape_index(self, array: ast.expr, index: ast.expr) -> None:
        use = self._use(array)
        try:
            number = ast.literal_eval(index)
        except ValueError:
            return
        if use is not None and isinstance(number, int):
            use.least_rank = max(use.least_rank, number + 1 if number >= 0 else -number)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """The operands of ``@`` have at least one dimension; a matrix stands on one side."""
        if isinstance(node.op, ast.MatMult):
            for operand in (node.left, node.right):
                if (use := self._use(operand)) is not None:
                    use.least_rank = max(use.least_rank, 1)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """A parameter that is compared with strings is one of them."""
        if (use := self._use(node.left)) is not None:
            use.strings += [
                item.value
                for item in ast.walk(node)
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
            ]
        self.generic_visit(node)


def _callee(node: ast.expr) -> tuple[str, str]:
    """Last part and the parts before it of a dotted callee."""
    parts = list(_parts(node))
    return (parts[-1], ".".join(parts[:-1])) if parts else ("", "")


def _parts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield from _parts(node.value)
        yield node.attr
    elif isinstance(node, ast.Name):
        yield node.id


def _adds_axis(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value in (None, ...)) or (
        isinstance(node, ast.Attribute) and node.attr == "newaxis"
    )
