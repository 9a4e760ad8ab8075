"""What JAX makes of the parts of a value: leaves that are no JAX type, and values without a hash."""

from __future__ import annotations

from jaxlint import values as v
from jaxlint.knowledge.dtypes import SHORT_NAMES
from jaxlint.knowledge.functions import function
from jaxlint.knowledge.transforms import transform

_NUMBERS = (bool, int, float, complex)

# Traits that leave open what JAX makes of an instance.
_OPEN = frozenset({"open", "pytree", "static", "module", "decorated", "namedtuple"})


def foreign_leaf(value: v.Value) -> v.Value | None:
    """A part of ``value`` that certainly is no JAX type; None where there is none, or it is not certain."""
    if isinstance(value, v.Union):
        leaves = [foreign_leaf(option) for option in value.options]
        return leaves[0] if None not in leaves else None
    if isinstance(value, v.Seq):
        if value.kind in ("set", "frozenset"):
            return value
        parts = value.items if value.items is not None else (value.element,)
    elif isinstance(value, v.Dict):
        parts = tuple(entry for _, entry in value.items)
    elif isinstance(value, v.Instance):
        if "pytree" not in value.cls.traits:
            is_certain = is_plain_class(value.cls) or is_enum(value.cls) or _is_linen(value.cls)
            may_be_derived = is_abstract(value.cls) or (value.is_open and _is_template(value.cls))
            return value if is_certain and not may_be_derived else None
        parts = _data(value)
    else:
        return value if _is_foreign(value) else None
    return next((leaf for part in parts if (leaf := foreign_leaf(part)) is not None), None)


def _is_template(cls: v.Class) -> bool:
    """Whether a class is there to be derived from: what it annotates is of another class."""
    return any(v.Library(name) in cls.bases for name in ("abc.ABC", "typing.Protocol"))


def _data(value: v.Instance) -> tuple[v.Value, ...]:
    """The fields that JAX sees of a pytree."""
    if "custom" in value.cls.traits:
        return ()
    data = {name for name, _, is_static in value.cls.fields or () if not is_static}
    return tuple(entry for name, entry in value.fields if name in data)


def _is_foreign(value: v.Value) -> bool:
    if isinstance(value, v.Const):
        return value.value is not None and not isinstance(value.value, _NUMBERS)
    if isinstance(value, v.Static):
        return value.kind == "str"
    if isinstance(value, v.Library):
        return is_library_function(value.dotted) or _is_dtype(value.dotted)
    if isinstance(value, v.Iter):
        return not value.is_view
    kinds = (v.Function, v.Bound, v.Transformed, v.Class, v.ModuleValue, v.Range, v.SliceValue)
    return isinstance(value, kinds)


def is_library_function(dotted: str) -> bool:
    """Whether a library's name is known to be that of a function."""
    return function(dotted) is not None or transform(dotted) is not None


def _is_dtype(dotted: str) -> bool:
    namespace, _, name = dotted.rpartition(".")
    return namespace in ("jax.numpy", "numpy") and name in SHORT_NAMES


def describe_leaf(value: v.Value) -> str:
    """What a leaf that is no JAX type is, as a message says it."""
    if isinstance(value, v.Const):
        name = value.type.__name__
        return {"str": "a string", "bytes": "a bytes object"}.get(name, f"an object of type `{name}`")
    if isinstance(value, v.Static):
        return "a string"
    if isinstance(value, v.Instance):
        what = "a member" if is_enum(value.cls) else "an instance"
        return f"{what} of `{value.cls.name}`, which is no pytree"
    if isinstance(value, v.Library):
        return "a function" if is_library_function(value.dotted) else "a dtype"
    for kind, text in _WORDS.items():
        if isinstance(value, kind):
            return text
    return "a function"


_WORDS: dict[type[v.Value], str] = {
    v.Iter: "an iterator",
    v.Seq: "a set",
    v.Class: "a class",
    v.ModuleValue: "a module",
    v.Range: "a `range`",
    v.SliceValue: "a slice",
}


def bases(cls: v.Class) -> list[v.Class]:
    """The class and its bases in the project, the class first."""
    result = [cls]
    for base in cls.bases:
        if isinstance(base, v.Class):
            result += [one for one in bases(base) if one not in result]
    return result


def is_enum(cls: v.Class) -> bool:
    """Whether a class is an enumeration whose members are nothing else, such as numbers, besides."""
    outside = [base for one in bases(cls) for base in one.bases if not isinstance(base, v.Class)]
    return outside == [v.Library("enum.Enum")]


def _is_linen(cls: v.Class) -> bool:
    """Whether a class is a module of flax.linen: those hold settings, and no parameters."""
    return any(v.Library("flax.linen.Module") in one.bases for one in bases(cls))


def is_abstract(cls: v.Class) -> bool:
    """Whether a class leaves methods to its subclasses, so that no object is of that class itself."""
    return "abstract" in cls.traits


def is_plain_class(cls: v.Class) -> bool:
    """Whether objects of a class are certainly neither pytrees nor arrays to JAX."""
    for one in bases(cls):
        hooks = {"__init_subclass__", "__jax_array__", "__array__"} & one.namespace.keys()
        if hooks or _OPEN & one.traits or any(base.keyword or base.star for base in one.node.bases):
            return False
    return True


def has_identity(cls: v.Class) -> bool:
    """Whether an object of a class certainly equals no other object."""
    defined = {"__eq__", "__hash__"}
    if not is_plain_class(cls) or ("dataclass" in cls.traits and "by-identity" not in cls.traits):
        return False
    return not any(defined & one.namespace.keys() for one in bases(cls))


def unhashable_part(value: v.Value) -> v.Value | None:
    """The part of ``value`` that certainly has no hash, or None."""
    if isinstance(value, v.Union):
        parts = [unhashable_part(option) for option in value.options]
        return parts[0] if None not in parts else None
    if isinstance(value, (v.Dict, v.Array)) or (isinstance(value, v.NumPyArray) and value.shape):
        return value  # what NumPy gives without dimensions is a number as a rule
    if isinstance(value, v.Seq):
        return _first_unhashable(value.items or ()) if value.kind in ("tuple", "frozenset") else value
    if isinstance(value, v.Instance):
        return _unhashable_instance(value)
    return None


def _first_unhashable(parts: tuple[v.Value, ...]) -> v.Value | None:
    return next((part for one in parts if (part := unhashable_part(one)) is not None), None)


def _unhashable_instance(value: v.Instance) -> v.Value | None:
    """Python takes ``__hash__`` from a class that defines ``__eq__`` alone, as dataclasses do."""
    for cls in bases(value.cls):
        if cls.namespace.get("__hash__") is not None:
            return value if cls.namespace["__hash__"] == v.Const(None) else None
        if "dataclass" in cls.traits and cls.node is value.cls.node:
            options = cls.traits & {"frozen", "hashed", "by-identity"}
            if "__eq__" in cls.namespace or not options:
                return value
            return (
                _first_unhashable(tuple(entry for _, entry in value.fields)) if "frozen" in options else None
            )
        if "__eq__" in cls.namespace:
            return value
        if {"open", "decorated"} & cls.traits:
            return None
    return None
