"""Reading an attribute of a value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import AtMisuse
from jaxlint.interpreter import caching, imports, outdated, staleness
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import Super, class_attribute, is_of_module, mro, static_method_kind
from jaxlint.interpreter.identities import key_part
from jaxlint.interpreter.imports import library_value
from jaxlint.interpreter.ownership import from_outside, part_of
from jaxlint.interpreter.types import module_of_type, type_of
from jaxlint.interpreter.usage import COMMON_ATTRIBUTES
from jaxlint.knowledge.frameworks import parent_class
from jaxlint.knowledge.functions import array_attribute, array_method, at_methods
from jaxlint.knowledge.names import is_known_library
from jaxlint.leaves import is_enum
from jaxlint.syntax.nodes import Node

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

# Methods that the ``.at[…]`` helper has; anything else on it is a mistake.
AT_METHODS = at_methods()

_CONTAINER_METHODS = {
    "list": "append extend insert remove pop clear index count sort reverse copy "
    "appendleft extendleft popleft",  # a deque counts as a list
    "tuple": "index count",
    "set": "add discard remove pop clear update union intersection difference copy issubset issuperset",
    "frozenset": "union intersection difference copy issubset issuperset",
    "dict": "get items keys values pop popitem setdefault update copy clear fromkeys __setitem__",
}


# What a container of tracers may be asked for, if it is one.
_TREE_METHODS = frozenset(
    "copy items keys values get pop update count index set append extend insert setdefault".split()
)


def get_attribute(machine: Machine, frame: Frame, base: v.Value, name: str, node: Node) -> v.Value:
    """The value of ``base.name``."""
    if isinstance(base, v.Union):
        return v.join_all([get_attribute(machine, frame, option, name, node) for option in base.options])
    if name == "__class__" and isinstance(base, (v.Array, v.NumPyArray, v.Const, v.Static, v.Seq, v.Dict)):
        return type_of(base)
    if isinstance(base, v.Library):
        outdated.note_attribute(machine, frame, base.dotted, name, node)
        return _library_attribute(machine, base, name)
    if isinstance(base, v.ModuleValue):
        value = machine.resolve(imports.member(machine, base.name, name))
        if frame.trace.stage is v.Stage.TRACED:
            staleness.attribute_read(machine, frame, node, base, name, value)
        return from_outside(value, 0) if frame.trace.level else value
    if isinstance(base, v.Array):
        return _array_attribute(machine, frame, base, name, node)
    if isinstance(base, v.Tree):
        return _tree_attribute(machine, frame, base, name, node)
    if isinstance(base, v.Instance):
        return _instance_attribute(machine, frame, base, name, node)
    if isinstance(base, v.Class):
        return _class_attribute(machine, frame, base, name, node)
    if isinstance(base, v.NumPyArray):
        return _numpy_attribute(base, name)
    if isinstance(base, (v.Seq, v.Dict)):
        return _container_attribute(base, name)
    if isinstance(base, v.At):
        return _at_attribute(machine, frame, base, name, node)
    if isinstance(base, (v.Const, v.Static)):
        return _static_attribute(base, name)
    if isinstance(base, v.LibraryInstance):
        outdated.note_attribute(machine, frame, parent_class(base.dotted) or base.dotted, name, node)
        found = base.get(name) or machine.library_member(frame, base, name, node)
        return v.BoundLibrary(base, name) if found is None else found
    if isinstance(base, (v.Transformed, v.Partial)):
        return v.BoundLibrary(base, name)
    if isinstance(base, v.UnknownKey):
        return v.UnknownKey(key_part(base.key, f".{name}"))
    if isinstance(base, Super):
        return _super_attribute(machine, frame, base, name, node)
    return v.UNKNOWN


def _library_attribute(machine: Machine, base: v.Library, name: str) -> v.Value:
    dotted = f"{base.dotted}.{name}"
    if name == "__module__" and (module := module_of_type(base.dotted)) is not None:
        return v.Const(module)
    if dotted in machine.index and not is_known_library(dotted):
        return v.ModuleValue(dotted)
    return library_value(dotted)


def _super_attribute(machine: Machine, frame: Frame, base: Super, name: str, node: Node) -> v.Value:
    cls = base.receiver.cls if isinstance(base.receiver, v.Instance) else base.owner
    order = mro(cls)
    after = order[order.index(base.owner) + 1 :] if base.owner in order else mro(base.owner)[1:]
    for one in after:
        if name in one.namespace:
            return bind_method(machine, frame, base.receiver, machine.resolve(one.namespace[name]), node)
    return v.UNKNOWN


def shape_value(shape: v.Shape, origin: v.Origin | None = None) -> v.Value:
    """``x.shape`` as a value; ``origin`` is that of ``x`` where it is a tracer."""
    unknown = v.Static("int", length_of=origin)
    if shape is None:
        return v.Seq("tuple", None, unknown)
    return v.Seq("tuple", tuple(unknown if size is None else v.Const(size) for size in shape))


def _array_attribute(machine: Machine, frame: Frame, base: v.Array, name: str, node: Node) -> v.Value:
    outdated.note_array_attribute(machine, frame, name, node)
    if name == "shape":
        return shape_value(base.shape, base.origin if base.stage is v.Stage.TRACED else None)
    if name == "ndim":
        return v.Static("int") if base.shape is None else v.Const(len(base.shape))
    if name in ("size", "nbytes", "itemsize"):
        return _size(base.shape) if name == "size" else v.Static("int")
    if name == "at":
        return v.At(base)
    if name in ("T", "mT"):
        shape = base.shape
        if shape is not None:
            shape = shape[::-1] if name == "T" else (*shape[:-2], *shape[:-3:-1])
        return replace(base, stage=max(base.stage, frame.trace.stage), shape=shape)
    kind = array_attribute(name)
    if kind == "static":
        return v.Static(None)
    if kind == "array":
        dtype = None if base.dtype is None or base.dtype.kind == "c" else base.dtype
        return replace(base, stage=max(base.stage, frame.trace.stage), shape=base.shape, dtype=dtype)
    if name in AT_METHODS and kind is None:
        machine.report(AtMisuse(node, frame, base, "no-at"))
        return v.UNKNOWN
    return v.BoundLibrary(base, name)


def _size(shape: v.Shape) -> v.Value:
    if shape is None or None in shape:
        return v.Static("int")
    total = 1
    for size in shape:
        total *= size or 0
    return v.Const(total)


def _tree_attribute(machine: Machine, frame: Frame, base: v.Tree, name: str, node: Node) -> v.Value:
    """A name that arrays have makes the tree an array; any other may be a static field."""
    if name in _TREE_METHODS:
        return v.BoundLibrary(base, name)
    is_method = array_method(name) is not None and name not in COMMON_ATTRIBUTES
    if name == "at" or is_method or array_attribute(name) in ("static", "array"):
        return _array_attribute(machine, frame, v.Array(base.stage, None, None, base.origin), name, node)
    return v.UNKNOWN


def _instance_attribute(machine: Machine, frame: Frame, base: v.Instance, name: str, node: Node) -> v.Value:
    value = base.get(name)
    if value is not None:
        value = machine.resolve(value)
        if frame.trace.stage is v.Stage.TRACED:
            staleness.attribute_read(machine, frame, node, base, name, value)
        return part_of(base, value)
    value = class_attribute(machine, base.cls, name)
    if value is None:
        if name == "replace" and "replace" in base.cls.traits:
            return v.Partial(v.Library("dataclasses.replace"), (base,))
        return machine.library_member(frame, base, name, node) or v.UNKNOWN
    if "decorated" in base.cls.traits and any(name in one.annotations for one in mro(base.cls)):
        return v.UNKNOWN  # a default, if the decorator makes a dataclass of the class
    if frame.trace.stage is v.Stage.TRACED:
        staleness.attribute_read(machine, frame, node, base, name, value)
    return bind_method(machine, frame, base, of_class(machine, frame, base.cls, value), node)


def bind_method(machine: Machine, frame: Frame, receiver: v.Value, value: v.Value, node: Node) -> v.Value:
    """What an attribute found in a class is on an object of it."""
    kind = static_method_kind(value)
    if kind is not None and isinstance(value, v.Partial):
        # ``property(fget=…)`` names what decorators are given by position.
        wrapped = value.args[0] if value.args else dict(value.kwargs).get("fget", v.UNKNOWN)
        if kind == "class":
            return v.Bound(wrapped, receiver.cls if isinstance(receiver, v.Instance) else receiver)
        if kind == "static":
            return wrapped
        args = Args((receiver,), pos_nodes=(None,))
        if value.function == v.Library("functools.cached_property"):
            return caching.read_property(machine, frame, wrapped, args, node)
        return machine.call(frame, wrapped, args, node)
    if isinstance(value, (v.Function, v.Transformed, v.Cached)):
        return v.Bound(value, receiver)
    if (
        isinstance(value, v.Partial)
        and isinstance(value.function, v.Library)
        and value.function.dotted == "functools.partialmethod"
        and value.args
    ):
        return v.Partial(v.Bound(value.args[0], receiver), value.args[1:], value.kwargs)
    if isinstance(value, v.Instance) and class_attribute(machine, value.cls, "__get__") is not None:
        return v.UNKNOWN  # a descriptor decides what its attribute is
    return value


def _class_attribute(machine: Machine, frame: Frame, base: v.Class, name: str, node: Node) -> v.Value:
    if name == "__name__":
        return v.Const(base.name)
    value = class_attribute(machine, base, name)
    if value is None:
        return machine.library_member(frame, base, name, node) or v.UNKNOWN
    if frame.trace.stage is v.Stage.TRACED:
        staleness.attribute_read(machine, frame, node, base, name, value)
    kind = static_method_kind(value)
    if kind == "class" and isinstance(value, v.Partial):
        return v.Bound(value.args[0], base)
    if kind == "static" and isinstance(value, v.Partial):
        return value.args[0]
    if is_enum(base) and isinstance(value, (v.Const, v.Static, v.Unknown)) and not name.startswith("_"):
        return v.Instance(base, (("name", v.Const(name)), ("value", value)), is_open=True)
    if "foreign" in base.traits and isinstance(value, (v.Const, v.Static, v.Seq, v.Dict)):
        return v.UNKNOWN  # a metaclass may have made something else of it, such as a member
    return v.UNKNOWN if kind == "property" else of_class(machine, frame, base, value)


def of_class(machine: Machine, frame: Frame, cls: v.Class, value: v.Value) -> v.Value:
    """A list or dict in the body of a class of some module outlives all traces."""
    is_container = frame.trace.level and isinstance(value, (v.Seq, v.Dict))
    return from_outside(value, 0) if is_container and is_of_module(machine, cls) else value


def _numpy_attribute(base: v.NumPyArray, name: str) -> v.Value:
    if name == "shape":
        return shape_value(base.shape)
    if name == "ndim":
        return v.Static("int") if base.shape is None else v.Const(len(base.shape))
    if name == "size":
        return _size(base.shape)
    if name == "T":
        return replace(base, shape=None if base.shape is None else base.shape[::-1])
    if name in ("dtype", "nbytes", "itemsize", "flags"):
        return v.Static(None)
    return v.BoundLibrary(base, name)


def _container_attribute(base: v.Seq | v.Dict, name: str) -> v.Value:
    kind = base.kind if isinstance(base, v.Seq) else "dict"
    if isinstance(base, v.Seq) and base.cls is not None:
        return _named_tuple_attribute(base, name)
    return v.BoundLibrary(base, name) if name in _CONTAINER_METHODS.get(kind, "").split() else v.UNKNOWN


def _named_tuple_attribute(base: v.Seq, name: str) -> v.Value:
    assert base.cls is not None
    fields = [field for field, _, _ in base.cls.fields or ()]
    if name in fields:
        return part_of(base, base.items[fields.index(name)]) if base.items is not None else v.UNKNOWN
    if name == "_replace":
        return v.BoundLibrary(base, "_replace")
    if name == "_fields":
        return v.Seq("tuple", tuple(map(v.Const, fields)))
    method = base.cls.namespace.get(name)
    if isinstance(method, (v.Function, v.Transformed)):
        return v.Bound(method, base)
    return v.UNKNOWN


def _at_attribute(machine: Machine, frame: Frame, base: v.At, name: str, node: Node) -> v.Value:
    if base.index is not None and name in AT_METHODS:
        return v.BoundLibrary(base, name)
    problem = "no-index" if base.index is None else f"method:{name}"
    machine.report(AtMisuse(node, frame, base.array, problem))
    return v.UNKNOWN


def _static_attribute(base: v.Const | v.Static, name: str) -> v.Value:
    kind = base.type.__name__ if isinstance(base, v.Const) else base.kind
    if kind == "str":
        return v.BoundLibrary(base, name)
    return v.Static(None) if kind in ("int", "float", "complex") and name in ("real", "imag") else v.UNKNOWN
