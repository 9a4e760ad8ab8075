"""Calls of NumPy and SciPy: with tracers most of them raise, with arrays they give host arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import HostCall, InPlaceCall, SilentlyWrong
from jaxlint.inspection import stage_of
from jaxlint.interpreter import host, host_random, library
from jaxlint.interpreter.integers import numpy_result, wide_cast
from jaxlint.interpreter.operators import result_origin
from jaxlint.knowledge import results
from jaxlint.knowledge.dtypes import SHORT_NAMES, Dtype
from jaxlint.knowledge.functions import FunctionFacts, NumpyFacts, Outcome, numpy_function
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

# What these give for a JAX array is a view of its buffer that cannot be written to (measured).
_VIEWS = frozenset(
    """numpy.asarray numpy.asanyarray numpy.ascontiguousarray numpy.asfortranarray numpy.ravel
    numpy.atleast_1d numpy.atleast_2d numpy.atleast_3d""".split()
)

# Functions that write into their first argument.
_WRITERS = frozenset(
    "numpy.put numpy.place numpy.copyto numpy.fill_diagonal numpy.putmask numpy.put_along_axis".split()
)


def call(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> v.Value:
    """``numpy.f(*args)`` or ``scipy.….f(*args)``."""
    if _report_writes(machine, frame, dotted, args, node):
        return v.Const(None)
    host_random.report_draw(machine, frame, dotted, node)
    facts = numpy_function(dotted)
    traced = _traced_argument(facts, args)
    if traced is not None:
        return _call_with_tracer(machine, frame, dotted, facts, traced, args, node)
    if facts is None and dotted.rpartition(".")[2] in SHORT_NAMES and args.pos and stage_of(args.pos[0]):
        machine.report(HostCall(node, frame, args.pos[0], dotted, "TracerArrayConversionError", None))
        return v.UNKNOWN
    if dotted in ("numpy.random.default_rng", "numpy.random.RandomState"):
        # One that traced code makes from a seed gives a table of constants, as it is meant to.
        is_table = frame.trace.level and bool(args.pos or args.kw)
        return v.UNKNOWN if is_table else v.LibraryInstance("numpy.random.Generator")
    if dotted.startswith(("numpy.random.", "scipy.")):
        return v.UNKNOWN
    if dotted in _VIEWS | {"numpy.array"} and args.pos:
        host.report_sync(machine, frame, args.pos[0], dotted, node)
    return numpy_result(dotted, args, _host_result(dotted, facts, args))


def _report_writes(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> bool:
    """Report writing into a JAX array, or into a read-only view of one."""
    is_ufunc_at = dotted.endswith(".at") and dotted.count(".") == 2
    targets = []
    if (dotted in _WRITERS or is_ufunc_at or dotted == "numpy.random.shuffle") and args.pos:
        targets.append(args.pos[0])
    if "out" in args.kw:
        targets.append(args.kw["out"])
    for target in targets:
        if isinstance(target, v.Array):
            machine.report(InPlaceCall(node, frame, target, dotted, "jax-array"))
            return True
        if isinstance(target, v.NumPyArray) and target.readonly:
            machine.report(InPlaceCall(node, frame, target, dotted, "readonly"))
            return True
    return False


def _traced_argument(facts: NumpyFacts | None, args: Args) -> tuple[v.Value, Outcome] | None:
    """The first argument that is a tracer, with what the function does with it."""
    if facts is None:
        return None
    names = [param.name for param in facts.signature.params] if facts.signature is not None else []
    slots: list[tuple[int | str, v.Value]] = [*enumerate(args.pos), *args.kw.items()]
    found: tuple[v.Value, Outcome] | None = None
    for key, value in slots:
        stage = stage_of(value)
        if not stage:
            continue
        name = key if isinstance(key, str) else names[key] if key < len(names) else ""
        outcome = facts.others.get(name) or (facts.jit if stage is v.Stage.TRACED else facts.grad)
        if isinstance(value, (v.Seq, v.Dict)) and outcome.kind == "traced":
            # The functions that call the array's own method convert a list of tracers.
            outcome = Outcome("raises", "TracerArrayConversionError")
        if found is None or (outcome.kind == "raises" and found[1].kind != "raises"):
            found = value, outcome
    return found


def _call_with_tracer(
    machine: Machine,
    frame: Frame,
    dotted: str,
    facts: NumpyFacts | None,
    traced: tuple[v.Value, Outcome],
    args: Args,
    node: n.Node,
) -> v.Value:
    value, outcome = traced
    if outcome.kind == "raises":
        machine.report(
            HostCall(node, frame, value, dotted, outcome.raises or "", facts.counterpart if facts else None)
        )
        return v.UNKNOWN
    if outcome.kind == "silent":
        machine.report(SilentlyWrong(node, frame, value, dotted, "numpy"))
        return v.Static("bool")
    if outcome.kind == "static":
        name = dotted.rpartition(".")[2]
        return (
            v.Seq("tuple", None, v.Static("int"))
            if name == "shape"
            else v.Static("int" if name in ("ndim", "size") else None)
        )
    operand = _result(facts, args)
    return v.Array(
        max(stage_of(value), frame.trace.stage), operand.shape, operand.dtype, result_origin(frame, value)
    )


def _host_result(dotted: str, facts: NumpyFacts | None, args: Args) -> v.Value:
    """What NumPy makes of values that exist."""
    name = dotted.rpartition(".")[2]
    arrays = [value for value in args.values() if isinstance(value, v.Array)]
    if arrays and dotted in _VIEWS | {"numpy.array"}:
        return _view(dotted, arrays[0], args)
    if name in SHORT_NAMES:
        return v.NumPyArray((), Dtype(SHORT_NAMES[name])) if args.pos else v.Static(None)
    if facts is None or facts.returns != "array":
        return v.UNKNOWN
    if arrays and facts.jit.kind == "traced":
        # These call the array's own method, which gives a JAX array.
        operand = _result(facts, args)
        return v.Array(v.Stage.CONCRETE, operand.shape, operand.dtype)
    if any(isinstance(value, (v.Unknown, v.Tree, v.Union)) for value in args.pos[:1]):
        creates = facts.shape in ("creation", "arange", "linspace", "eye", "full")
        return (
            v.NumPyArray(None, None)
            if creates or name in ("array", "asarray", "zeros_like", "ones_like")
            else v.UNKNOWN
        )
    operand = _result(facts, args, numpy=True)
    return v.NumPyArray(operand.shape, operand.dtype)


def _view(dotted: str, array: v.Array, args: Args) -> v.Value:
    copies = dotted == "numpy.array" and args.kw.get("copy") not in (v.Const(None), v.Const(value=False))
    changes_dtype = "dtype" in args.kw or len(args.pos) > 1
    return v.NumPyArray(array.shape, array.dtype, readonly=not copies and not changes_dtype)


def _result(facts: NumpyFacts | None, args: Args, *, numpy: bool = False) -> results.Operand:
    if facts is None or facts.signature is None:
        return results.Operand()
    function = FunctionFacts(facts.name, facts.signature, facts.returns, facts.shape, facts.dtype)
    given = library.bind_signature(facts.signature, args)
    arguments = {name: library.plain(argument.value) for name, argument in given.items()}
    outcome = results.call_result(function, arguments, numpy=numpy)
    return outcome if isinstance(outcome, results.Operand) else results.Operand()


def call_method(
    machine: Machine, frame: Frame, receiver: v.NumPyArray, name: str, args: Args, node: n.Node
) -> v.Value:
    """A method of a NumPy array."""
    if name in ("fill", "sort", "put", "itemset", "partition", "resize") and receiver.readonly:
        machine.report(InPlaceCall(node, frame, receiver, f".{name}", "readonly"))
        return v.Const(None)
    traced = next((value for value in args.pos if stage_of(value)), None)
    if traced is not None and name != "astype":
        machine.report(HostCall(node, frame, traced, f".{name}", "TracerArrayConversionError", None))
        return v.UNKNOWN
    if name == "item":
        return v.Static(None)
    if name == "copy":
        return v.NumPyArray(receiver.shape, receiver.dtype)
    if name == "astype":
        named = library.plain(args.pos[0]) if args.pos else None
        cast = v.NumPyArray(receiver.shape, Dtype(SHORT_NAMES[named]) if named in SHORT_NAMES else None)
        return wide_cast(receiver, args.pos[0], cast) if args.pos else cast
    if name == "tolist":
        return v.Seq("list", None, v.Static(None))
    if name in ("view", "reshape", "ravel", "squeeze", "transpose", "swapaxes"):
        return v.NumPyArray(None, receiver.dtype, receiver.readonly)
    return (
        v.NumPyArray(None, None)
        if name in ("sum", "mean", "max", "min", "std", "var", "cumsum", "dot")
        else v.UNKNOWN
    )
