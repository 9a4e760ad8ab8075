"""What traced code does to objects and variables that outlive its trace, and to its own arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import ArgumentMutation, OuterStore
from jaxlint.inspection import innermost
from jaxlint.interpreter.arguments import is_read_again
from jaxlint.interpreter.classes import class_attribute, is_of_module
from jaxlint.interpreter.ownership import level_of, outer_level, tracer_from_inside
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import children, walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

ADDING = frozenset("append appendleft extend extendleft add insert update setdefault __setitem__".split())
"""Methods of containers that put something in."""

REMOVING = frozenset("clear pop popitem remove reverse sort".split())
"""Methods that change a container; what they may give is often all that is wanted of them."""


def name_stored(
    machine: Machine, frame: Frame, target: n.Name, value: v.Value, right: n.Node | None, op: str
) -> None:
    """Report ``x = value`` where ``x`` is a variable of a module, or of a function outside of the trace."""
    code = frame.code
    if target.id in code.global_names:
        level = 0
    elif target.id in code.nonlocal_names:
        scope = frame.closure
        while scope is not None and target.id not in scope.env:
            scope = scope.closure
        if scope is None:
            return
        level = scope.born.level
    else:
        return
    _report(machine, frame, target, value, level, is_update=bool(op) or _is_update(target, right))


def attribute_stored(
    machine: Machine,
    frame: Frame,
    target: n.Expr,
    base: v.Value,
    value: v.Value,
    right: n.Node | None,
    op: str,
) -> None:
    """Report ``base.name = value`` where ``base`` outlives the trace."""
    if not frame.trace.level:
        return
    if isinstance(base, v.Class):
        level = 0 if is_of_module(machine, base) else None
    elif isinstance(base, v.ModuleValue):
        level = 0
    elif isinstance(base, (v.Function, v.Transformed)):
        core = innermost(base)
        level = level_of(core) if isinstance(core, v.Function) else None
    else:
        level = None if _is_managed(machine, base) else outer_level(frame, base)
    if level is not None and not is_put_back(frame.code, target, target):
        is_update = (bool(op) or _is_update(target, right)) and not _is_part_of_name(frame.code, target)
        _report(machine, frame, target, value, level, is_update=is_update)


def item_stored(
    machine: Machine,
    frame: Frame,
    target: n.Subscript,
    base: v.Value,
    index: v.Value,
    value: v.Value,
    op: str,
    right: n.Node | None,
) -> None:
    """Report ``base[index] = value`` where the container outlives the trace, or is an argument of it."""
    if not frame.trace.level:
        return
    if isinstance(base, (v.Seq, v.Dict)):
        level = outer_level(frame, base)
        if level is not None and not is_put_back(frame.code, target, target.value):
            is_update = bool(op) or _is_update(target, right)
            if is_update or not _is_scratch(frame, target.value):
                _report(machine, frame, target, value, level, is_update=is_update)
            return
    is_item = isinstance(index, v.Const) and isinstance(index.value, str)
    if isinstance(base, (v.Seq, v.Dict)) or (isinstance(base, v.Tree) and is_item):
        _argument_changed(machine, frame, target, target.value, index)


def item_deleted(machine: Machine, frame: Frame, target: n.Subscript, base: v.Value, index: v.Value) -> None:
    """Report ``del base[index]`` where the container is an argument of a traced function."""
    if frame.trace.level and isinstance(base, (v.Seq, v.Dict, v.Tree)) and outer_level(frame, base) is None:
        _argument_changed(machine, frame, target, target.value, index)


def method_called(
    machine: Machine, frame: Frame, node: n.Node, receiver: v.Value, name: str, added: list[v.Value]
) -> None:
    """Report ``receiver.append(value)`` and the like where the container outlives the trace."""
    if not frame.trace.level or not isinstance(node, n.Call):
        return
    if name in REMOVING and isinstance(node.func, n.Attribute):
        if _is_statement(frame.code, node):
            _argument_changed(machine, frame, node, node.func.value, None)
        return
    if name not in ADDING or not added:
        return
    level = outer_level(frame, receiver)
    if level is not None:
        whole = v.Seq("tuple", tuple(added))
        is_count = name in ("append", "add") and isinstance(added[0], v.Const)
        _report(machine, frame, node, whole, level, is_update=is_count)
    elif isinstance(node.func, n.Attribute):
        _argument_changed(machine, frame, node, node.func.value, added[0] if name == "setdefault" else None)


def is_put_back(code: n.Code, store: n.Expr, path: n.Expr) -> bool:
    """Whether the function gives the attribute ``path`` another value before it ends: nothing stays in it."""
    if not isinstance(path, n.Attribute):
        return False
    blocks = [code.body]
    while blocks:
        block = blocks.pop()
        position = next((index for index, part in enumerate(block) if store in set(walk(part))), None)
        if position is None:
            continue
        statement, later = block[position], block[position + 1 :]
        if isinstance(statement, n.Try):
            blocks.append(statement.body)
            later = (*statement.final, *later)
        elif isinstance(statement, n.With):
            blocks.append(statement.body)
        if any(
            isinstance(part, n.Assign) and any(same_path(path, one) for one in part.targets) for part in later
        ):
            return True
    return False


def _is_scratch(frame: Frame, path: n.Expr) -> bool:
    """Whether a container only serves functions like this one: it is read here, and not where it is made."""
    name = path.id if isinstance(path, n.Name) else ""
    scope = frame.closure.binder(name) if frame.closure is not None else None
    return scope is not None and _reads_itself(frame.code, name) and not _reads_itself(scope.code, name)


def _reads_itself(code: n.Code, name: str) -> bool:
    """Whether a function reads a variable, other than in functions inside of it."""
    pending: list[Any] = list(code.body)
    while pending:
        node = pending.pop()
        if isinstance(node, n.Name) and node.id == name:
            return True
        if isinstance(node, n.Assign):
            pending.append(node.value)
            pending.extend(part for target in node.targets for part in _read_in(target, name))
        elif not isinstance(node, n.Code):
            pending.extend(children(node))
    return False


def _read_in(target: n.Expr, name: str) -> Iterator[n.Expr]:
    """What a target reads: of a variable that it gives a value or an item, the index alone."""
    if isinstance(target, n.Subscript) and isinstance(target.value, n.Name) and target.value.id == name:
        yield target.index
    elif not (isinstance(target, n.Name) and target.id == name):
        yield target


def _report(
    machine: Machine, frame: Frame, node: n.Expr, value: v.Value, level: int, *, is_update: bool
) -> None:
    if frame.trace.level <= level:
        return
    tracer = tracer_from_inside(frame, value, level)
    is_staged = frame.trace.stage is v.Stage.TRACED
    if tracer is not None or (is_update and is_staged):
        machine.report(OuterStore(node, frame, tracer))


def _is_managed(machine: Machine, base: v.Value) -> bool:
    """Whether an object keeps its attributes for a framework, which takes tracers out again, or a block."""
    return any(
        isinstance(option, v.Instance)
        and (
            option.cls.traits & {"module", "open", "scoped"}
            or class_attribute(machine, option.cls, "__setattr__") is not None
        )
        for option in v.options(base)
    )


def _is_update(target: n.Expr, right: n.Node | None) -> bool:
    """Whether the new value is computed from the old one: ``x = x + 1``."""
    return isinstance(right, n.Binary) and (same_path(target, right.left) or same_path(target, right.right))


def _is_part_of_name(code: n.Code, target: n.Expr) -> bool:
    """Whether the function writes the number into a text: it numbers what it makes while tracing."""
    return any(
        same_path(target, part.value)
        for node in walk(code)
        if isinstance(node, n.FString)
        for part in node.parts
    )


def same_path(left: n.Node, right: n.Node) -> bool:
    """Whether two expressions are the same variable, attribute or item, as they are written."""
    if isinstance(left, n.Name) and isinstance(right, n.Name):
        return left.id == right.id
    if isinstance(left, n.Attribute) and isinstance(right, n.Attribute):
        return left.attr == right.attr and same_path(left.value, right.value)
    if isinstance(left, n.Subscript) and isinstance(right, n.Subscript):
        return same_path(left.value, right.value) and same_path(left.index, right.index)
    if isinstance(left, n.LiteralValue) and isinstance(right, n.LiteralValue):
        return bool(left.value == right.value)
    return False


def _argument_changed(
    machine: Machine, frame: Frame, node: n.Expr, container: n.Expr, index: v.Value | None
) -> None:
    """Report that a container changes which is an argument of the function, if nothing is made of it."""
    root = container
    is_whole = True
    while isinstance(root, (n.Attribute, n.Subscript)):
        root = root.value
        is_whole = False
    if not isinstance(root, n.Name) or root.id not in frame.traced or root.id in frame.code.rebound:
        return
    key = index.value if is_whole and isinstance(index, v.Const) else None
    if not is_read_again(frame.code, root.id, node, key) and not _has_other_name(frame.code, root.id):
        machine.report(ArgumentMutation(node, frame, root.id))


def _is_statement(code: n.Code, call: n.Call) -> bool:
    """Whether nothing is made of what a call gives."""
    return call in code.remember("<statements>", _find_statements)


def _find_statements(code: n.Code) -> frozenset[n.Expr]:
    return frozenset(node.value for node in walk(code) if isinstance(node, n.ExprStmt))


def _has_other_name(code: n.Code, name: str) -> bool:
    """Whether the function gives the object a second name, by which it may be read or returned."""
    return any(
        isinstance(node, (n.Assign, n.Walrus)) and isinstance(node.value, n.Name) and node.value.id == name
        for node in walk(code)
    )
