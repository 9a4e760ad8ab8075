"""What a function's body says about a parameter of which nothing else is known.

A traced argument may be one array or a container of arrays. If the body adds it, compares it or asks
for its ``shape``, it is an array; if the body takes ``params["w"]`` from it, it is a container.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jaxlint.knowledge.functions import array_attribute, array_method
from jaxlint.knowledge.keys import is_key_function, is_key_name
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import children, walk

# Attributes that arrays share with containers and with classes of projects, or that tell nothing.
COMMON_ATTRIBUTES = frozenset(
    "copy get set count index pop sort take reshape repeat view choose compress dot size".split()
)


# Methods of Python's own containers that no array has.
_OF_CONTAINERS = frozenset(
    "append clear extend insert items keys popitem remove setdefault update values".split()
)


def looks_like_array(code: n.Code, name: str) -> bool:
    """Whether every use of parameter ``name`` in ``code`` fits an array and at least one is telling.

    A parameter whose uses tell nothing, and are all tests or subscripts by numbers, counts as an
    array too: nobody branches on a container of tracers on purpose.
    """
    return code.remember(name, lambda code: _judge(code, name))


# Attributes of arrays that hardly anything else has.
_TELLING = frozenset(
    "T argmax argmin astype at cumprod cumsum dtype flatten mean mT ndim ravel reshape shape squeeze std sum"
    " swapaxes transpose var".split()
)


def is_surely_array(code: n.Code, name: str) -> bool:
    """Whether parameter ``name`` is an array whoever calls: something only arrays do, and nothing against it.

    A layer of a library made on the spot, as in ``nn.Dense(4)(x)``, takes arrays as well.
    """
    if set(_evidence(code, name)) & {"container", "refuted", "test"}:
        return False
    pending: list[Any] = list(_before_another(code, name))
    while pending:
        node = pending.pop()
        if _is_telling(node, name):
            return True
        if not (isinstance(node, n.Code) and node is not code and name in node.bound):
            pending.extend(children(node))
    return False


def _before_another(code: n.Code, name: str) -> Iterator[n.Node]:
    """The statements of ``code`` up to one that surely gives the variable another value."""
    for statement in code.body:
        yield statement
        if isinstance(statement, n.Assign) and any(_is(target, name) for target in statement.targets):
            return


def _is_telling(node: Any, name: str) -> bool:
    if isinstance(node, n.Attribute):
        return node.attr in _TELLING and _is(node.value, name)
    if isinstance(node, n.Binary):
        return node.op == "@" and (_is(node.left, name) or _is(node.right, name))
    is_layer = isinstance(node, n.Call) and isinstance(node.func, n.Call)
    if is_layer and not isinstance(node.func.func, n.Attribute):
        return False  # modules of projects, unlike those of libraries, take dicts of arrays as well
    return is_layer and bool(node.args) and _is(node.args[0].value, name)


def _is(node: Any, name: str) -> bool:
    return isinstance(node, n.Name) and node.id == name


def is_no_array(code: n.Code, name: str) -> bool:
    """Whether parameter ``name`` is used as no array can be, whatever its annotation says."""
    return code.remember((name, "no array"), lambda code: "refuted" in _evidence(code, name))


def names_reference(name: str) -> bool:
    """Whether a name is that of a reference to memory in a kernel, which goes as an array in annotations."""
    return name == "ref" or name.endswith("_ref")


def is_written_to(code: n.Code, name: str) -> bool:
    """Whether items of parameter ``name`` are assigned to, as those of dicts and of NumPy's arrays are."""
    return code.remember((name, "written"), lambda code: any(_writes(node, name) for node in walk(code)))


def _writes(node: Any, name: str) -> bool:
    return any(
        isinstance(target, n.Subscript) and _is(target.value, name)
        for target in _targets(node, (n.AugAssign,))
    )


