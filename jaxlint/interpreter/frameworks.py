"""Objects and functions of libraries around JAX, as the tables of `knowledge.libraries` specify them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.inspection import stage_of
from jaxlint.interpreter import draws, likely, modules, pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import instantiate, library_bases
from jaxlint.interpreter.made_classes import library_class
from jaxlint.interpreter.operators import result_origin
from jaxlint.interpreter.still import draws_nothing
from jaxlint.knowledge import libraries
from jaxlint.knowledge.dtypes import Dtype
from jaxlint.knowledge.libraries import Result, Specification
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

FLOAT32 = Dtype("f32")


@dataclass(slots=True, eq=False)
class LibraryCall:
    """One call of something that the tables specify; ``receiver`` is the object whose method it is."""

    machine: Machine
    frame: Frame
    name: str
    receiver: v.Value | None
    specification: Specification
    args: Args
    node: n.Node

    @property
    def stage(self) -> v.Stage:
        """The stage of arrays that come out."""
        own = v.Stage.CONCRETE if self.receiver is None else stage_of(self.receiver)
        return max(own, self.frame.trace.stage, *map(stage_of, self.args.values()), v.Stage.CONCRETE)

    @property
    def origin(self) -> v.Origin | None:
        """Why they are traced."""
        own = () if self.receiver is None else (self.receiver,)
        return result_origin(self.frame, *self.args.values(), *own) if self.stage else None

    def get(self, name: str) -> v.Value | None:
        """An argument of this call, or of the one that made the receiver."""
        parameters = self.specification.parameters
        if name in self.args.kw:
            return self.args.kw[name]
        if name in parameters and parameters.index(name) < len(self.args.pos):
            return self.args.pos[parameters.index(name)]
        if isinstance(self.receiver, (v.Instance, v.LibraryInstance)):
            return self.receiver.get(name)
        return None

    def rest(self, *options: str) -> Args:
        """The arguments behind those that the specification names; ``options`` are keywords to leave out."""
        count = len(self.specification.parameters)
        dropped = {*self.specification.parameters, *options}
        return replace(
            self.args,
            pos=self.args.pos[count:],
            pos_nodes=self.args.pos_nodes[count:],
            kw={name: value for name, value in self.args.kw.items() if name not in dropped},
        )

    def array(self, shape: v.Shape = None, dtype: Dtype | None = None) -> v.Value:
        """An array that comes out of this call."""
        return v.Array(self.stage, shape, dtype, self.origin)

    def tree(self) -> v.Value:
        """One array or a container of arrays that comes out of this call."""
        return v.Tree(self.stage, self.origin) if self.stage else v.UNKNOWN

    def value(self) -> v.Value:
        """What the call gives."""
        values = tuple(_value(self, result) for result in self.specification.results)
        return values[0] if len(values) == 1 else v.Seq("tuple", values)


def call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value | None:
    """Call a function or class of a library; None where the tables do not know it."""
    specification = libraries.call(dotted)
    if specification is not None:
        likely.note_call(machine, frame, dotted, args, node, specification.parameters)
        owner = v.Library(dotted.rpartition(".")[0]) if specification.results[0].kind == "new" else None
        return LibraryCall(machine, frame, dotted, owner, specification, args, node).value()
    cls = library_class(machine, frame, dotted, node)
    return None if cls is None else instantiate(machine, frame, cls, args, node)


def call_object(
    machine: Machine, frame: Frame, receiver: v.LibraryInstance, args: Args, node: n.Node
) -> v.Value:
    """Call an object of a library."""
    return call_method(machine, frame, receiver, "__call__", args, node)


def call_method(
    machine: Machine, frame: Frame, receiver: v.Value, name: str, args: Args, node: n.Node
) -> v.Value:
    """Call a method that an object, or a class of the project, has from a library."""
    classes = _library_classes(receiver)
    value: v.Value = v.UNKNOWN
    for base in classes:
        specification = libraries.method(base, name)
        if specification is not None:
            value = LibraryCall(machine, frame, name, receiver, specification, args, node).value()
            break
    if name == "apply" and draws_nothing(machine, receiver):
        return value
    return draws.call_method(machine, frame, classes, name, args, node, value)


def member(machine: Machine, frame: Frame, base: v.Value, name: str, node: n.Node) -> v.Value | None:
    """What an object or class has from a library under ``name``; None where the tables do not say."""
    for cls in _library_classes(base):
        if libraries.method(cls, name) is not None:
            return v.BoundLibrary(base, name)
        attribute = libraries.attribute(cls, name)
        if attribute is not None:
            specification = Specification((), False, (attribute,))
            return LibraryCall(machine, frame, name, base, specification, Args(), node).value()
    return None


def _library_classes(value: v.Value) -> list[str]:
    if isinstance(value, v.LibraryInstance):
        return [value.dotted]
    if isinstance(value, v.Instance):
        return library_bases(value.cls)
    return library_bases(value) if isinstance(value, v.Class) else []


# --- results -------------------------------------------------------------------------------------


def _value(call: LibraryCall, result: Result) -> v.Value:
    """One value that a specification speaks of."""
    kind = result.kind
    if kind in ("array", "scalar"):
        return call.array(() if kind == "scalar" else None)
    if kind == "arrays":
        return v.Seq("tuple", None, call.array())
    if kind == "static":
        return v.Static(result.name or None)
    if kind == "shape":
        return v.Seq("tuple", None, v.Static("int"))
    if kind == "none":
        return v.Const(None)
    if kind == "tree":
        return call.tree()
    if kind == "rule":
        return modules.RULES[result.name](call)
    make = _VALUES.get(kind)
    return v.UNKNOWN if make is None else make(call, result)


def _like(call: LibraryCall, result: Result) -> v.Value:
    known = call.get(result.name)
    if known is None or known is v.UNKNOWN:
        return call.tree()
    return pytrees.returned(known, call.stage, call.origin, keeps_numbers=True)


def _shaped(call: LibraryCall, result: Result) -> v.Value:
    """An array whose shape follows from that of an argument."""
    known = call.get(result.name)
    dtype = known.dtype if isinstance(known, v.Array) and known.dtype == FLOAT32 else None
    if call.get("dtype") is not None or call.get("param_dtype") is not None:
        dtype = None
    if not isinstance(known, (v.Array, v.NumPyArray)) or known.shape is None:
        return call.array(None, dtype)
    shape = known.shape if result.kind == "leading" else (None,) * len(known.shape)
    word = result.last.strip("+?")
    if not word:
        return call.array(shape, dtype)
    last = call.get(word)
    if last is None and result.last.endswith("?"):
        return call.array(shape, dtype)
    if result.last.startswith("+"):
        return call.array((*shape, _size(last)), None)
    return call.array((*shape[:-1], _size(last)) if shape else None, dtype)


def _size(value: v.Value | None) -> int | None:
    return value.value if isinstance(value, v.Const) and isinstance(value.value, int) else None


def _filled(call: LibraryCall, result: Result) -> v.Value:
    """An array of a shape that is given."""
    shape = call.get(result.name)
    if isinstance(shape, v.Const) and isinstance(shape.value, int):
        return call.array((shape.value,))
    if isinstance(shape, v.Seq) and shape.items is not None:
        return call.array(tuple(map(_size, shape.items)))
    return call.array()


def _if_given(call: LibraryCall, result: Result) -> v.Value:
    known = call.get(result.name)
    if known is None and call.args.star_star is None:
        return call.array()
    return call.array() if known == v.Const(None) else known or v.UNKNOWN


def _object(call: LibraryCall, result: Result) -> v.Value:
    names = [*call.specification.parameters, *call.args.kw]
    fields = tuple((name, known) for name in dict.fromkeys(names) if (known := call.get(name)) is not None)
    return v.LibraryInstance(result.name or call.name, fields)


def _new(call: LibraryCall, _result: Result) -> v.Value:
    """An object of the class that the call is made on, its fields given by keywords."""
    cls = call.receiver
    if isinstance(cls, v.Library):
        cls = library_class(call.machine, call.frame, cls.dotted, call.node)
    if not isinstance(cls, v.Class) or cls.fields is None:
        return v.UNKNOWN
    made = v.Instance(cls, (), is_open=call.args.star_star is not None)
    for name, default, _ in cls.fields:
        unknown = v.UNKNOWN if default is None else default
        made = made.replace(name, call.args.kw.get(name, unknown))
    return made


_VALUES: dict[str, Callable[[LibraryCall, Result], v.Value]] = {
    "like": _like,
    "leading": _shaped,
    "rank": _shaped,
    "filled": _filled,
    "if given": _if_given,
    "object": _object,
    "new": _new,
    "library": lambda _call, result: v.Library(result.name),
    "self": lambda call, _result: v.UNKNOWN if call.receiver is None else call.receiver,
}


def object_of(machine: Machine, frame: Frame, dotted: str, node: n.Node) -> v.Value | None:
    """An object of which only the library's class is known; None where the tables do not know the class."""
    cls = library_class(machine, frame, dotted, node)
    if cls is not None:
        fields = ((name, _field(kind)) for name, kind in libraries.fields(dotted) or ())
        return v.Instance(cls, tuple(fields), is_open=True)
    return v.LibraryInstance(dotted) if libraries.is_class(dotted) else None


def _field(kind: Result) -> v.Value:
    if kind.kind == "object":
        return v.LibraryInstance(kind.name)
    return v.Array(v.Stage.CONCRETE) if kind.kind == "array" else v.UNKNOWN
