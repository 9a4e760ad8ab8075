"""Python's builtins, and functions of the standard library that pass values on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import Conversion, InPlaceCall, LoopBound, PythonIndex, Reveal, Role
from jaxlint.inspection import stage_of
from jaxlint.interpreter import host, outdated
from jaxlint.interpreter.attributes import get_attribute
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import Super
from jaxlint.interpreter.effects import attribute_stored
from jaxlint.interpreter.host import text_of
from jaxlint.interpreter.identities import forgotten, identity_of
from jaxlint.interpreter.isinstance import is_instance
from jaxlint.interpreter.iteration import element, element_of, items_of, report_consumed, size_of, unpack
from jaxlint.interpreter.operators import binary_op, number_kind, result_origin, truth
from jaxlint.interpreter.ownership import copied
from jaxlint.interpreter.pytrees import map_leaves
from jaxlint.interpreter.types import module_of_type, type_of
from jaxlint.knowledge.dtypes import canonical
from jaxlint.knowledge.functions import array_attribute
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Builtin = Callable[["Machine", "Frame", Args, n.Node], v.Value]


def _first(args: Args) -> v.Value:
    return args.pos[0] if args.pos else v.UNKNOWN


def _place(args: Args, node: n.Node) -> n.Node:
    return args.node(0) or node


def _isinstance(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    if len(args.pos) != 2:
        return v.Static("bool")
    answers = {is_instance(option, args.pos[1]) for option in v.options(args.pos[0])}
    answer = answers.pop() if len(answers) == 1 else None
    return v.Static("bool") if answer is None else v.Const(answer)


def _hasattr(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    if len(args.pos) == 2 and isinstance(args.pos[1], v.Const):
        base, name = args.pos[0], args.pos[1].value
        if isinstance(base, v.Instance) and base.get(name) is not None:
            return v.Const(value=True)
        if isinstance(base, v.Array):
            return v.Const(array_attribute(str(name)) is not None)
    return v.Static("bool")


def _getattr(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) >= 2 and isinstance(args.pos[1], v.Const) and isinstance(args.pos[1].value, str):
        found = get_attribute(machine, frame, args.pos[0], args.pos[1].value, node)
        return v.join(found, args.pos[2]) if len(args.pos) > 2 else found
    return v.UNKNOWN


def _setattr(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) != 3 or not isinstance(node, n.Call):
        return v.Const(None)
    base, name, value = args.pos
    attribute_stored(machine, frame, node, base, value, None, "")
    path = args.node(0)
    if isinstance(base, v.Instance) and isinstance(name, v.Const) and isinstance(path, n.Expr):
        machine.assign_path(frame, path, base.replace(str(name.value), value))
    return v.Const(None)


def _len(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    value = _first(args)
    if isinstance(value, (v.Array, v.NumPyArray)) and value.shape and value.shape[0] is not None:
        return v.Const(value.shape[0])
    if isinstance(value, v.Seq) and value.size is not None and "set" not in value.kind:
        return v.Const(value.size)
    if isinstance(value, v.Dict) and value.rest is None:
        return v.Const(len(value.items))
    if isinstance(value, v.Range) and value.length is not None:
        return v.Const(value.length)
    if isinstance(value, v.Const) and isinstance(value.value, (str, bytes)):
        return v.Const(len(value.value))
    is_tracer = isinstance(value, v.Array) and value.stage is v.Stage.TRACED and bool(value.shape)
    return v.Static("int", length_of=value.origin if is_tracer else None)  # type: ignore[attr-defined]  # an array, as checked


def _range(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    for index, value in enumerate(args.pos):
        machine.report(LoopBound(args.node(index) or node, frame, value))
    if args.pos and all(isinstance(value, v.Const) and isinstance(value.value, int) for value in args.pos):
        try:
            return v.Range(range(*(value.value for value in args.pos)))  # type: ignore[attr-defined]  # constants, as checked
        except (TypeError, ValueError, OverflowError):
            return v.Range(None)
    stop = args.pos[0] if len(args.pos) == 1 else v.UNKNOWN
    return v.Range(None, stop.length_of if isinstance(stop, v.Static) else None)


def _enumerate(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    value = _first(args)
    report_consumed(machine, frame, value, node)
    items = items_of(value, limit=8)
    start = args.pos[1] if len(args.pos) > 1 else args.kw.get("start", v.Const(0))
    if items is not None and isinstance(start, v.Const) and isinstance(start.value, int):
        pairs = tuple(v.Seq("tuple", (v.Const(index), item)) for index, item in enumerate(items, start.value))
        return v.Iter(v.join_all(pairs), pairs)
    one = element_of(machine, frame, value, _place(args, node))
    return v.Iter(v.Seq("tuple", (v.Static("int"), one)))


def _zip(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if args.star is not None:
        return v.Iter(v.UNKNOWN)
    for value in args.pos:
        report_consumed(machine, frame, value, node)
    columns = _columns(args.pos)
    if columns is not None:
        rows = tuple(v.Seq("tuple", row) for row in zip(*columns, strict=False))
        return v.Iter(_any_row(args.pos, columns), rows)
    parts = [
        element_of(machine, frame, value, args.node(index) or node) for index, value in enumerate(args.pos)
    ]
    return v.Iter(v.Seq("tuple", tuple(parts)))


def _any_row(values: Sequence[v.Value], columns: Sequence[tuple[v.Value, ...]]) -> v.Value:
    """What stands for each row; of an array of keys its element does, which differs from round to round."""
    parts = (
        v.join_all(column) if identity_of(value) is None else element(value)
        for value, column in zip(values, columns, strict=True)
    )
    return v.Seq("tuple", tuple(parts))


def _columns(values: Sequence[v.Value]) -> list[tuple[v.Value, ...]] | None:
    """The elements of each of several values that are gone through together, as far as the shortest.

    An array of keys is taken to be as long as the others: it would be wrong to make fewer.
    """
    known = [items_of(value, limit=8) for value in values]
    sizes = [len(column) for column in known if column is not None]
    if not sizes:
        return None
    columns = [
        unpack(value, min(sizes), None) if column is None and identity_of(value) is not None else column
        for column, value in zip(known, values, strict=True)
    ]
    complete = [tuple(column) for column in columns if column is not None]
    return complete if len(complete) == len(values) else None


def _reversed(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    items = items_of(_first(args))
    if items is not None:
        return v.Iter(v.join_all(items), items[::-1])
    return v.Iter(element_of(machine, frame, _first(args), _place(args, node)))


def _map(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) < 2:
        return v.Iter(v.UNKNOWN)
    columns = [items_of(value, limit=8) for value in args.pos[1:]]
    if all(column is not None for column in columns):
        rows = zip(*columns, strict=False)
        items = tuple(machine.call(frame, args.pos[0], Args(tuple(row)), node) for row in rows)
        return v.Iter(v.join_all(items), items)
    parts = tuple(element_of(machine, frame, value, node) for value in args.pos[1:])
    return v.Iter(machine.call(frame, args.pos[0], Args(parts), node))


def _filter(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) != 2:
        return v.UNKNOWN
    one = element_of(machine, frame, args.pos[1], node)
    if args.pos[0] != v.Const(None):
        outcome = machine.call(frame, args.pos[0], Args((one,)), node)
        machine.test(frame, node, outcome, Role.BOOLEAN, "filter")
    return v.Iter(one)


def _sequence(kind: str) -> Builtin:
    def make(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
        if not args.pos:
            return v.Seq(kind, ())
        value = args.pos[0]
        report_consumed(machine, frame, value, node)
        items = items_of(value)
        if items is not None and "set" not in kind:
            return v.Seq(kind, items)
        if isinstance(value, v.Seq) and value.items == ():
            return v.Seq(kind, ())
        one = element_of(machine, frame, value, _place(args, node))
        if "set" in kind:
            machine.report(PythonIndex(node, frame, one, "set"))
        return v.Seq(kind, None, one, length=None if "set" in kind else size_of(value))

    return make


def _dict(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    entries: dict[Any, v.Value] = {}
    if args.pos:
        value = args.pos[0]
        if isinstance(value, v.Dict):
            entries.update(value.items)
            if value.rest is not None:
                return v.Dict(tuple({**entries, **args.kw}.items()), value.rest)
        else:
            pairs = items_of(value)
            if pairs is not None and all(map(_is_entry, pairs)):
                entries.update((pair.items[0].value, pair.items[1]) for pair in pairs)  # type: ignore[attr-defined]  # as checked
                return v.Dict(tuple({**entries, **args.kw}.items()), args.star_star)
            pair = element(value)
            one = (
                pair.items[1]
                if isinstance(pair, v.Seq) and pair.items and len(pair.items) == 2
                else v.UNKNOWN
            )
            return v.Dict(tuple(args.kw.items()), one)
    entries.update(args.kw)
    return v.Dict(tuple(entries.items()), args.star_star)


def _is_entry(pair: v.Value) -> bool:
    """Whether a value is a pair of a key that is known and something."""
    return (
        isinstance(pair, v.Seq)
        and pair.items is not None
        and len(pair.items) == 2
        and isinstance(pair.items[0], v.Const)
        and isinstance(pair.items[0].value, (str, int))
    )


def _counter(_machine: Machine, _frame: Frame, _args: Args, _node: n.Node) -> v.Value:
    return v.Dict((), v.Static("int"))


def _default_dict(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    factory = _first(args)
    if factory == v.Library("builtins.list"):
        return v.Dict((), v.Seq("list", None))
    return v.Dict((), v.Dict((), v.UNKNOWN) if factory == v.Library("builtins.dict") else v.UNKNOWN)


def _sum(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    one = element_of(machine, frame, _first(args), _place(args, node))
    start = args.pos[1] if len(args.pos) > 1 else args.kw.get("start", v.Const(0))
    if isinstance(start, v.Const) and not isinstance(one, v.Array):
        return (
            one
            if isinstance(one, v.Static)
            else v.UNKNOWN
            if not isinstance(one, v.Const)
            else v.Static(one.type.__name__)
        )
    return binary_op(machine, frame, node, "+", start, one)


def _conversion(name: str, kind: type) -> Builtin:
    def convert(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
        value = _first(args)
        machine.report(Conversion(node, frame, value, name, "ConcretizationTypeError"))
        host.report_sync(machine, frame, value, name, node)
        if isinstance(value, v.Const):
            try:
                return v.Const(kind(value.value))
            except (TypeError, ValueError, OverflowError):
                return v.UNKNOWN
        if name == "bool":
            return truth(value)
        return v.Static(name)

    return convert


def _extremum(name: str) -> Builtin:
    def pick(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
        if len(args.pos) == 1:
            single = items_of(args.pos[0])
            is_single = single is not None and len(single) == 1
            one = element_of(machine, frame, args.pos[0], _place(args, node))
            candidates = list(single) if single and not isinstance(args.pos[0], v.Array) else [one]
        else:
            candidates, is_single = list(args.pos), False
        if "key" in args.kw:
            keyed = machine.call(frame, args.kw["key"], Args((v.join_all(candidates),)), node)
            machine.test(frame, node, keyed, Role.BOOLEAN, name)
            return v.join_all(candidates)
        if not is_single:
            for candidate in candidates:
                machine.test(frame, node, candidate, Role.BOOLEAN, name)
        if any(stage_of(candidate) for candidate in candidates):
            return v.UNKNOWN
        return _extremum_of(name, candidates)

    return pick


def _extremum_of(name: str, candidates: list[v.Value]) -> v.Value:
    if len(candidates) > 1 and all(isinstance(value, v.Const) for value in candidates):
        try:
            pick = min if name == "min" else max
            return v.Const(pick(value.value for value in candidates))  # type: ignore[attr-defined]  # constants, as checked
        except TypeError:
            return v.UNKNOWN
    kinds = {number_kind(value) for value in candidates}
    if kinds <= {"int"}:
        return v.Static("int")
    return v.Static("float") if kinds <= {"int", "float"} else v.join_all(map(v.widen, candidates))


def _all_any(name: str) -> Builtin:
    def decide(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
        one = element_of(machine, frame, _first(args), _place(args, node))
        machine.test(frame, node, one, Role.BOOLEAN, name)
        return v.UNKNOWN if stage_of(one) else v.Static("bool")

    return decide


def _sorted(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    one = element_of(machine, frame, _first(args), _place(args, node))
    key = machine.call(frame, args.kw["key"], Args((one,)), node) if "key" in args.kw else one
    machine.test(frame, node, key, Role.BOOLEAN, "sorted")
    return v.Seq("list", None, one)


def _same(_machine: Machine, frame: Frame, args: Args, _node: n.Node) -> v.Value:
    value = _first(args)
    if isinstance(value, (v.Array, v.Tree)):
        shape = value.shape if isinstance(value, v.Array) else None
        dtype = value.dtype if isinstance(value, v.Array) else None
        return v.Array(max(stage_of(value), frame.trace.stage), shape, dtype, result_origin(frame, value))
    if isinstance(value, v.Const) and isinstance(value.value, (int, float)):
        return v.Const(abs(value.value))
    return value if isinstance(value, (v.Static, v.NumPyArray)) else v.UNKNOWN


def _round(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    value = _first(args)
    if isinstance(value, (v.Array, v.Tree)):
        return _same(machine, frame, args, node)
    return (
        v.Static("int" if len(args.pos) == 1 else "float")
        if isinstance(value, (v.Static, v.Const))
        else v.UNKNOWN
    )


def _power(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    return binary_op(machine, frame, node, "**", *args.pos[:2]) if len(args.pos) >= 2 else v.UNKNOWN


def _divmod(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) != 2:
        return v.UNKNOWN
    parts = (binary_op(machine, frame, node, op, *args.pos) for op in ("//", "%"))
    return v.Seq("tuple", tuple(parts))


def _cycle(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    return v.Iter(v.join_all(map(element, args.pos)) if args.star is None else v.UNKNOWN)


def _combinations(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    return v.Iter(v.Seq("tuple", None, element_of(machine, frame, _first(args), _place(args, node))))


def _product(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if args.star is not None or args.kw:
        return v.Iter(v.UNKNOWN)
    return v.Iter(v.Seq("tuple", tuple(element_of(machine, frame, value, node) for value in args.pos)))


def _repeat(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    return v.Iter(_first(args))


def _iter(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    return v.Iter(element_of(machine, frame, _first(args), _place(args, node)))


def _next(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    value = _first(args)
    report_consumed(machine, frame, value, node, "next")
    one = forgotten(value.element) if isinstance(value, v.Iter) else v.UNKNOWN
    return v.join(one, args.pos[1]) if len(args.pos) > 1 else one


def _text(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    return text_of(*args.values())


def _format(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) > 1:
        machine.report(Conversion(node, frame, args.pos[0], "format", "TypeError"))
    return v.Static("str")


def _integer_text(name: str) -> Builtin:
    def convert(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
        machine.report(Conversion(node, frame, _first(args), name, "TracerIntegerConversionError"))
        return v.Static("str")

    return convert


def _hash(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    machine.report(PythonIndex(node, frame, _first(args), "hash"))
    return v.Static("int")


def _question(_machine: Machine, _frame: Frame, _args: Args, _node: n.Node) -> v.Value:
    return v.Static("bool")


def _super(_machine: Machine, frame: Frame, args: Args, _node: n.Node) -> v.Value:
    owner = args.pos[0] if args.pos and isinstance(args.pos[0], v.Class) else frame.owner
    name = frame.code.params[0].name if frame.code.params else ""
    receiver = args.pos[1] if len(args.pos) > 1 else frame.env.get(name, v.UNKNOWN)
    return Super(owner, receiver) if owner is not None else v.UNKNOWN


def _type(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    return type_of(_first(args)) if len(args.pos) == 1 else v.Library("builtins.type")


def _backend(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """The library that an array is of, as autoray names it: by the first word of the module of its type."""
    kind = type_of(_first(args))
    module = module_of_type(kind.dotted) if isinstance(kind, v.Library) else None
    if module is None:
        return v.UNKNOWN
    name = module.partition(".")[0]
    return v.Const("jax" if name == "jaxlib" else name)


def _is_concrete(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    value = _first(args)
    if isinstance(value, v.Array):
        return v.Const(value.stage is not v.Stage.TRACED)
    return v.Static("bool")


def _slice(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    none = v.Const(None)
    if len(args.pos) == 1:
        return v.SliceValue(none, args.pos[0], none)
    return v.SliceValue(*(*args.pos, none, none, none)[:3])


def _print(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    for index, value in enumerate(args.pos):
        host.report_sync(machine, frame, value, "print", args.node(index) or node)
    return v.Const(None)


def _reveal(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    machine.report(Reveal(node, frame, _first(args)))
    return _first(args)


def _partial(machine: Machine, frame: Frame, args: Args, _node: n.Node) -> v.Value:
    if not args.pos or args.star is not None or args.star_star is not None:
        return v.UNKNOWN
    if isinstance(args.pos[0], v.Library):
        outdated.note_call(machine, frame, args.pos[0].dotted, args)
    return v.Partial(args.pos[0], args.pos[1:], tuple(args.kw.items()))


def _reduce(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if len(args.pos) < 2:
        return v.UNKNOWN
    one = element_of(machine, frame, args.pos[1], node)
    start = args.pos[2] if len(args.pos) > 2 else one
    return v.join(start, machine.call(frame, args.pos[0], Args((start, one)), node))


def _keep(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """Decorators that leave a function what it is."""
    return _first(args)


def _copy(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    return copied(_first(args))


def _deep_copy(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    return copied(map_leaves(_first(args), copied))


def _keeper(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """Calls that return such a decorator, or are one where they get the function itself."""
    first = _first(args)
    is_applied = isinstance(first, (v.Function, v.Bound, v.Transformed, v.Partial, v.Class))
    return first if is_applied else v.Library("jaxlint.keep")


def _wraps(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """``functools.wraps(wrapped)``, a decorator."""
    return v.Partial(v.Library("jaxlint.wraps"), (_first(args),))


def _wrap(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """``functools.update_wrapper``, its two arguments in the order of ``wraps``."""
    wrapped, wrapper = (*args.pos, v.UNKNOWN, v.UNKNOWN)[:2]
    return replace(wrapper, wrapped=wrapped) if isinstance(wrapper, v.Function) else wrapper


def _wrapper(dotted: str) -> Builtin:
    def wrap(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
        return v.Partial(v.Library(dotted), args.pos, tuple(args.kw.items()))

    return wrap


def _cache(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    if args.pos and isinstance(args.pos[0], v.Function):
        return v.Cached(args.pos[0])
    return v.Library("functools.cache")


def _operator(op: str) -> Builtin:
    def apply(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
        return binary_op(machine, frame, node, op, *args.pos) if len(args.pos) == 2 else v.UNKNOWN

    return apply


def _device_get(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """Concrete arrays come as read-only views of their buffers; tracers stay what they are."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, v.Array) and not one.stage:
            return v.NumPyArray(one.shape, one.dtype, readonly=True)
        return one

    return map_leaves(_first(args), leaf)


