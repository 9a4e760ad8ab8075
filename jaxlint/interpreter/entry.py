"""Entering traced code: the arguments become tracers, and what is computed inside may too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import IteratorUse, TracedReturn
from jaxlint.inspection import origin_of
from jaxlint.interpreter import pytrees
from jaxlint.interpreter.binding import Args, Binding, bind
from jaxlint.interpreter.classes import class_attribute
from jaxlint.interpreter.frames import Frame, Trace, takes_gradient
from jaxlint.interpreter.identities import identity_of, with_identity
from jaxlint.interpreter.iteration import is_iterator
from jaxlint.interpreter.ownership import from_outside
from jaxlint.interpreter.usage import is_no_array, is_written_to, looks_like_array, names_reference
from jaxlint.knowledge.transforms import transform
from jaxlint.leaves import foreign_leaf
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.machine import Machine

IsStatic = Callable[["int | str"], bool]


@dataclass(slots=True)
class Tracing:
    """How a function is run by a transformation, which ``link`` names.

    Its arguments that are not static are traced at ``stage``; ``ambient`` is the stage of what JAX
    computes inside. A filtering transformation (equinox's) traces arrays only: Python numbers stay what
    they are.
    """

    link: v.Origin
    stage: v.Stage
    ambient: v.Stage
    is_static: IsStatic = lambda _: False
    is_filtering: bool = False
    transform: str = ""

    @property
    def has_static(self) -> bool:
        """Whether what is not traced is hashed: other transformations pass it as it is."""
        facts = transform(self.transform)
        return facts is not None and facts.kind == "jit"

    def argument(self, value: v.Value, origin: v.Origin, unknown: v.Value) -> v.Value:
        """One argument as the traced function sees it; ``unknown`` is what a wholly unknown one counts as."""
        if v.is_container(value) and unknown is not v.UNKNOWN:
            # What is judged is the argument; of an unknown part of it only that JAX takes it apart is known.
            unknown = v.UNKNOWN if self.is_filtering else v.Tree(self.stage, origin)
        if self.is_filtering:
            return pytrees.trace_arrays(value, self.stage, origin, unknown)
        return pytrees.trace_argument(value, self.stage, origin, unknown)


def call_in(
    machine: Machine, frame: Frame, function: v.Value, args: Args, node: n.Node, trace: Trace
) -> v.Value:
    """Call a function with ``trace`` around it, its arguments as they are."""
    outer, frame.trace = frame.trace, trace
    try:
        return machine.call(frame, function, args, node)
    finally:
        frame.trace = outer


def parameter_names(function: v.Value) -> tuple[list[str], list[str]]:
    """The positional parameters that a callable's signature shows, and all; empty where that is not known."""
    if isinstance(function, v.Bound):
        positional, every = parameter_names(function.function)
        return positional[1:], every[1:]
    if isinstance(function, v.Partial):
        positional, every = parameter_names(function.function)
        named = {name for name, _ in function.kwargs}
        return [name for name in positional[len(function.args) :] if name not in named], every
    if isinstance(function, v.Transformed):
        return parameter_names(function.function)
    if isinstance(function, v.Function) and function.wrapped is not None:
        return parameter_names(function.wrapped)
    if isinstance(function, v.Function):
        return _positional(function.code), [param.name for param in function.code.params]
    return [], []


def hides_signature(function: v.Value) -> bool:
    """Whether a callable shows the signature of one that is not known."""
    while isinstance(function, (v.Bound, v.Partial, v.Transformed)):
        function = function.function
    if isinstance(function, v.Function):
        return function.wrapped is not None and hides_signature(function.wrapped)
    return True


def _positional(code: n.Code) -> list[str]:
    return [param.name for param in code.params if param.kind in ("pos", "normal")]


def enter(
    machine: Machine, frame: Frame, function: v.Value, args: Args, node: n.Node, how: Tracing
) -> v.Value:
    """Run ``function`` as a transformation does."""
    trace = Trace(max(how.ambient, frame.trace.stage), how.link, frame.trace)
    if isinstance(function, v.Function):
        return _enter_function(machine, frame, function, args, node, trace, how)
    if isinstance(function, v.Bound):
        # Positions that the caller counts start behind the receiver.
        inner = args.prepend(function.receiver)

        def shifted(key: int | str) -> bool:
            return key == 0 or how.is_static(key - 1 if isinstance(key, int) else key)

        behind = replace(how, is_static=shifted)
        if isinstance(function.function, v.Function):
            return _enter_function(machine, frame, function.function, inner, node, trace, behind)
        return call_in(machine, frame, function.function, _traced(inner, behind), node, trace)
    if isinstance(function, v.Partial):
        return _enter_partial(machine, frame, function, args, node, how)
    if isinstance(function, v.Instance):
        method = class_attribute(machine, function.cls, "__call__")
        if isinstance(method, v.Function):
            bound = v.Bound(method, function)
            return enter(machine, frame, bound, args, node, how)
    return call_in(machine, frame, function, _traced(args, how), node, trace)


def _enter_partial(
    machine: Machine, frame: Frame, function: v.Partial, args: Args, node: n.Node, how: Tracing
) -> v.Value:
    """Arguments that a ``partial`` holds are constants of the traced function."""
    count = len(function.args)
    names = dict(function.kwargs)
    inner = args
    for value in reversed(function.args):
        inner = inner.prepend(value)
    inner = replace(inner, kw={**names, **args.kw})

    def shifted(key: int | str) -> bool:
        if isinstance(key, int):
            return key < count or how.is_static(key - count)
        return (key in names and key not in args.kw) or how.is_static(key)

    return enter(machine, frame, function.function, inner, node, replace(how, is_static=shifted))


def _traced(args: Args, how: Tracing) -> Args:
    """Arguments as tracers, for a callee whose parameters are not known by name."""

    def trace(key: int | str, value: v.Value) -> v.Value:
        if how.is_static(key):
            return value
        origin = v.Origin(
            f"argument {key}", f"argument `{key}` of the traced function", how.link.place, how.link
        )
        origin.is_active = _is_active(value, how)
        return how.argument(value, origin, v.UNKNOWN if how.is_filtering else v.Tree(how.stage, origin))

    pos = tuple(trace(index, value) for index, value in enumerate(args.pos))
    kw = {name: trace(name, value) for name, value in args.kw.items()}
    star = None if args.star is None else v.UNKNOWN
    return replace(args, pos=pos, kw=kw, star=star)


def _enter_function(
    machine: Machine, frame: Frame, function: v.Function, args: Args, node: n.Node, trace: Trace, how: Tracing
) -> v.Value:
    binding = bind(frame, function, args, node)
    if binding is None:
        return v.UNKNOWN
    positions = {name: index for index, name in enumerate(_positional(function.code))}
    traced = set()
    for param in function.code.params:
        name = param.name
        if name in binding.defaulted and param.kind not in ("*", "**"):
            continue
        value = binding.env[name]
        if _is_static_parameter(param, positions.get(name), how.is_static, args):
            is_refused = how.has_static and _holds_array(value)
            binding.env[name] = v.UNKNOWN if is_refused else from_outside(value, frame.trace.level)
            continue
        if param.kind not in ("*", "**"):
            traced.add(name)
        argument = binding.nodes.get(name)
        if is_iterator(value) and argument is not None:
            machine.report(IteratorUse(argument, frame, "argument"))
            value = v.UNKNOWN  # JAX has refused it
        tracer = _traced_parameter(machine, function, param, value, positions.get(name), how)
        if _is_flag(value) and argument is not None and isinstance(tracer, v.Array) and tracer.origin:
            tracer.origin.flag = v.Place(frame.module, argument)
        binding.env[name] = tracer
    binding = replace(binding, traced=frozenset(traced))
    refused = [leaf for value in binding.env.values() if (leaf := foreign_leaf(value)) is not None]
    result = machine.run_for(frame, function, binding, trace, node)
    for value, place in result.answers:
        leaf = foreign_leaf(value) if how.stage is v.Stage.TRACED else None
        if leaf is not None and leaf not in refused and not _is_formatted(leaf, place):
            inside = machine.module_frame(function.module)
            machine.report(TracedReturn(place, inside, value, function.code.name, how.transform))
    return result.value


def _is_formatted(leaf: v.Value, place: n.Node) -> bool:
    """Whether a text is made of a tracer in a way that JAX has refused already: ``f"{x:.2f}"``."""
    if not isinstance(leaf, v.Static) or leaf.shows is None:
        return False
    parts = [node for node in walk(place) if isinstance(node, n.Formatted)]
    return not parts or any(part.spec is not None for part in parts)


def _is_flag(value: v.Value) -> bool:
    return (isinstance(value, v.Const) and isinstance(value.value, int)) or value == v.Static("bool")


def _is_static_parameter(param: n.Param, position: int | None, is_static: IsStatic, args: Args) -> bool:
    if param.kind == "*":
        return False
    if position is not None and (position < len(args.pos) or args.star is not None):
        return is_static(position)
    return is_static(param.name)


def _holds_array(value: v.Value) -> bool:
    """Whether a value may be an array, which has no hash: then JAX does not take it as a static argument."""
    return any(isinstance(option, v.Array) for option in v.options(value))


def _is_active(value: v.Value, how: Tracing) -> bool:
    """Whether a gradient is taken with respect to an argument, here or around here."""
    origin = origin_of(value)
    return (how.stage is v.Stage.GRAD and takes_gradient(how.link)) or (
        origin is not None and origin.is_active
    )


def _traced_parameter(
    machine: Machine, function: v.Function, param: n.Param, value: v.Value, position: int | None, how: Tracing
) -> v.Value:
    link, stage, is_static = how.link, how.stage, how.is_static
    origin = parameter_origin(function, param, link)
    origin.is_active = _is_active(value, how)
    if param.kind == "*" and isinstance(value, v.Seq) and value.items is not None:
        first = position if position is not None else len(_positional(function.code))
        items = tuple(
            item if is_static(first + index) else how.argument(item, origin, v.Tree(stage, origin))
            for index, item in enumerate(value.items)
        )
        return v.Seq("tuple", items)
    if param.kind == "*" and getattr(is_static, "numbers", None):
        return v.Seq("tuple", None)  # how many there are is not known: any of them may be a static one
    if param.kind == "**" and isinstance(value, v.Dict):
        leaf = v.Tree(stage, origin)
        entries = tuple(
            (key, entry if is_static(key) else how.argument(entry, origin, leaf))
            for key, entry in value.items
        )
        # Where keywords are static, a further one may be one of them.
        rest = v.UNKNOWN if getattr(is_static, "names", None) else how.argument(v.UNKNOWN, origin, leaf)
        return v.Dict(entries, None if value.rest is None else rest)
    unknown = unknown_argument(machine, function, param, stage, origin)
    if isinstance(value, (v.Seq, v.Dict, v.Instance)):
        unknown = v.Tree(stage, origin)  # the annotation speaks of the whole, not of a part of it
    if how.is_filtering:
        described = _described(machine, function, param) or v.UNKNOWN
        unknown = pytrees.trace_arrays(described, stage, origin, v.UNKNOWN)
    elif v.is_container(value) and unknown is not v.UNKNOWN:
        unknown = v.Tree(stage, origin)  # what is said of the parameter does not hold for its leaves
    return how.argument(value, origin, unknown)


def parameter_origin(function: v.Function, param: n.Param, cause: v.Origin) -> v.Origin:
    """The link of a chain that says that a parameter of a traced function is traced."""
    name = function.code.name
    return v.Origin(
        f"{param.name} of {name}",
        f"parameter `{param.name}` of {'the lambda' if name == '<lambda>' else f'`{name}`'}",
        v.Place(function.module, param),
        cause,
    )


def unknown_argument(
    machine: Machine, function: v.Function, param: n.Param, stage: v.Stage, origin: v.Origin
) -> v.Value:
    """A traced argument of which only the function is known: its annotation and its uses tell what it is."""
    if param.kind in ("*", "**"):
        return v.Tree(stage, origin)
    annotated = annotation_of(machine, function, param)
    if annotated is not None:
        described = _of_annotation(machine, function, param, annotated)
        if isinstance(described, v.Static) and described.kind == "str":
            return v.UNKNOWN
        if described is not None:
            return pytrees.trace_argument(described, stage, origin, v.UNKNOWN)
        if not _may_be_tree(annotated):
            return v.UNKNOWN
        if _is_container(annotated):
            return v.Tree(stage, origin)
    if looks_like_array(function.code, param.name):
        return v.Array(stage, None, None, origin)
    return v.Tree(stage, origin)


def _may_be_tree(annotation: v.Value) -> bool:
    """Whether a type of which little is known can be that of a container of arrays."""
    if annotation is v.UNKNOWN:
        return True
    name = annotation.dotted if isinstance(annotation, v.Library) else ""
    if isinstance(annotation, v.Partial) and isinstance(annotation.function, v.Library):
        name = annotation.function.dotted
    return name.rpartition(".")[2].lower() not in ("callable", "literal", "type")


_CONTAINERS = frozenset("tuple list dict optional union sequence mapping iterable set any".split())


def _is_container(annotation: v.Value) -> bool:
    """Whether a type is that of a container, or of something that may be None."""
    base = annotation.function if isinstance(annotation, v.Partial) else annotation
    name = base.dotted.rpartition(".")[2].lower() if isinstance(base, v.Library) else ""
    return name in _CONTAINERS


def refine(machine: Machine, function: v.Function, binding: Binding, trace: Trace) -> None:
    """Let annotations and uses in the callee say more of arguments of which little is known."""
    for param in function.code.params:
        value = binding.env.get(param.name)
        if isinstance(value, v.Array) and value.stage is v.Stage.CONCRETE and _is_int(param.annotation):
            binding.env[param.name] = v.Static("int")  # what the program calls a number is hardly an array
        if param.kind in ("*", "**") or not (isinstance(value, (v.Tree, v.Unknown))):
            continue
        if isinstance(value, v.Tree) and value.origin is not None:
            known = unknown_argument(machine, function, param, value.stage, value.origin)
            binding.env[param.name] = value if known is v.UNKNOWN else with_identity(known, value.key)
        elif isinstance(value, v.Unknown) and param.name not in binding.defaulted:
            described = _described(machine, function, param)
            if isinstance(described, v.Array) and trace.stage is v.Stage.TRACED:
                continue  # an annotation does not tell a tracer from a number that the program closes over
            binding.env[param.name] = with_identity(described, identity_of(value)) if described else value


def _is_int(annotation: n.Expr | None) -> bool:
    return isinstance(annotation, n.Name) and annotation.id == "int"


def annotation_of(machine: Machine, function: v.Function, param: n.Param) -> v.Value | None:
    """The value of a parameter's annotation, or None."""
    if param.annotation is None:
        return None
    value = machine.annotations.get(param)
    if value is None:
        frame = _definition_frame(machine, function)
        value = machine.evaluate_annotation(frame, param.annotation)
        if frame.is_module and value is not v.UNKNOWN and machine.is_done(function.module):
            machine.annotations[param] = value  # what it names will not change any more
    return value


def _described(machine: Machine, function: v.Function, param: n.Param) -> v.Value | None:
    """A value of the type that a parameter is annotated with; None where that says nothing, or is wrong."""
    annotated = annotation_of(machine, function, param)
    described = None if annotated is None else _of_annotation(machine, function, param, annotated)
    is_wrong = names_reference(param.name) or is_written_to(function.code, param.name)
    return None if isinstance(described, v.Array) and is_wrong else described


def _of_annotation(
    machine: Machine, function: v.Function, param: n.Param, annotated: v.Value
) -> v.Value | None:
    described = machine.value_of_type(_definition_frame(machine, function), annotated)
    is_wrong = isinstance(described, v.Array) and is_no_array(function.code, param.name)
    return None if is_wrong else described


def _definition_frame(machine: Machine, function: v.Function) -> Frame:
    if isinstance(function.frame, Frame):
        return function.frame
    return machine.module_frame(function.module)


def generic_arguments(machine: Machine, function: v.Function) -> Binding:
    """Arguments for a function that nothing calls, as annotations tell them; ``self`` is any instance."""
    env: dict[str, v.Value] = {}
    defaulted = set()
    for index, param in enumerate(function.code.params):
        if param.kind == "*":
            env[param.name] = v.Seq("tuple", None, v.UNKNOWN)
        elif param.kind == "**":
            env[param.name] = v.Dict((), v.UNKNOWN)
        elif index == 0 and function.owner is not None and param.name in ("self", "cls", "_self"):
            is_class = param.name == "cls"
            env[param.name] = function.owner if is_class else machine.generic_instance(function.owner)
        else:
            env[param.name] = _described(machine, function, param) or v.UNKNOWN
            if param.default is not None:
                env[param.name] = v.join(env[param.name], dict(function.defaults).get(param.name, v.UNKNOWN))
                defaulted.add(param.name)
    return Binding(env, {}, frozenset(defaulted))
