"""Items of arrays are assigned by making a new array, and giving it to the variable."""

from __future__ import annotations

from jaxlint.edits.rewrite import Replace, Rewrite
from jaxlint.edits.spots import bound_by, mentions, statements
from jaxlint.syntax import nodes as n

METHODS = {"": "set", "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}
"""What is a method of ``.at``, by the operator of the assignment."""

_BINDS_LESS = (n.Binary, n.Boolean, n.Compare, n.Conditional, n.Lambda, n.Unary, n.Await)


def assign_update(code: n.Code, target: n.Node) -> Rewrite | None:
    """Write ``x = x.at[i].set(v)`` for ``x[i] = v``; None where that would be lost, or is no assignment."""
    statement = next((one for one in statements(code.body) if _is_store(one, target)), None)
    if statement is None or not isinstance(target, n.Subscript) or not isinstance(target.value, n.Name):
        return None
    value = statement.value  # type: ignore[attr-defined]  # both kinds of statement have one
    if isinstance(value, (n.Yield, n.Walrus, n.Starred, n.Display)) or not _keeps(
        code, target.value, statement
    ):
        return None
    operator = statement.op if isinstance(statement, n.AugAssign) else ""
    right: tuple[str | n.Node, ...] = (value,)
    method = METHODS.get(operator)
    if method is None:
        operand = ("(", value, ")") if isinstance(value, _BINDS_LESS) else (value,)
        method, right = "set", (target, f" {operator} ", *operand)
    name = target.value.id
    pieces = (f"{name} = {name}.at[", target.index, f"].{method}(", *right, ")")
    return Rewrite(f"Assign the update to `{name}`", (Replace(statement, pieces),), safe=True)


def take_update(code: n.Code, call: n.Node) -> Rewrite | None:
    """Write ``x = x.at[i].set(v)`` for a statement that drops the update."""
    statement = next(
        (one for one in statements(code.body) if isinstance(one, n.ExprStmt) and one.value is call), None
    )
    base = _array_of(call)
    if statement is None or not isinstance(base, n.Name) or not _keeps(code, base, statement):
        return None
    pieces = (f"{base.id} = ", call)
    return Rewrite(f"Assign the update to `{base.id}`", (Replace(statement, pieces),), safe=False)


def _is_store(statement: n.Stmt, target: n.Node) -> bool:
    """Whether a statement assigns to the target and to nothing else."""
    if isinstance(statement, n.Assign):
        return statement.targets == (target,)
    return isinstance(statement, n.AugAssign) and statement.target is target


def _array_of(node: n.Node) -> n.Node:
    """The array that updates start from, one after the other."""
    while isinstance(node, (n.Call, n.Attribute, n.Subscript)):
        node = node.func if isinstance(node, n.Call) else node.value
    return node


def _keeps(code: n.Code, name: n.Name, statement: n.Stmt) -> bool:
    """Whether a new value of a variable is seen: it is the function's own, and is read afterwards.

    The variable of a loop over an array is another matter: a new value of it does not change the array.
    """
    is_module = code.name == "<module>"
    if name.id not in code.bound | code.global_names | code.nonlocal_names:
        return False
    order = list(statements(code.body))
    if any(isinstance(one, n.For) and name.id in bound_by(one) for one in order):
        return False
    after = order[order.index(statement) + 1 :]
    return is_module or any(mentions(one, name.id) for one in after)
