"""Classes of the project: making them, looking attributes up, making objects of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.frames import EAGER, Env, Frame
from jaxlint.interpreter.functions import enclosing_function
from jaxlint.interpreter.histories import HISTORY
from jaxlint.interpreter.made_classes import library_fields
from jaxlint.interpreter.usage import names_reference
from jaxlint.knowledge.frameworks import (
    base_class_traits,
    decorator_traits,
    is_static_annotation,
    static_field_option,
)
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.machine import Machine

RunBlock = Callable[["Machine", Frame, tuple[n.Stmt, ...]], bool]


class Super(v.Value):
    """``super()``: attributes are looked up behind ``owner`` and bound to ``receiver``."""

    __slots__ = ("owner", "receiver")

    def __init__(self, owner: v.Class, receiver: v.Value) -> None:
        self.owner = owner
        self.receiver = receiver


def make_class(machine: Machine, frame: Frame, node: n.ClassDef, run_block: RunBlock) -> v.Class:
    """Run a class statement (without its decorators)."""
    bases = tuple(
        _unsubscripted(machine.eval(frame, arg.value))
        for arg in node.bases
        if arg.keyword is None and not arg.star
    )
    cls = v.Class(node, frame.module, bases, {}, {})
    code = n.Code(node, "<class>", (), node.body, bound=frozenset(_bound_names(node)))
    inner = Frame(code, frame.module, {}, frame.trace, enclosing_function(frame), cls)
    run_block(machine, inner, node.body)
    cls.namespace.update((name, value) for name, value in inner.env.items() if name != HISTORY)
    traits = _inherited_traits(bases) - {"abstract"}
    if _leaves_methods(cls):
        traits.add("abstract")
    cls.traits = frozenset(traits)
    if "fields" in cls.traits:
        cls.fields = _fields(cls)
    return cls


def _leaves_methods(cls: v.Class) -> bool:
    """Whether some method of a class is only declared, for its subclasses to define."""
    methods: dict[str, n.FunctionDef] = {}
    for one in mro(cls):
        for statement in one.node.body:
            if isinstance(statement, n.FunctionDef):
                methods.setdefault(statement.name, statement)
    decorators = [decorator for method in methods.values() for decorator in method.decorators]
    return any(last_name(decorator) == "abstractmethod" for decorator in decorators)


def _unsubscripted(base: v.Value) -> v.Value:
    """A generic class of the project as a base: ``Base[int]`` has the attributes of ``Base``."""
    is_generic = isinstance(base, v.Partial) and isinstance(base.function, v.Class)
    return base.function if is_generic and isinstance(base, v.Partial) else base


def _bound_names(node: n.ClassDef) -> set[str]:
    names = set()
    for statement in node.body:
        if isinstance(statement, (n.FunctionDef, n.ClassDef)):
            names.add(statement.name)
        elif isinstance(statement, n.Assign):
            names.update(target.id for target in statement.targets if isinstance(target, n.Name))
        elif isinstance(statement, n.AnnAssign) and isinstance(statement.target, n.Name):
            names.add(statement.target.id)
    return names


_NOT_KNOWN = frozenset({"open", "foreign"})


def _inherited_traits(bases: tuple[v.Value, ...]) -> set[str]:
    """Facts about a class that follow from what it inherits from."""
    traits: set[str] = set()
    for base in bases:
        if isinstance(base, v.Class):
            traits |= base.traits
        elif isinstance(base, (v.Library, v.Partial)):
            library = base.function if isinstance(base, v.Partial) else base
            traits |= base_class_traits(library.dotted) if isinstance(library, v.Library) else _NOT_KNOWN
        else:
            traits |= _NOT_KNOWN
    return traits


def decorate(machine: Machine, frame: Frame, value: v.Value, decorator: n.Expr) -> v.Value:
    """Apply a class decorator: those that make dataclasses and pytrees are known, others keep the class."""
    called = machine.eval(frame, decorator)
    if not isinstance(value, v.Class):
        return v.UNKNOWN
    target, options = called, dict[str, v.Value]()
    if isinstance(called, v.Partial):
        target, options = called.function, dict(called.kwargs)
    elif isinstance(called, v.LibraryInstance):
        target = v.Library(called.dotted)
    if isinstance(target, v.Library):
        add_traits(value, decorator_traits(target.dotted) or _unknown_decorator(target.dotted))
        if target.dotted == "dataclasses.dataclass":
            add_traits(value, _dataclass_traits(options))
        note_declared_fields(value, options)
    else:
        add_traits(value, {"decorated"})
    return value


# Decorators that leave a class what it is to JAX.
_HARMLESS = frozenset({"functools.total_ordering", "typing.final", "typing.runtime_checkable"})


def _unknown_decorator(dotted: str) -> frozenset[str]:
    return frozenset() if dotted in _HARMLESS else frozenset({"decorated"})


_DATACLASS_OPTIONS = {
    "frozen": ("frozen", True),
    "unsafe_hash": ("hashed", True),
    "eq": ("by-identity", False),
}


def _dataclass_traits(options: dict[str, v.Value]) -> set[str]:
    """How objects of a dataclass compare, and whether they have a hash."""
    traits = {"dataclass"}
    for option, value in options.items():
        trait, wanted = _DATACLASS_OPTIONS.get(option, ("", None))
        if trait and (not isinstance(value, v.Const) or value.value is wanted):
            traits.add(trait)
    return traits


def add_traits(cls: v.Class, traits: frozenset[str] | set[str]) -> None:
    """Record facts about a class that a decorator or a registration adds."""
    cls.traits = cls.traits | frozenset(traits)
    flatten = cls.namespace.get("tree_flatten")
    if "custom" in traits and isinstance(flatten, v.Function):
        cls.data_fields = flattened_fields(flatten.code)
    if "fields" in cls.traits:
        cls.fields = _fields(cls)


def flattened_fields(code: n.Code) -> frozenset[str] | None:
    """The attributes that a flattening function gives to JAX as children; None where that is not seen."""
    names: set[str] = set()
    children = {
        target.id: statement.value
        for statement in code.body
        if isinstance(statement, n.Assign)
        for target in statement.targets
        if isinstance(target, n.Name)
    }
    for statement in code.body:
        if isinstance(statement, n.Return) and isinstance(statement.value, n.Display):
            first: n.Expr | None = statement.value.elements[0]
            if isinstance(first, n.Name):
                first = children.get(first.id)
            for node in walk(first) if first is not None else ():
                if isinstance(node, n.Attribute) and isinstance(node.value, n.Name) and code.params:
                    names.update({node.attr} if node.value.id == code.params[0].name else ())
    return frozenset(names) if names else None


def note_declared_fields(cls: v.Class, options: dict[str, v.Value]) -> None:
    """``register_dataclass(data_fields=…, meta_fields=…)`` says which fields are static."""
    meta = options.get("meta_fields")
    if isinstance(meta, v.Seq) and meta.items is not None and cls.fields is not None:
        names = {item.value for item in meta.items if isinstance(item, v.Const)}
        cls.fields = tuple((name, default, static or name in names) for name, default, static in cls.fields)


def _fields(cls: v.Class) -> tuple[tuple[str, v.Value | None, bool], ...]:
    """Name, default and staticness of each dataclass field, inherited ones first."""
    fields: dict[str, tuple[str, v.Value | None, bool]] = {}
    for base in cls.bases:
        if isinstance(base, v.Class):
            fields.update({field[0]: field for field in base.fields or ()})
        elif isinstance(base, v.Library):
            fields.update({field[0]: field for field in library_fields(base.dotted)})
    for name, annotation in cls.annotations.items():
        if _head(annotation) == v.Library("typing.ClassVar"):
            continue
        default = cls.namespace.get(name)
        static = _says_static(annotation) or (isinstance(default, v.Partial) and _is_static_field(default))
        fields[name] = (name, _default_of(default), static)
    return tuple(fields.values())


def _head(annotation: v.Value) -> v.Value:
    """``ClassVar`` of ``ClassVar[int]``."""
    return annotation.function if isinstance(annotation, v.Partial) else annotation


def _says_static(annotation: v.Value) -> bool:
    base = _head(annotation)
    return isinstance(base, v.Library) and is_static_annotation(base.dotted)


def _is_static_field(field: v.Partial) -> bool:
    """Whether a field's description says that JAX does not see it as data."""
    option = static_field_option(field.function.dotted) if isinstance(field.function, v.Library) else None
    if option is None:
        return False
    keyword, wanted = option
    options = dict(field.kwargs)
    metadata = options.get("metadata")
    in_metadata = isinstance(metadata, v.Dict) and metadata.get(keyword) == v.Const(wanted)
    return not keyword or in_metadata or options.get(keyword) == v.Const(wanted)


