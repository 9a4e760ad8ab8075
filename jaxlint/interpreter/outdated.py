"""Noting uses of what left a library, or is leaving it, and of what was never public.

What they are, and since when, ``knowledge/versions.toml`` says. A use counts wherever it stands, also where
errors are expected: what guards it is read off the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import ListedName, PrivateName
from jaxlint.knowledge import versions
from jaxlint.syntax import nodes as n
from jaxlint.syntax.guards import Survey, survey

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.project.modules import Module

_CHANGES = versions.changes()
_FUNCTIONS = versions.outdated_functions()
_METHODS = versions.outdated_methods()

CALLED = frozenset(name for name in _METHODS if _CHANGES[f"jax.Array.{name}"].called)
"""Attributes of arrays that were methods once."""


def note_import(machine: Machine, frame: Frame, dotted: str, place: n.Node) -> None:
    """``import dotted``, of which each package on the way is imported as well."""
    words = dotted.split(".")
    for end in range(len(words), 0, -1):
        change = _CHANGES.get(".".join(words[:end]))
        if change is not None:
            machine.failed_imports.add((frame.module, change.name))
            _note(machine, frame, change, place)
            return
    _note_private(machine, frame, dotted, place)


def note_imported_names(machine: Machine, frame: Frame, module: str, node: n.ImportFrom) -> None:
    """``from module import …``: the names, or the module where it is not known what became of them."""
    change = _module_change(module)
    is_private = versions.private_part(module) is not None
    explained = bool(node.names)
    for (name, _), place in zip(node.names or (), node.places, strict=False):
        own = _CHANGES.get(f"{module}.{name}")
        if own is not None and not own.only_imported:
            _note(machine, frame, own, place)
        else:
            explained = False
            if not is_private:
                _note_private(machine, frame, f"{module}.{name}", place)
    whole = node.source or node
    if change is not None and not explained:
        _note(machine, frame, change, whole)
    elif is_private:
        _note_private(machine, frame, module, whole)


def _module_change(module: str) -> versions.Change | None:
    words = module.split(".")
    found = (_CHANGES.get(".".join(words[:end])) for end in range(len(words), 0, -1))
    return next((change for change in found if change and change.part is versions.Part.MODULE), None)


def note_attribute(machine: Machine, frame: Frame, owner: str, name: str, node: n.Node) -> None:
    """``owner.name`` of a library."""
    dotted = f"{owner}.{name}"
    change = _CHANGES.get(dotted)
    if change is not None:
        is_told = owner in _CHANGES or (frame.module, dotted) in machine.failed_imports
        if not change.only_imported and not is_told:
            _note(machine, frame, change, node)
    elif name.startswith("_") and not name.endswith("__") and versions.private_part(owner) is None:
        _note_private(machine, frame, dotted, node)


def note_array_attribute(machine: Machine, frame: Frame, name: str, node: n.Node) -> None:
    """``x.name`` of a JAX array."""
    if name in _METHODS and name not in CALLED:
        _note(machine, frame, _CHANGES[f"jax.Array.{name}"], node)


def note_call(machine: Machine, frame: Frame, dotted: str, args: Args) -> None:
    """Keyword arguments, and options of ``jax.config``, that are listed."""
    if dotted in _FUNCTIONS:
        for name, place in args.kw_nodes.items():
            change = _CHANGES.get(f"{dotted}({name}=)")
            if change is not None and not (change.unless_none and _may_be_none(args.kw[name], place)):
                _note(machine, frame, change, place)
    elif dotted == "jax.config.update" and args.pos and isinstance(args.pos[0], v.Const):
        change = _CHANGES.get(f"option {args.pos[0].value}")
        option = args.node(0)
        if change is not None and option is not None:
            _note(machine, frame, change, option)


def _may_be_none(value: v.Value, place: n.Node) -> bool:
    """Whether an argument may be one that is only handed on, as None."""
    if isinstance(place, (n.Call, n.Subscript)):
        return False
    return any(option in (v.UNKNOWN, v.Const(None), v.Static(None)) for option in v.options(value))


def note_called_attribute(
    machine: Machine, frame: Frame, receiver: v.Value | None, name: str, node: n.Node
) -> None:
    """``x.name()`` of a JAX array, for a name of `CALLED`."""
    if isinstance(receiver, v.Array):
        _note(machine, frame, _CHANGES[f"jax.Array.{name}"], node)


def note_with(machine: Machine, frame: Frame, manager: v.Value, node: n.Node) -> None:
    """``with manager:``."""
    if isinstance(manager, v.LibraryInstance):
        change = _CHANGES.get(f"with {manager.dotted}")
        if change is not None:
            _note(machine, frame, change, node)


def _note(machine: Machine, frame: Frame, change: versions.Change, place: n.Node) -> None:
    bound = machine.settings.targets.get(change.library, versions.NEWEST)
    is_gone = change.removed is not None and bound.reaches(change.removed)
    if not is_gone and (change.deprecated is None or not bound.reaches(change.deprecated)):
        return
    found = _survey(machine, frame.module)
    if place not in found.guarded:
        machine.emit(ListedName(place, frame, change.name, is_gone, place not in found.unevaluated))


def _note_private(machine: Machine, frame: Frame, dotted: str, place: n.Node) -> None:
    part = versions.private_part(dotted)
    if part is not None and place not in _survey(machine, frame.module).guarded:
        machine.emit(PrivateName(place, frame, part))


def _survey(machine: Machine, module: Module) -> Survey:
    found = machine.surveys.get(module)
    if found is None:
        found = machine.surveys[module] = survey(module.code) if module.code is not None else Survey()
    return found
