"""64-bit dtypes that are asked for, and integers that need them, where only 32 bits are on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import WideDtype
from jaxlint.interpreter.imports import module_of
from jaxlint.knowledge.dtypes import SHORT_NAMES, Dtype, canonical, long_name
from jaxlint.knowledge.functions import FunctionFacts
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.order import is_main_guard
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.unfit import Given
    from jaxlint.project.modules import Module

_WIDE = frozenset({"f64", "i64", "u64", "c128"})
_CODES = {"f8": "f64", "d": "f64", "i8": "i64", "u8": "u64", "c16": "c128"}
_PARAMETERS = ("dtype", "new_dtype", "param_dtype", "preferred_element_type")


def note_dtypes(machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, node: n.Node) -> None:
    """A call that asks for a 64-bit dtype: ``jnp.float64(x)``, or any with such an argument."""
    if facts.returns == "static":
        return  # what only speaks of dtypes, such as `finfo`
    note_dtype(machine, frame, named_dtype(v.Library(facts.name)), node)
    for name in _PARAMETERS:
        argument = given.get(name)
        wide = named_dtype(argument.value) if argument is not None else None
        if argument is None or wide is None or wide.name not in _WIDE:
            continue
        if wide.name in _named_in(frame.module):
            note_dtype(machine, frame, wide, argument.node or node)


def note_dtype(machine: Machine, frame: Frame, wide: Dtype | None, place: n.Node) -> None:
    """Report a dtype that is asked for, where it is not to be had."""
    if wide is not None and wide.name in _WIDE and is_narrow(machine, frame.module):
        narrow = canonical(wide)
        assert narrow is not None
        machine.report(WideDtype(place, frame, long_name(wide), long_name(narrow)))


def named_dtype(value: v.Value) -> Dtype | None:
    """The dtype that a value names; ``float`` and ``int`` name whatever width is on."""
    if isinstance(value, v.Library):
        module, _, name = value.dotted.rpartition(".")
        short = SHORT_NAMES.get(name) if module in ("numpy", "jax.numpy") else None
        return Dtype(short) if short is not None else None
    return _dtype(value.value) if isinstance(value, v.Const) and isinstance(value.value, str) else None


def _dtype(text: str) -> Dtype | None:
    """The dtype of a name or code such as ``float64`` or ``<f8``."""
    text = text.lstrip("<>=")
    short = _CODES.get(text) or (None if text in ("float", "int", "complex") else SHORT_NAMES.get(text))
    return Dtype(short) if short is not None else None


def _named_in(module: Module) -> frozenset[str]:
    """The dtypes that a module names: others it was given, and whoever did that has to know."""
    if module.code is None:
        return frozenset()
    return module.code.remember("dtypes", lambda code: frozenset(_names(code)))


def _names(code: n.Code) -> Iterator[str]:
    for node in walk(code):
        is_literal = isinstance(node, n.LiteralValue)
        text = node.value if isinstance(node, n.LiteralValue) else last_name(node)
        if not isinstance(text, str) or (text in _CODES and not is_literal):
            continue  # a variable `d` is no code of a dtype
        dtype = _dtype(text)
        if dtype is not None:
            yield dtype.name


# --- whether x64 is on ---------------------------------------------------------------------------


def is_narrow(machine: Machine, module: Module) -> bool:
    """Whether nothing that runs with a module may switch x64 on."""
    known = machine.widths.get(module)
    if known is None:
        known = machine.widths[module] = _is_narrow(machine, module)
    return known


def _is_narrow(machine: Machine, module: Module) -> bool:
    switches = machine.settings.switches()
    if switches.everywhere:
        return False
    if not switches.files:
        return True
    return _is_program(machine, module) and not any(
        one.path in switches.files for one in _imported_with(machine, module)
    )


def _is_program(machine: Machine, module: Module) -> bool:
    """Whether a module is run and not imported: only itself and its imports count then."""
    if module.is_test or module.code is None:
        return False
    if any(isinstance(part, n.If) and is_main_guard(part.test) for part in module.code.body):
        return True
    package, _, own = module.name.rpartition(".")
    if module.is_package or machine.index.get(package) is not None:
        return False
    return own not in machine.settings.switches().imported


def _imported_with(machine: Machine, module: Module) -> set[Module]:
    """A module and the first-party ones that are imported with it."""
    found = {module}
    pending = [module]
    while pending:
        current = pending.pop()
        for node in walk(current.code) if current.code is not None else ():
            if isinstance(node, (n.Import, n.ImportFrom)):
                for name in module_of(machine, current, node):
                    other = machine.index.get(name)
                    if other is not None and other not in found:
                        found.add(other)
                        pending.append(other)
    return found