# What the usual factories of fields make.
_MADE: dict[v.Value, v.Value] = {
    v.Library("builtins.list"): v.Seq("list", ()),
    v.Library("builtins.dict"): v.Dict(()),
}


def _default_of(value: v.Value | None) -> v.Value | None:
    """The default that ``field(default=…)`` stands for."""
    if isinstance(value, v.Partial):
        options = dict(value.kwargs)
        if "default" in options:
            return options["default"]
        factory = options.get("default_factory", options.get("factory"))
        return _MADE.get(factory, v.UNKNOWN) if factory is not None else None
    return value


# --- attributes ----------------------------------------------------------------------------------


def mro(cls: v.Class) -> list[v.Class]:
    """The class and its bases in the project, in the order in which attributes are looked up."""
    result: list[v.Class] = [cls]
    for base in cls.bases:
        if isinstance(base, v.Class):
            result += [other for other in mro(base) if other not in result]
    return result


def class_attribute(machine: Machine, cls: v.Class, name: str) -> v.Value | None:
    """The attribute as it stands in the class or a base of it; None if there is none in the project."""
    for one in mro(cls):
        value = one.namespace.get(name)
        if value is not None:
            return machine.resolve(value)
    return None


def library_bases(cls: v.Class) -> list[str]:
    """The dotted names of the library classes that a class inherits from."""
    bases = (base for one in mro(cls) for base in one.bases)
    plain = (base.function if isinstance(base, v.Partial) else base for base in bases)
    return [base.dotted for base in plain if isinstance(base, v.Library)]