def _tree_leaves(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """The leaves of a pytree, where its structure is known; those of a traced one are all tracers."""
    found: list[v.Value] = []
    is_known = True

    def leaf(one: v.Value) -> v.Value:
        nonlocal is_known
        is_known = is_known and not isinstance(one, (v.Tree, v.Unknown, v.Instance, v.LibraryInstance))
        if one != v.Const(None):
            found.append(v.Array(one.stage, None, None, one.origin) if isinstance(one, v.Tree) else one)
        return one

    tree = _first(args)
    if "is_leaf" in args.kw or len(args.pos) > 1:
        return v.Seq("list", None, v.UNKNOWN)
    map_leaves(tree, leaf)
    is_known = is_known and not _has_unknown_length(tree)
    return v.Seq("list", tuple(found) if is_known else None, v.join_all(found))


def _has_unknown_length(tree: v.Value) -> bool:
    if isinstance(tree, v.Seq):
        return tree.items is None or any(map(_has_unknown_length, tree.items))
    if isinstance(tree, v.Dict):
        return tree.rest is not None or any(_has_unknown_length(entry) for _, entry in tree.items)
    return isinstance(tree, v.Union)


def _tree_flatten(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    return v.Seq("tuple", (_tree_leaves(machine, frame, args, node), v.Static(None)))


def _device_put(_machine: Machine, frame: Frame, args: Args, _node: n.Node) -> v.Value:
    """What is put on a device is a JAX array, whatever it was."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, v.NumPyArray):
            return v.Array(frame.trace.stage, one.shape, canonical(one.dtype), frame.trace.origin)
        return one

    return map_leaves(_first(args), leaf)


def _compile_time(_machine: Machine, _frame: Frame, _args: Args, _node: n.Node) -> v.Value:
    return v.LibraryInstance("jax.ensure_compile_time_eval")


def _shuffle(machine: Machine, frame: Frame, args: Args, node: n.Node) -> v.Value:
    if isinstance(_first(args), v.Array):
        machine.report(InPlaceCall(node, frame, _first(args), "random.shuffle", "jax-array"))
    return v.Const(None)


def _replace_dataclass(_machine: Machine, _frame: Frame, args: Args, _node: n.Node) -> v.Value:
    value = copied(_first(args))
    if not isinstance(value, v.Instance) or args.star_star is not None:
        return value if isinstance(value, v.Tree) else v.UNKNOWN
    for name, entry in args.kw.items():
        value = value.replace(name, entry)
    return value


BUILTINS: dict[str, Builtin] = {
    "builtins.isinstance": _isinstance,
    "builtins.issubclass": _question,
    "builtins.callable": _question,
    "builtins.hasattr": _hasattr,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.object.__setattr__": _setattr,
    "builtins.len": _len,
    "builtins.range": _range,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.reversed": _reversed,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.list": _sequence("list"),
    "builtins.tuple": _sequence("tuple"),
    "builtins.set": _sequence("set"),
    "builtins.frozenset": _sequence("frozenset"),
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "collections.deque": _sequence("list"),
    "collections.defaultdict": _default_dict,
    "collections.Counter": _counter,
    "builtins.sum": _sum,
    "builtins.int": _conversion("int", int),
    "builtins.float": _conversion("float", float),
    "builtins.bool": _conversion("bool", bool),
    "builtins.complex": _conversion("complex", complex),
    "builtins.min": _extremum("min"),
    "builtins.max": _extremum("max"),
    "builtins.all": _all_any("all"),
    "builtins.any": _all_any("any"),
    "builtins.sorted": _sorted,
    "builtins.abs": _same,
    "builtins.round": _round,
    "builtins.pow": _power,
    "builtins.divmod": _divmod,
    "builtins.iter": _iter,
    "builtins.next": _next,
    "itertools.cycle": _cycle,
    "itertools.chain": _cycle,
    "itertools.combinations": _combinations,
    "itertools.islice": _iter,
    "itertools.permutations": _combinations,
    "itertools.product": _product,
    "itertools.repeat": _repeat,
    "builtins.str": _text,
    "builtins.repr": _text,
    "builtins.format": _format,
    "builtins.hex": _integer_text("hex"),
    "builtins.bin": _integer_text("bin"),
    "builtins.oct": _integer_text("oct"),
    "builtins.chr": _integer_text("chr"),
    "builtins.hash": _hash,
    "builtins.super": _super,
    "builtins.type": _type,
    "builtins.slice": _slice,
    "builtins.print": _print,
    "builtins.reveal": _reveal,
    "builtins.property": _wrapper("builtins.property"),
    "functools.cached_property": _wrapper("functools.cached_property"),
    "builtins.staticmethod": _wrapper("builtins.staticmethod"),
    "builtins.classmethod": _wrapper("builtins.classmethod"),
    "functools.partialmethod": _wrapper("functools.partialmethod"),
    "functools.partial": _partial,
    "jax.tree_util.Partial": _partial,
    "functools.reduce": _reduce,
    "functools.wraps": _wraps,
    "jaxlint.wraps": _wrap,
    "functools.lru_cache": _cache,
    "functools.cache": _cache,
    "jax.named_scope": _keeper,
    "jax.profiler.annotate_function": _keeper,
    "jaxtyping.jaxtyped": _keeper,
    "beartype.beartype": _keep,
    "typeguard.typechecked": _keep,
    "abc.abstractmethod": _keep,
    "typing.override": _keep,
    "typing.overload": _keep,
    "typing.no_type_check": _keep,
    "typing.cast": lambda _machine, _frame, args, _node: args.pos[1] if len(args.pos) > 1 else v.UNKNOWN,
    "flax.linen.compact": _keep,
    "flax.linen.nowrap": _keep,
    "haiku.transparent": _keep,
    "jaxlint.keep": _keep,
    "copy.copy": _copy,
    "copy.deepcopy": _deep_copy,
    "autoray.infer_backend": _backend,
    "jax.core.is_concrete": _is_concrete,
    "jax.device_get": _device_get,
    "jax.device_put": _device_put,
    "jax.tree.leaves": _tree_leaves,
    "jax.tree_util.tree_leaves": _tree_leaves,
    "jax.tree_leaves": _tree_leaves,
    "jax.tree.flatten": _tree_flatten,
    "jax.tree_util.tree_flatten": _tree_flatten,
    "jax.tree_flatten": _tree_flatten,
    "jax.ensure_compile_time_eval": _compile_time,
    "random.shuffle": _shuffle,
    "dataclasses.replace": _replace_dataclass,
    "operator.add": _operator("+"),
    "operator.sub": _operator("-"),
    "operator.mul": _operator("*"),
    "operator.truediv": _operator("/"),
    "operator.floordiv": _operator("//"),
    "operator.matmul": _operator("@"),
    "operator.pow": _operator("**"),
}
"""What the interpreter does for each of these functions, by dotted name."""