def _targets(node: Any, others: tuple[type[Any], ...]) -> tuple[n.Expr, ...]:
    """What an assignment, or a node of the other kinds, gives a value."""
    if isinstance(node, n.Assign):
        return node.targets
    return (node.target,) if isinstance(node, others) else ()


def _judge(code: n.Code, name: str) -> bool:
    evidence = set(_evidence(code, name))
    if evidence & {"container", "refuted"} or ("test" in evidence and _may_be_none(code, name)):
        return False
    return "array" in evidence or evidence - {"plain"} in ({"test"}, {"item"})


def _may_be_none(code: n.Code, name: str) -> bool:
    """Whether ``None`` is the default: then a test of the parameter may well ask whether it was given."""
    default = next((param.default for param in code.params if param.name == name), None)
    return isinstance(default, n.LiteralValue) and default.value is None


def _evidence(code: n.Code, name: str) -> Iterator[str]:
    pending: list[tuple[Any, Any]] = [(code, None)]
    while pending:
        node, parent = pending.pop()
        if isinstance(node, n.Call):
            yield from _passed_to(node, name)
        if isinstance(node, n.Name) and node.id == name:
            yield _kind_of_use(node, parent)
            continue
        if isinstance(node, n.Code) and node is not code and name in node.bound:
            continue
        pending.extend((child, node) for child in children(node))


def looks_like_key(code: n.Code, name: str) -> bool:
    """Whether parameter ``name`` may be a PRNG key: its name says so, or it is passed as one."""
    return code.remember((name, "key"), lambda code: is_key_name(name) or _is_drawn_from(code, name))


def is_settled(code: n.Code, expression: n.Expr) -> bool:
    """Whether no variable in ``expression`` gets more than one value in ``code``, loops aside."""
    names = {node.id for node in walk(expression) if isinstance(node, n.Name)}
    return all(_bindings(code, name) <= 1 for name in names)


def is_variable(code: n.Code, place: n.Node | None) -> bool:
    """Whether a place is a variable, or an attribute of one, that keeps what is stored in it.

    An item of a container may be any of its items, and so may the variable of a loop over it.
    """
    while isinstance(place, n.Attribute):
        place = place.value
    return isinstance(place, n.Name) and place.id not in code.remember("of loops", _loop_variables)


def _loop_variables(code: n.Code) -> frozenset[str]:
    loops: list[n.For | n.Generator] = []
    for node in walk(code):
        if isinstance(node, n.For):
            loops.append(node)
        elif isinstance(node, n.Comprehension):
            loops.extend(node.generators)
    return frozenset(one.id for loop in loops for one in walk(loop.target) if isinstance(one, n.Name))


def _bindings(code: n.Code, name: str) -> int:
    """How many places of ``code`` give the variable a value; one that changes it counts as two."""
    return code.remember((name, "bindings"), lambda code: sum(_binds(node, name) for node in walk(code)))


def _binds(node: Any, name: str) -> int:
    targets = _targets(node, (n.For, n.Generator, n.AnnAssign, n.AugAssign, n.Walrus))
    is_bound = any(isinstance(one, n.Name) and one.id == name for target in targets for one in walk(target))
    return 2 * is_bound if isinstance(node, n.AugAssign) else int(is_bound)


def _is_drawn_from(code: n.Code, name: str) -> bool:
    """Whether ``code`` passes the variable to a function that takes a key."""
    return any(variable == name and is_key_function(function) for function, variable in code.passed)


# Builtins that take one number, and those that compare several.
_NUMERIC = frozenset({"abs", "float", "int", "round", "complex", "bool"})
_COMPARING = frozenset({"min", "max"})

# Functions of array modules that take sequences as readily as arrays, and the usual names of those modules.
_GATHERING = frozenset(
    "array asarray concatenate stack vstack hstack dstack column_stack block where".split()
)
_MODULES = frozenset({"jnp", "np", "onp", "jp", "lax", "math"})


