"""Keys that an object keeps: a method that uses one up and does not renew it does so at each call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import KeyReuse
from jaxlint.interpreter.classes import is_open_class, mro
from jaxlint.interpreter.histories import FOLD, HISTORY, History, Use
from jaxlint.interpreter.identities import identity_of
from jaxlint.knowledge.keys import is_key_function
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def report_kept(machine: Machine, frame: Frame) -> None:
    """Report keys of ``self`` that a method has used up, where nothing but ``__init__`` ever sets them."""
    history, owner = frame.env.get(HISTORY), frame.owner
    if owner is None or not isinstance(history, History) or not _may_be_called_often(owner, frame.code):
        return
    if _is_called_once(frame):
        return
    receiver = frame.env.get(frame.code.params[0].name) if frame.code.params else None
    if not isinstance(receiver, v.Instance) or receiver.cls.traits or is_open_class(receiver.cls):
        return
    for name, value in receiver.fields:
        use = next(_uses(history, value), None)
        if use is not None and _is_set_once(receiver.cls, name):
            place = v.Place(use.site[0].module, use.site[1])
            machine.report(KeyReuse(use.call, frame, use.argument, place, "method", use.by))


def _uses(history: History, value: v.Value) -> Iterator[Use]:
    for key, conditions in identity_of(value) or ():
        yield from (one for one in history.of(key) if _is_direct(one) and one.reaches(key, conditions))


def _is_direct(use: Use) -> bool:
    """Whether the method itself draws with its object's key: what it is passed to may well run once."""
    func = use.call.func if isinstance(use.call, n.Call) else None
    name = last_name(func)
    return use.effect != FOLD and is_key_function(name) and isinstance(use.argument, n.Attribute)


def _may_be_called_often(owner: v.Class, code: n.Code) -> bool:
    """Whether a method is none that ``__init__`` calls, nor one that sets the object up."""
    if code.name.startswith("__") and code.name != "__call__":
        return False
    makers = (one.namespace.get("__init__") for one in mro(owner))
    return not any(
        isinstance(node, n.Attribute) and node.attr == code.name
        for maker in makers
        if isinstance(maker, v.Function)
        for node in walk(maker.code)
    )


def _is_called_once(frame: Frame) -> bool:
    """Whether the module makes an object for each call of a method: ``Sampler(key).draw()``."""
    code = frame.module.code
    receivers = code.remember("<receivers>", _receivers).get(frame.code.name, []) if code is not None else []
    return bool(receivers) and all(isinstance(receiver, n.Call) for receiver in receivers)


def _receivers(code: n.Code) -> dict[str, list[n.Expr]]:
    """The objects whose methods a module calls, by the names of the methods."""
    found: dict[str, list[n.Expr]] = {}
    for node in walk(code):
        if isinstance(node, n.Call) and isinstance(node.func, n.Attribute):
            found.setdefault(node.func.attr, []).append(node.func.value)
    return found


def _is_set_once(cls: v.Class, name: str) -> bool:
    """Whether ``__init__`` sets an attribute, and no other method does."""
    setters = {
        statement.name
        for one in mro(cls)
        for statement in one.node.body
        if isinstance(statement, n.FunctionDef) and name in statement.code.attribute_stores
    }
    return setters == {"__init__"}
