"""Imports: which value an imported name stands for. Modules of the project run when a name is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import outdated
from jaxlint.knowledge.names import canonical, is_known_library, number
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.project.modules import Module


@dataclass(slots=True, unsafe_hash=True)
class ImportedName(v.Value):
    """``name`` of ``module`` of the project, looked up when it is used: imports may be circular."""

    module: str
    name: str


def run_import(machine: Machine, frame: Frame, node: n.Import) -> None:
    """``import a.b as c``."""
    for (dotted, alias), place in zip(node.names, node.places, strict=True):
        if is_known_library(dotted) or dotted not in machine.index:
            outdated.note_import(machine, frame, dotted, place)
        name = dotted.partition(".")[0] if alias is None else dotted
        frame.env[alias or name] = module_value(machine, frame.module.resolve_relative(0, name))


def run_import_from(machine: Machine, frame: Frame, node: n.ImportFrom) -> None:
    """``from a.b import c as d``."""
    module = frame.module.resolve_relative(node.dots, node.module)
    if is_known_library(module) or module not in machine.index:
        outdated.note_imported_names(machine, frame, module, node)
    if node.names is None:
        _import_star(machine, frame, module)
        return
    for name, bound in node.names:
        frame.env[bound] = member(machine, module, name)


def module_value(machine: Machine, dotted: str) -> v.Value:
    """The module of that name: one of the project, or a library."""
    if is_known_library(dotted) or dotted not in machine.index:
        return v.Library(canonical(dotted))
    return v.ModuleValue(dotted)


def member(machine: Machine, module: str, name: str) -> v.Value:
    """``name`` as it is imported from, or found in, ``module``."""
    dotted = f"{module}.{name}" if module else name
    if dotted in machine.settings.wrappers:
        return v.Library(machine.settings.wrappers[dotted])
    if not is_known_library(dotted) and module in machine.index:
        return ImportedName(module, name)
    return library_value(dotted)


@cache
def library_value(dotted: str) -> v.Value:
    """What a library has under a name: a number, or something known by its canonical name."""
    name = canonical(dotted)
    known = number(name)
    if known is None:
        return v.Library(name)
    return v.Static("float") if isnan(known) else v.Const(known)  # a constant must equal itself


def resolve_import(machine: Machine, value: ImportedName) -> v.Value:
    """What an imported name stands for now; Unknown if its module does not define it."""
    state = machine.module_state(value.module)
    if state is not None:
        found = state.frame.env.get(value.name)
        if found is not None and found != value:
            return machine.resolve(found)
    dotted = f"{value.module}.{value.name}"
    return v.ModuleValue(dotted) if dotted in machine.index else v.UNKNOWN


def _import_star(machine: Machine, frame: Frame, module: str) -> None:
    if module not in machine.index:
        return
    state = machine.module_state(module)
    if state is None:
        return
    public = state.frame.env.get("__all__")
    names = _string_items(public) if public is not None else None
    for name in list(state.frame.env) if names is None else names:
        if names is not None or not name.startswith("_"):
            frame.env[name] = ImportedName(module, name)


def _string_items(value: v.Value) -> list[str] | None:
    if not isinstance(value, v.Seq) or value.items is None:
        return None
    return [item.value for item in value.items if isinstance(item, v.Const) and isinstance(item.value, str)]


def module_of(machine: Machine, module: Module, node: n.Import | n.ImportFrom) -> Iterator[str]:
    """The modules of the project that an import statement in ``module`` runs."""
    if isinstance(node, n.Import):
        names = [module.resolve_relative(0, dotted) for dotted, _ in node.names]
    else:
        base = module.resolve_relative(node.dots, node.module)
        names = [base, *(f"{base}.{name}" for name, _ in node.names or ())]
    for name in names:
        words = name.split(".")
        for end in range(1, len(words) + 1):
            dotted = ".".join(words[:end])
            if dotted in machine.index and not is_known_library(dotted):
                yield dotted