def is_of_module(machine: Machine, cls: v.Class) -> bool:
    """Whether a class is defined at the top level of its module."""
    return machine.module_frame(cls.module).env.get(cls.name) is cls


def is_open_class(cls: v.Class) -> bool:
    """Whether the class may have attributes that the project does not show."""
    return any(not isinstance(base, v.Class) for one in mro(cls) for base in one.bases)


_WRAPPERS = {
    "builtins.property": "property",
    "functools.cached_property": "property",
    "builtins.staticmethod": "static",
    "builtins.classmethod": "class",
    "jax.numpy.property": "property",
}


def static_method_kind(value: v.Value) -> str | None:
    """``"property"``, ``"static"`` or ``"class"`` for a wrapped method."""
    if isinstance(value, v.Partial) and isinstance(value.function, v.Library):
        return _WRAPPERS.get(value.function.dotted)
    return None


# --- objects -------------------------------------------------------------------------------------


def instantiate(machine: Machine, frame: Frame, cls: v.Class, args: Args, node: n.Node) -> v.Value:
    """``cls(*args)``."""
    machine.log.forget_objects(cls)
    if "namedtuple" in cls.traits:
        return _named_tuple(cls, args)
    init = class_attribute(machine, cls, "__init__")
    instance = v.Instance(cls, (), is_open=is_open_class(cls))
    if isinstance(init, v.Function):
        return _initialised(machine, frame, instance, init, args, node)
    if cls.fields is not None:
        return _with_fields(machine, frame, instance, args, node)
    return instance


def _initialised(
    machine: Machine, frame: Frame, instance: v.Instance, init: v.Function, args: Args, node: n.Node
) -> v.Value:
    result = machine.call_function(frame, init, args.prepend(instance), node, frame.trace)
    name = init.code.params[0].name if init.code.params else ""
    changed = result.changed.get(name, instance)
    return changed if isinstance(changed, v.Instance) else v.Instance(instance.cls, (), is_open=True)


def _with_fields(machine: Machine, frame: Frame, instance: v.Instance, args: Args, node: n.Node) -> v.Value:
    """The ``__init__`` that a dataclass gets."""
    fields = instance.cls.fields or ()
    values: dict[str, v.Value] = {}
    for (name, default, _), index in zip(fields, range(len(fields)), strict=True):
        if index < len(args.pos):
            values[name] = args.pos[index]
        elif name in args.kw:
            values[name] = args.kw[name]
        elif args.star is not None or args.star_star is not None or default is None:
            values[name] = v.UNKNOWN
        else:
            values[name] = default
    made: v.Value = v.Instance(instance.cls, tuple(values.items()), instance.is_open)
    made = _run_on(machine, frame, made, "__post_init__", node)
    # A linen module runs ``setup`` before its first method; here it does when it is made.
    return set_up(machine, frame, made, node) if isinstance(made, v.Instance) else made


def set_up(machine: Machine, frame: Frame, made: v.Instance, node: n.Node) -> v.Value:
    """An object as the methods of its class find it, its parameters made in ``frame``."""
    return _run_on(machine, frame, made, "setup", node) if "linen" in made.cls.traits else made


