"""Calls of library functions and methods: what the tables say about them, turned into values and events."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import AtMisuse, Conversion, DataDependentShape, Index, InPlaceCall, ShapeArgument
from jaxlint.inspection import stage_of
from jaxlint.interpreter import (
    draws,
    frameworks,
    host,
    limits,
    numpy_calls,
    outdated,
    registration,
    singular,
    timing,
    transforms,
    unfit,
    unrolled,
)
from jaxlint.interpreter.attributes import shape_value
from jaxlint.interpreter.builtins import BUILTINS
from jaxlint.interpreter.effects import method_called
from jaxlint.interpreter.flags import note_switch
from jaxlint.interpreter.integers import note_widths, wide_integer_of
from jaxlint.interpreter.made_classes import named_tuple
from jaxlint.interpreter.operators import MAX_TEXT, result_origin, shape_and_dtype
from jaxlint.interpreter.pytrees import inactive, shape_of
from jaxlint.interpreter.reverse import is_followed, without_derivative
from jaxlint.interpreter.subscripts import index_array
from jaxlint.interpreter.unfit import BoundArgument, Given
from jaxlint.interpreter.width import note_dtype
from jaxlint.knowledge import results
from jaxlint.knowledge.dtypes import SHORT_NAMES, Dtype, canonical, short_dtype
from jaxlint.knowledge.functions import (
    FunctionFacts,
    Kind,
    Signature,
    array_method,
    builtin,
    conversion,
    function,
    numpy_only,
)
from jaxlint.knowledge.host import made_by
from jaxlint.knowledge.transforms import transform
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def bind_signature(signature: Signature, args: Args) -> Given:
    """Bind arguments to the parameters of a library function; what does not fit is left out."""
    given: Given = {}
    positional = [p for p in signature.params if p.kind in (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)]
    for index, value in enumerate(args.pos[: len(positional)]):
        given[positional[index].name] = BoundArgument(value, args.node(index))
    variadic = next((p for p in signature.params if p.kind is Kind.VAR_POSITIONAL), None)
    if variadic is not None:
        rest = args.pos[len(positional) :]
        given[variadic.name] = BoundArgument(
            v.Seq("tuple", rest if args.star is None else None, v.UNKNOWN), None
        )
    for name, value in args.kw.items():
        given[name] = BoundArgument(value, args.kw_nodes.get(name))
    return given


def call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value:
    """Call a library function or class by its canonical name."""
    host.report_call(machine, frame, dotted, args, node)
    outdated.note_call(machine, frame, dotted, args)
    note_switch(machine, frame, dotted, args, node)
    timed = timing.call(machine, frame, dotted, args, node)
    if timed is not None:
        return timed
    wide = wide_integer_of(dotted)
    if wide is not None:
        return wide
    handler = BUILTINS.get(dotted)
    if handler is not None:
        return handler(machine, frame, args, node)
    dotted = machine.settings.wrappers.get(dotted, dotted)
    facts = transform(dotted)
    if facts is not None:
        return transforms.apply(machine, frame, facts, args, node)
    if dotted.startswith(("numpy.", "scipy.")):
        return numpy_calls.call(machine, frame, dotted, args, node)
    if dotted in _INPLACE or (dotted.startswith("jax.numpy.") and dotted.endswith(".at")):
        return _inplace(machine, frame, dotted, args, node)
    made = named_tuple(machine, frame, dotted, args, node)
    if made is not None:
        return made
    registered = registration.call(machine, dotted, args)
    if registered is not None:
        return registered
    maker = _MAKES.get(dotted)
    if maker is not None:
        return v.LibraryInstance(maker)
    specified = frameworks.call(machine, frame, dotted, args, node)
    if specified is not None:
        return draws.call(machine, frame, dotted, args, node, specified)
    known = function(dotted)
    if known is not None:
        timing.on_known(machine, frame, dotted, args, node)
        value = call_known(machine, frame, known, args, node)
    else:
        value = _call_other(machine, frame, dotted, args, node)
    return draws.call(machine, frame, dotted, args, node, value)


# Functions that make an object of a class of the library.
_MAKES = {"jax.make_mesh": "jax.sharding.Mesh"}

# Functions that NumPy runs in place; JAX wants ``inplace=False`` and gives a new array.
_INPLACE = frozenset(f"jax.numpy.{name}" for name in ("put", "place", "fill_diagonal", "put_along_axis"))


def _inplace(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value:
    target = args.pos[0] if args.pos else v.UNKNOWN
    if args.kw.get("inplace") != v.Const(value=False) and args.star_star is None and args.star is None:
        machine.report(InPlaceCall(node, frame, target, dotted, "jax-array"))
        return v.UNKNOWN
    stage = max([frame.trace.stage, *map(stage_of, args.values())])
    shape, dtype = (target.shape, target.dtype) if isinstance(target, v.Array) else (None, None)
    return v.Array(stage, shape, dtype, result_origin(frame, *args.values()))


def _call_other(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value:
    name = dotted.rpartition(".")[2]
    made = made_by(dotted)
    if made is not None:
        return v.LibraryInstance(made)
    if dotted.startswith("jax.numpy.") and name in SHORT_NAMES:
        note_dtype(machine, frame, short_dtype(name, x64=True), node)
        return _cast(machine, frame, short_dtype(name), args, node)
    facts = builtin(dotted.removeprefix("builtins."))
    if facts is not None:
        return _call_standard(machine, frame, dotted, facts.jit.raises, args, node)
    if (
        dotted == "jax.ensure_compile_time_eval"
        or name[:1].isupper()
        or name in ("raises", "suppress", "warns")
    ):
        return v.LibraryInstance(dotted)
    return v.UNKNOWN


def _cast(machine: Machine, frame: Frame, dtype: Dtype | None, args: Args, node: n.Node) -> v.Value:
    value = args.pos[0] if args.pos else v.Const(0)
    stage = max(stage_of(value), frame.trace.stage)
    origin = result_origin(frame, value)
    result = v.Array(stage, results.shape_of(plain(value)), dtype, origin, bounds=limits.of_value(value))
    limits.report_conversion(machine, frame, value, result, node)
    return result


def _call_standard(
    machine: Machine, frame: Frame, dotted: str, raises: str | None, args: Args, node: n.Node
) -> v.Value:
    """``math.sqrt`` and the like."""
    if raises is not None:
        for value in args.pos:
            machine.report(Conversion(node, frame, value, dotted, raises))
    if any(stage_of(value) for value in args.pos):
        return v.UNKNOWN
    if dotted.startswith("math.") and not any(isinstance(value, v.Unknown) for value in args.pos):
        return v.Static("int" if dotted in ("math.floor", "math.ceil", "math.prod", "math.gcd") else "float")
    return v.UNKNOWN


# --- functions of JAX ----------------------------------------------------------------------------


def call_known(machine: Machine, frame: Frame, facts: FunctionFacts, args: Args, node: n.Node) -> v.Value:
    """A function of which the tables know the signature and the result."""
    given = bind_signature(facts.signature, args)
    note_widths(machine, frame, facts, given, node)
    for argument in given.values():
        if isinstance(argument.value, v.At):
            machine.report(AtMisuse(argument.node or node, frame, argument.value.array, "no-method"))
    _report_concrete(machine, frame, facts, given, node)
    unfit.report_sequences(machine, frame, facts, given, node)
    unfit.report_dtypes(machine, frame, facts, given, node)
    unrolled.report_array(machine, frame, facts.name, given, node)
    _report_out(machine, frame, facts, given, node)
    if facts.name in ("jax.numpy.take", "jax.Array.take") and "mode" not in given:
        _report_take(machine, frame, given, node)
    _report_data_dependent(machine, frame, facts, given, args, node)
    value = result_of(frame, facts, given)
    if isinstance(value, v.Array) and facts.returns == "array":
        value.bounds = limits.of_call(facts.name, given)
        limits.report_cast(machine, frame, facts.name, given, value, node)
        if frame.trace.is_differentiated:
            singular.after_call(machine, frame, facts.name, given, value, node)
    return value


def _report_concrete(
    machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, node: n.Node
) -> None:
    parameter = _COUNTS.get(facts.name, "")
    count = given.get(parameter)
    if (
        count is not None
        and isinstance(count.value, v.Array)
        and count.value.shape == ()
        and count.value.stage is v.Stage.TRACED
    ):
        machine.report(ShapeArgument(count.node or node, frame, count.value, facts.name, parameter))
    sized = _SIZED_BY_VALUES.get(facts.name)
    for name in facts.concrete:
        argument = given.get(name)
        if sized is not None and name == sized[0]:
            if argument is not None and stage_of(argument.value) is v.Stage.TRACED and sized[1] not in given:
                machine.report(DataDependentShape(node, frame, argument.value, facts.name, "size"))
            continue
        if argument is not None and _needs_value(facts, name, argument.value, given):
            machine.report(ShapeArgument(argument.node or node, frame, argument.value, facts.name, name))


# Functions that drop what is zero, with the parameter that makes them keep it.
_SIZED_BY_VALUES = {"jax.numpy.roots": ("p", "strip_zeros"), "jax.numpy.trim_zeros": ("filt", "")}

# For these a number says how many there are of what the function draws from; an array is drawn from itself.
_COUNTS = {"jax.random.permutation": "x", "jax.random.choice": "a"}


def _needs_value(facts: FunctionFacts, name: str, value: v.Value, given: Given) -> bool:
    """Whether an argument is traced, and one that JAX needs the numbers of."""
    excuse = next((excuse for parameter, excuse in facts.excused if parameter == name), None)
    if excuse == "array" and not (isinstance(value, v.Array) and value.shape == ()):
        return False
    if excuse == "pair":
        flag = value.items[-1] if isinstance(value, v.Seq) and value.items else v.UNKNOWN
        return stage_of(flag) is v.Stage.TRACED
    return excuse not in given and stage_of(value) is v.Stage.TRACED


def _report_out(machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, node: n.Node) -> None:
    """``out=`` names an array to write into, which no JAX array is."""
    out = given.get("out")
    if out is not None and isinstance(out.value, (v.Array, v.Tree)):
        machine.report(InPlaceCall(node, frame, out.value, facts.name, "jax-array"))


def _report_take(machine: Machine, frame: Frame, given: Given, node: n.Node) -> None:
    """``jnp.take(x, i, axis)`` is ``x[:, …, i]``, except that out of bounds it gives NaN."""
    array, index, axis = (
        given[name].value if name in given else v.Const(None) for name in ("a", "indices", "axis")
    )
    array = given["self"].value if "self" in given else array
    if (
        isinstance(array, v.Array)
        and axis == v.Const(None)
        and array.shape is not None
        and len(array.shape) == 1
    ):
        axis = v.Const(0)
    if (
        isinstance(array, v.Array)
        and isinstance(axis, v.Const)
        and isinstance(axis.value, int)
        and axis.value >= 0
    ):
        whole = v.SliceValue(v.Const(None), v.Const(None), v.Const(None))
        parts = v.Seq("tuple", (whole,) * axis.value + (index,))
        machine.report(Index(node, frame, array, parts, "take", mode=False))


def _report_data_dependent(
    machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, args: Args, node: n.Node
) -> None:
    name = facts.data_dependent
    if name is None or args.star_star is not None or (name in given and given[name].value != v.Const(None)):
        return
    names = facts.data_parameters
    values = [argument.value for key, argument in given.items() if not names or key in names]
    is_inside = frame.trace.stage is v.Stage.TRACED
    traced = next((value for value in values if _counts_as_traced(value, is_inside=is_inside)), None)
    if facts.name == "jax.numpy.where" and len(given) > 1:
        return
    if traced is not None:
        machine.report(DataDependentShape(node, frame, traced, facts.name, name))


def _counts_as_traced(value: v.Value, *, is_inside: bool) -> bool:
    """Under ``jit`` an operation on a concrete array that was captured is traced as well."""
    return stage_of(value) is v.Stage.TRACED or (is_inside and isinstance(value, v.Array))


def result_of(frame: Frame, facts: FunctionFacts, given: Given) -> v.Value:
    """The value that a known function returns for these arguments."""
    values = [argument.value for argument in given.values()]
    kind = facts.returns
    if kind == "static":
        return _static_result(facts, given)
    if kind == "none":
        return v.Const(None)
    if kind in ("unknown", "function") or facts.varies & given.keys():
        return v.UNKNOWN
    if kind == "tree":
        if facts.name == "jax.lax.stop_gradient" and values and is_followed(stage_of(values[0])):
            return inactive(without_derivative(values[0]))
        if facts.name == "jax.lax.stop_gradient" and values:
            return inactive(values[0])
        return values[0] if values else v.UNKNOWN
    outcome = _call_result(facts, given)
    read = [argument.value for name, argument in given.items() if name not in _template(facts)]
    stage = max([frame.trace.stage, *map(stage_of, read)])
    if is_followed(stage) and not _has_derivative(facts, outcome):
        stage = frame.trace.stage
    origin = result_origin(frame, *values)
    if kind == "factor":
        lower = given["lower"].value if "lower" in given else v.Const(value=False)
        return v.Seq("tuple", (v.Array(stage, shape_of(values[0]), None, origin), lower))
    if kind == "key" and isinstance(outcome, results.Operand):
        return v.Array(stage, outcome.shape, outcome.dtype, origin)
    return _as_value(outcome, kind, stage, origin)


def _template(facts: FunctionFacts) -> tuple[str, ...]:
    """The parameter that is asked for its shape and dtype alone, as ``ones_like`` does."""
    return facts.signature.names()[:1] if facts.shape == "like" else ()


# Functions whose derivative is zero everywhere: under ``grad`` alone their results are concrete (measured).
_FLAT = frozenset("round floor ceil sign stop_gradient zeros_like ones_like rint trunc fix full_like".split())


def _has_derivative(facts: FunctionFacts, outcome: results.Result) -> bool:
    if facts.name.rpartition(".")[2] in _FLAT:
        return False
    dtype = outcome.dtype if isinstance(outcome, results.Operand) else None
    return dtype is None or dtype.kind in ("f", "c")


def _static_result(facts: FunctionFacts, given: Given) -> v.Value:
    name = facts.name.rpartition(".")[2]
    first = next(iter(given.values())).value if given else v.UNKNOWN
    if name in ("shape", "ndim", "size") and isinstance(first, v.Array):
        if name == "shape":
            return shape_value(first.shape)
        if name == "ndim" and first.shape is not None:
            return v.Const(len(first.shape))
    return {"shape": v.Seq("tuple", None, v.Static("int")), "ndim": v.Static("int"), "size": v.Static("int"),
            "issubdtype": v.Static("bool")}.get(name, v.Static(None))  # fmt: skip


def _call_result(facts: FunctionFacts, given: Given, *, numpy: bool = False) -> results.Result:
    arguments = {name: plain(argument.value) for name, argument in given.items()}
    return results.call_result(facts, arguments, numpy=numpy)


def _as_value(outcome: results.Result, kind: str, stage: v.Stage, origin: v.Origin | None) -> v.Value:
    def array(operand: results.Operand) -> v.Value:
        return v.Array(stage, operand.shape, canonical(operand.dtype), origin if stage else None)

    if isinstance(outcome, results.Operand):
        return array(outcome)
    if isinstance(outcome, (tuple, list)):
        return v.Seq("list" if isinstance(outcome, list) else "tuple", tuple(map(array, outcome)))
    unknown = v.Array(stage, None, None, origin if stage else None)
    if kind == "array":
        return unknown
    if kind.startswith("tuple:"):
        return v.Seq("tuple", (unknown,) * int(kind.partition(":")[2]))
    if kind in ("arrays", "list"):
        return v.Seq("list" if kind == "list" else "tuple", None, unknown)
    return v.UNKNOWN


def plain(value: v.Value) -> Any:
    """A value in the words of `knowledge.results`."""
    if isinstance(value, (v.Array, v.NumPyArray)):
        return results.Operand(value.shape, value.dtype)
    if isinstance(value, v.Const):
        return value.value
    if isinstance(value, v.Static):
        operand = results.Operand(*shape_and_dtype(value))
        return results.UNKNOWN if operand.shape is None else operand
    if isinstance(value, v.Seq) and value.kind in ("tuple", "list"):
        if value.items is None:
            return results.UNKNOWN
        items = [plain(item) for item in value.items]
        return tuple(items) if value.kind == "tuple" else items
    if isinstance(value, v.Library):
        name = value.dotted.rpartition(".")[2]
        return name if name in SHORT_NAMES else results.UNKNOWN
    return results.UNKNOWN


# --- methods -------------------------------------------------------------------------------------


def call_method(
    machine: Machine, frame: Frame, receiver: v.Value, name: str, args: Args, node: n.Node
) -> v.Value:
    """A method of a value that a library made."""
    timing.on_method(machine, receiver, name, args)
    if isinstance(receiver, v.Array):
        return _array_method(machine, frame, receiver, name, args, node)
    if isinstance(receiver, v.Tree):
        is_dict = name == "update" and isinstance(args.node(0), n.DictDisplay)
        if name in _LIST_METHODS or is_dict:
            method_called(machine, frame, node, receiver, name, args.values())
        return _tree_method(receiver, name)
    if isinstance(receiver, v.At):
        return _at_method(machine, frame, receiver, name, args, node)
    if isinstance(receiver, v.NumPyArray):
        return numpy_calls.call_method(machine, frame, receiver, name, args, node)
    if isinstance(receiver, v.Transformed):
        return transforms.call_method(machine, frame, receiver, name, args, node)
    if isinstance(receiver, (v.Const, v.Static)):
        return _text_method(machine, frame, receiver, name, args, node)
    if isinstance(receiver, v.LibraryInstance):
        if receiver.dotted == "jax.stages.Lowered" and name in ("lower", "compile"):
            return v.LibraryInstance("jax.stages.Lowered" if name == "lower" else "jax.stages.Compiled")
        if receiver.dotted == "numpy.random.Generator":
            return numpy_calls.call(machine, frame, f"numpy.random.{name}", args, node)
        host.report_call(machine, frame, f"{receiver.dotted}.{name}", args, node)
    return frameworks.call_method(machine, frame, receiver, name, args, node)


# What is called on a list or dict and on hardly anything else: optimizers have ``update``, buffers ``add``.
_LIST_METHODS = frozenset({"append", "extend", "insert", "setdefault"})


def _array_method(
    machine: Machine, frame: Frame, receiver: v.Array, name: str, args: Args, node: n.Node
) -> v.Value:
    outcome = conversion(name)
    if outcome is not None:
        host.report_sync(machine, frame, receiver, f".{name}()", node)
        if outcome[0].kind == "raises":
            machine.report(Conversion(node, frame, receiver, f".{name}()", outcome[0].raises or ""))
        return v.Static(None) if not receiver.stage else v.UNKNOWN
    facts = array_method(name)
    if facts is not None:
        target = None
        if isinstance(node, n.Call) and isinstance(node.func, n.Attribute):
            target = node.func.value
        return call_known(machine, frame, facts, args.prepend(receiver, target), node)
    if numpy_only(name):
        machine.report(InPlaceCall(node, frame, receiver, f".{name}", "missing"))
    return v.UNKNOWN


def _report_formatted(machine: Machine, frame: Frame, text: str, args: Args, node: n.Node) -> None:
    """Report arguments of ``text.format`` that a field with a format spec takes."""
    try:
        fields = [(name, spec) for _, name, spec, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return
    for index, (name, spec) in enumerate(fields):
        key = name.partition(".")[0].partition("[")[0]
        value = args.kw.get(key)
        position = int(key) if key.isdigit() else index
        if value is None and position < len(args.pos) and (not key or key.isdigit()):
            value = args.pos[position]
        if spec and value is not None:
            machine.report(Conversion(node, frame, value, "format", "TypeError"))


def _tree_method(receiver: v.Tree, name: str) -> v.Value:
    """Methods that dicts and arrays share: what comes out of a tree of tracers is one as well."""
    leaf = v.Tree(receiver.stage, receiver.origin)
    if name == "copy":
        return leaf
    if name == "items":
        return v.Iter(v.Seq("tuple", (v.Static(None), leaf)), is_view=True)
    if name == "values":
        return v.Iter(leaf, is_view=True)
    if name == "keys":
        return v.Iter(v.Static(None), is_view=True)
    return v.UNKNOWN


def _at_method(
    machine: Machine, frame: Frame, receiver: v.At, name: str, args: Args, node: n.Node
) -> v.Value:
    array = receiver.array
    index = receiver.index if receiver.index is not None else v.UNKNOWN
    if isinstance(array, v.Array):
        machine.report(
            Index(node, frame, array, index, name, mode="mode" in args.kw or args.star_star is not None)
        )
        if name == "get":
            return index_array(frame, array, index)
        stage = max([array.stage, frame.trace.stage, stage_of(index), *map(stage_of, args.values())])
        return v.Array(stage, array.shape, array.dtype, result_origin(frame, array, index, *args.pos))
    return v.Array(stage_of(array), None, None, getattr(array, "origin", None))


_TEXT_METHODS = frozenset(
    """capitalize casefold endswith isalpha isdigit islower isupper lower lstrip partition removeprefix
    removesuffix replace rpartition rsplit rstrip split splitlines startswith strip title upper""".split()
)
"""Methods of texts that depend on nothing else, of which none makes a text much longer."""


def _folded_text(text: Any, name: str, given: tuple[v.Value, ...]) -> v.Value | None:
    """What a method gives for a text that is known; None where an argument is not."""
    known = [value.value for value in given if isinstance(value, v.Const)]
    if not isinstance(text, str) or len(text) > MAX_TEXT or len(known) < len(given):
        return None
    try:
        result = getattr(text, name)(*known)
    except (TypeError, ValueError):
        return None  # the program's own error, which is not ours to report
    if isinstance(result, (list, tuple)):
        return v.Seq(type(result).__name__, tuple(map(v.Const, result)))
    return v.Const(result)


def _text_method(
    machine: Machine, frame: Frame, receiver: v.Const | v.Static, name: str, args: Args, node: n.Node
) -> v.Value:
    if name == "format" and isinstance(receiver, v.Const):
        _report_formatted(machine, frame, receiver.value, args, node)
        return host.text_of(*args.values())
    if name in _TEXT_METHODS and isinstance(receiver, v.Const) and not args.kw:
        found = _folded_text(receiver.value, name, args.pos)
        if found is not None:
            return found
    if name in ("startswith", "endswith", "isdigit", "isalpha", "isupper", "islower"):
        return v.Static("bool")
    if name in ("split", "rsplit", "splitlines"):
        return v.Seq("list", None, v.Static("str"))
    return v.Static("int") if name in ("find", "index", "count") else v.Static("str")
