"""Classes that no class statement of the project makes: named tuples made by a call, classes of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.knowledge import libraries
from jaxlint.knowledge.frameworks import base_class_traits
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

_NAMED_TUPLES = frozenset({"collections.namedtuple", "typing.NamedTuple"})


def named_tuple(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value | None:
    """``namedtuple("Batch", ["x", "y"])``; None for other calls, Unknown where the fields are not shown."""
    if dotted not in _NAMED_TUPLES or len(args.pos) < 2:
        return None
    name, names = args.pos[0], _field_names(args.pos[1])
    if names is None or not (isinstance(name, v.Const) and isinstance(name.value, str)):
        return v.UNKNOWN
    known = machine.made_classes.get((node, names))
    if known is None:
        fields = tuple((field, v.UNKNOWN if "defaults" in args.kw else None, False) for field in names)
        known = v.Class(_definition(node, name.value), frame.module, (), {}, {})
        known.traits, known.fields = frozenset({"namedtuple", "fields", "pytree"}), fields
        machine.made_classes[node, names] = known
    return known


def _field_names(value: v.Value) -> tuple[str, ...] | None:
    if isinstance(value, v.Const) and isinstance(value.value, str):
        return tuple(value.value.replace(",", " ").split())
    if not (isinstance(value, v.Seq) and value.items is not None):
        return None
    first = (item.items[0] if isinstance(item, v.Seq) and item.items else item for item in value.items)
    names = tuple(item.value for item in first if isinstance(item, v.Const) and isinstance(item.value, str))
    return names if len(names) == len(value.items) else None


def _definition(node: n.Node, name: str) -> n.ClassDef:
    return n.ClassDef(node, name, (), (), ())


def library_class(machine: Machine, frame: Frame, dotted: str, node: n.Node) -> v.Class | None:
    """The class of a library whose fields the tables know, as if the project had defined it."""
    known = machine.made_classes.get(dotted)
    fields = libraries.fields(dotted)
    if known is None and fields is not None:
        definition = _definition(node, dotted.rpartition(".")[2])
        known = v.Class(definition, frame.module, (v.Library(dotted),), {}, {})
        known.traits = base_class_traits(dotted)
        known.fields = library_fields(dotted)
        machine.made_classes[dotted] = known
    return known


def library_fields(dotted: str) -> tuple[tuple[str, v.Value | None, bool], ...]:
    """The dataclass fields that inheriting from a library's class gives."""
    rows = libraries.fields(dotted) or ()
    # What is static for JAX or an object of the library itself is no data.
    return tuple((name, None, kind.kind in ("static", "object")) for name, kind in rows)