def _run_on(machine: Machine, frame: Frame, made: v.Value, name: str, node: n.Node) -> v.Value:
    """An object after a method without arguments, if its class has it."""
    method = class_attribute(machine, made.cls, name) if isinstance(made, v.Instance) else None
    if not isinstance(method, v.Function) or not method.code.params:
        return made
    result = machine.call_function(frame, method, Args((made,)), node, frame.trace)
    return result.changed.get(method.code.params[0].name, made)


def _named_tuple(cls: v.Class, args: Args) -> v.Value:
    items = []
    for index, (name, default, _) in enumerate(cls.fields or ()):
        if index < len(args.pos):
            items.append(args.pos[index])
        else:
            items.append(
                args.kw.get(name, default if default is not None and args.star is None else v.UNKNOWN)
            )
    return v.Seq("tuple", tuple(items), v.UNKNOWN, cls)


def generic_instance(machine: Machine, cls: v.Class) -> v.Value:
    """An object of which only the class is known.

    Its attributes are those that ``__init__`` sets on unknown arguments; what other methods set as well
    is unknown, for nobody knows when they run.
    """
    known = machine.instances.get(cls)
    if known is not None:
        return known
    machine.instances[cls] = v.Instance(cls, (), is_open=True)  # for classes that refer to themselves
    made = _generic(machine, cls)
    machine.instances[cls] = made
    return made


def _generic(machine: Machine, cls: v.Class) -> v.Instance:
    init = class_attribute(machine, cls, "__init__")
    fields: dict[str, v.Value] = {}
    if isinstance(init, v.Function) and init.code.params:
        frame = Frame(init.code, init.module, {}, EAGER)
        blank = v.Instance(cls, (), is_open=True)
        positional = [v.UNKNOWN for param in init.code.params[1:] if param.kind in ("pos", "normal")]
        keywords: Env = {param.name: v.UNKNOWN for param in init.code.params if param.kind == "kw"}
        args = Args((blank, *positional), keywords)
        result = machine.call_function(frame, init, args, cls.node, EAGER)
        made = result.changed.get(init.code.params[0].name)
        fields = dict(made.fields) if isinstance(made, v.Instance) else {}
    elif cls.fields is not None:
        fields = _annotated_fields(machine, cls)
        frame = Frame(n.Code(cls.node, "<module>", (), ()), cls.module, {}, EAGER)
        made = set_up(machine, frame, v.Instance(cls, tuple(fields.items()), is_open=True), cls.node)
        fields = dict(made.fields) if isinstance(made, v.Instance) else fields
    stored, changed = _changed_elsewhere(cls)
    for name in fields.keys() & (stored | changed):
        fields[name] = _after_other_methods(fields[name], is_rebound=name in stored)
    return v.Instance(cls, tuple(fields.items()), is_open=True)


def _annotated_fields(machine: Machine, cls: v.Class) -> dict[str, v.Value]:
    """The fields of a dataclass, of which only the annotations tell something."""
    frame = Frame(n.Code(cls.node, "<module>", (), ()), cls.module, {}, EAGER)
    fields: dict[str, v.Value] = {}
    for name, _, _ in cls.fields or ():
        annotation = next((one.annotations[name] for one in mro(cls) if name in one.annotations), v.UNKNOWN)
        known = None if names_reference(name) else machine.value_of_type(frame, annotation)
        fields[name] = known or v.UNKNOWN
    return fields


# Methods that run before any other can be called.
_MAKING = frozenset({"__init__", "__post_init__", "setup"})


def _changed_elsewhere(cls: v.Class) -> tuple[set[str], set[str]]:
    """Attributes of ``self`` that methods other than ``__init__`` set, and those they change in place."""
    stored: set[str] = set()
    changed: set[str] = set()
    for one in mro(cls):
        for statement in one.node.body:
            if isinstance(statement, n.FunctionDef) and statement.name not in _MAKING:
                stored |= statement.code.attribute_stores
                changed |= statement.code.attribute_changes
    return stored, changed


def _after_other_methods(value: v.Value, *, is_rebound: bool) -> v.Value:
    """What is left of an attribute's first value when other methods may have run.

    An attribute that starts as a JAX array stays one: programs replace arrays by arrays.
    """
    if isinstance(value, v.Array):
        return v.Array(value.stage, None, None, value.origin)
    if is_rebound:
        return v.UNKNOWN
    if isinstance(value, v.Seq):
        element = value.join_of_elements()
        return v.Seq(value.kind, None, element if isinstance(element, v.Array) else v.UNKNOWN)
    return v.Dict((), v.UNKNOWN) if isinstance(value, v.Dict) else value