def _passed_to(call: n.Call, name: str) -> Iterator[str]:
    """What a call says about the parameter that is one of its arguments."""
    if not any(isinstance(arg.value, n.Name) and arg.value.id == name and not arg.star for arg in call.args):
        return
    func = call.func
    if isinstance(func, n.Name) and (func.id in _NUMERIC or (func.id in _COMPARING and len(call.args) > 1)):
        yield "array"
    elif isinstance(func, n.Attribute) and isinstance(func.value, n.Name) and func.value.id in _MODULES:
        first = call.args[0].value
        is_first = isinstance(first, n.Name) and first.id == name
        is_plain = not func.attr.startswith(("tree", "scan", "cond", "map"))
        if is_first and is_plain and func.attr not in _GATHERING:
            yield "array"


def _kind_of_use(node: n.Name, parent: Any) -> str:
    """``"array"``, ``"container"``, ``"refuted"``, ``"test"``, ``"item"``, ``"plain"`` or ``"other"``."""
    if isinstance(parent, (n.Binary, n.Boolean)) and _is_for_containers(parent):
        return "refuted"
    if isinstance(parent, n.Binary):
        return "array"
    if isinstance(parent, n.Unary):
        return "test" if parent.op == "not" else "array"
    if isinstance(parent, n.Compare):
        return _comparison(node, parent)
    if isinstance(parent, (n.If, n.While, n.Conditional, n.Boolean, n.Assert)):
        return "test" if getattr(parent, "test", node) is node else "other"
    if isinstance(parent, n.Attribute):
        return _attribute(parent.attr)
    if isinstance(parent, n.Subscript) and parent.value is node:
        return _subscript(parent.index)
    if isinstance(parent, n.AugAssign):
        return "array"
    if isinstance(parent, n.Slice):
        return "test"  # a number, if it is not left out
    if isinstance(parent, (n.For, n.Generator, n.Starred)):
        return "container"
    if isinstance(parent, n.Call) and parent.func is node:
        return "container"
    if isinstance(parent, n.Return):
        return "plain"
    if isinstance(parent, n.Assign) and any(isinstance(target, n.Display) for target in parent.targets):
        return "container"
    return "other"


def _is_for_containers(parent: n.Binary | n.Boolean) -> bool:
    """Whether the other operand makes an operation one on tuples, lists, dicts or texts: ``x or {}``."""
    sides = (parent.left, parent.right)
    if isinstance(parent, n.Binary) and parent.op != "+":
        return False
    return any(isinstance(side, (n.Display, n.DictDisplay)) or _is_text(side) for side in sides)


def _is_text(node: n.Expr) -> bool:
    return isinstance(node, n.LiteralValue) and isinstance(node.value, str)


def _comparison(node: n.Name, parent: n.Compare) -> str:
    if any(op in ("is", "is not") for op in parent.ops):
        return "plain"
    if any(op in ("in", "not in") for op in parent.ops):
        return "test" if parent.left is node else "container"
    sides = (parent.left, *parent.rights)
    if any(map(_is_text, sides)):
        return "refuted"
    if all(op in ("==", "!=") for op in parent.ops) and any(map(_is_member, sides)):
        return "container"
    return "array"


def _is_member(node: n.Expr) -> bool:
    """Whether an expression looks like a member of an enumeration: ``Mode.TRAIN``."""
    return isinstance(node, n.Attribute) and isinstance(node.value, n.Name) and node.value.id[:1].isupper()


def _attribute(name: str) -> str:
    if name in COMMON_ATTRIBUTES:
        return "other"
    if name in _OF_CONTAINERS:
        return "refuted"
    return "array" if array_attribute(name) or array_method(name) or name == "at" else "container"


def _subscript(index: n.Expr) -> str:
    if _is_text(index):
        return "refuted"
    if isinstance(index, n.LiteralValue):
        return (
            "item" if isinstance(index.value, int) else "array" if index.value in (None, ...) else "container"
        )
    if isinstance(index, n.Display):
        return "array"
    return "item"
