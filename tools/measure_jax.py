"""Measure what JAX's functions ask of their arguments.

Each public callable is called with the sample of `samples.py`; then one argument at a time is traced, or
replaced by a list, and what JAX says is recorded.  Tracing goes through `jax.eval_shape`, which is as
abstract as `jax.jit` and compiles nothing.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import types
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import samples

REMEDIES = ("size", "length", "total_repeat_length", "num_segments")
"""Parameters that fix the size of a result that otherwise depends on values."""

SIMPLE = (int, float, bool, str, bytes, complex, type(None))


@dataclass
class Measured:
    """The facts of one function, as lists of parameter names.

    `concrete`: JAX refuses a tracer.  `remedy`: the parameter that must be given under `jit`, for any
    arguments or, where `sized` names some, when one of those is traced.  `sequences` take a list of
    arrays or numbers for an array, `arrays` raise for it; `elements` take several arrays, none of which
    may be a list.  `strict`: arrays that must all have one dtype.
    """

    signature: str
    returns: str = "unknown"
    problem: str = ""
    concrete: list[str] = field(default_factory=list)
    remedy: str = ""
    sized: list[str] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    strict: list[str] = field(default_factory=list)


@cache
def environment() -> dict[str, Any]:
    """Return the sample values, made once."""
    return samples.environment()


def namespaces() -> list[str]:
    """Return the measured modules, the distributions of `jax.scipy.stats` included."""
    stats = importlib.import_module("jax.scipy.stats")
    distributions = [f"jax.scipy.stats.{name}" for name in _public(stats, types.ModuleType)]
    return [*samples.NAMESPACES, *distributions]


def _public(module: types.ModuleType, kind: type | None = None) -> Iterator[str]:
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if not name.startswith("_") and (isinstance(value, kind) if kind else callable(value)):
            yield name


def callables(namespace: str) -> dict[str, Callable[..., Any]]:
    """Return the public callables of a module by name, exceptions and abstract types left out."""
    module = importlib.import_module(namespace)
    found: dict[str, Callable[..., Any]] = {}
    for name in _public(module):
        value = getattr(module, name)
        if isinstance(value, type) and issubclass(value, (BaseException, np.generic, enum.Enum, jax.Array)):
            continue
        found[name] = value
    return found


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a callable, that of a `jnp.ufunc` by its number of inputs."""
    signature = inspect.signature(function)
    if not isinstance(function, jnp.ufunc):
        return signature
    operands = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in "xy"[: function.nin]]
    rest = [parameter for parameter in signature.parameters.values() if parameter.name != "args"]
    return signature.replace(parameters=operands + rest)


def signature_text(function: Callable[..., Any]) -> str | None:
    """Return the signature without annotations; defaults that are no plain constants become `...`."""
    try:
        signature = signature_of(function)
    except (ValueError, TypeError):
        return None
    parameters = [
        parameter.replace(annotation=parameter.empty, default=_plain(parameter.default))
        for parameter in signature.parameters.values()
    ]
    text = str(inspect.Signature(parameters))
    return text[1:-1]


def _plain(default: object) -> object:
    items = default if isinstance(default, tuple) else (default,)
    plain = all(type(item) in SIMPLE and repr(item) not in ("inf", "-inf", "nan") for item in items)
    return default if plain or default is inspect.Parameter.empty else _ELLIPSIS


class _Ellipsis:
    """Prints as `...`, for defaults that a table cannot hold."""

    def __repr__(self) -> str:
        return "..."


_ELLIPSIS = _Ellipsis()


def sample(dotted: str, function: Callable[..., Any], text: str | None = None) -> dict[str, Any]:
    """Return the sample arguments of a function by parameter name (a starred one holds a tuple)."""
    signature = signature_of(function)
    text = text or samples.CALLS.get(dotted)
    if text is None and dotted.count(".") == 1:
        raise LookupError("no sample")  # functions of `jax` itself may change its state
    if text is None:
        required = [
            parameter.name
            for parameter in signature.parameters.values()
            if parameter.default is parameter.empty and parameter.kind not in (2, 4)
        ]
        return {name: _value(samples.PARAMETERS[name]) for name in required}
    arguments, keywords = eval(f"(lambda *a, **k: (a, k))({text})", environment())
    return dict(signature.bind(*arguments, **keywords).arguments)


def _value(text: str) -> Any:
    return eval(text, environment())


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function with arguments by parameter name, whatever their kinds."""
    ordered = {name: arguments[name] for name in signature_of(function).parameters if name in arguments}
    bound = inspect.BoundArguments(signature_of(function), OrderedDict(ordered))
    return function(*bound.args, **bound.kwargs)


def traceable(value: object) -> bool:
    """Tell whether `jit` can trace this: arrays, numbers, and non-empty containers of them."""
    leaves = jax.tree.leaves(value)
    return bool(leaves) and all(
        isinstance(leaf, (bool, int, float, complex, jax.Array, np.ndarray)) for leaf in leaves
    )


def is_array(value: object) -> bool:
    """Tell whether a sample value is one array of numbers (not a key)."""
    return isinstance(value, jax.Array) and not jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def trace(function: Callable[..., Any], arguments: Mapping[str, Any], names: list[str]) -> Any:
    """Trace a call abstractly in the named arguments, the others closed over."""
    fixed = {name: value for name, value in arguments.items() if name not in names}
    return jax.eval_shape(
        lambda traced: only_arrays(call(function, fixed | traced)), {n: arguments[n] for n in names}
    )


def only_arrays(result: Any) -> Any:
    """Drop what `jit` could not return, so that a function of static values can be traced too."""
    return [leaf for leaf in jax.tree.leaves(result) if isinstance(leaf, (jax.Array, np.ndarray))]


def attempt(function: Callable[..., Any], *arguments: Any) -> str:
    """Return the name of the exception a call raises, or the empty string."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever JAX raises is the measurement
        return type(error).__name__
    return ""


def measure(dotted: str, function: Callable[..., Any]) -> Measured | None:
    """Measure one function; without a usable sample only its signature is known."""
    text = signature_text(function)
    if text is None:
        return None
    measured = Measured(text)
    try:
        arguments = sample(dotted, function)
        if attempt(trace, function, arguments, []):
            call(function, arguments)
    except Exception as error:  # noqa: BLE001 - no sample, or one that does not work
        measured.problem = f"{type(error).__name__}: {str(error)[:150]}"
        return measured
    measured.returns = kind_of_result(function, arguments)
    for name, complete in _variants(measured, function, arguments):
        _measure_traced(measured, function, complete, name)
        _measure_sequence(measured, function, complete, name)
    if dotted in samples.MORE_CALLS:
        more = sample(dotted, function, samples.MORE_CALLS[dotted])
        for name in more.keys() - {*measured.arrays, *measured.sequences}:
            _measure_sequence(measured, function, more, name)
    _measure_strict(measured, function, arguments)
    return measured


def kind_of_result(function: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """Return the word for what a call returns, seen while tracing where that works."""
    arrays = [name for name, value in arguments.items() if is_array(value)]
    seen: list[str] = []

    def look(traced: dict[str, Any]) -> None:
        fixed = {name: value for name, value in arguments.items() if name not in traced}
        seen.append(describe(call(function, fixed | traced)))

    try:
        jax.eval_shape(look, {name: arguments[name] for name in arrays})
    except Exception:  # noqa: BLE001 - a function that cannot be traced at all
        return describe(call(function, arguments))
    return seen[0]


def describe(result: Any) -> str:
    """Return the word for a result: array, key, ``tuple:N``, list, none, function, static or tree."""
    if isinstance(result, jax.Array):
        return "key" if jnp.issubdtype(result.dtype, jax.dtypes.prng_key) else "array"
    if result is None or isinstance(result, (str, int, float, np.dtype, np.ndarray)):
        return "none" if result is None else "static"
    if isinstance(result, (tuple, list)) and result and all(isinstance(item, jax.Array) for item in result):
        return f"tuple:{len(result)}" if isinstance(result, tuple) else "list"
    if callable(result):
        return "function"
    return "static" if not any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(result)) else "tree"


def _variants(
    measured: Measured, function: Callable[..., Any], base: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each parameter that can be sampled, with arguments that hold it and work under `jit`.

    Constants are traced too under `jit`, so that a function whose shapes depend on data fails there with any
    arguments: such a function is measured with its remedy (`size=`) in place, or not at all.
    """
    parameters = signature_of(function).parameters.values()
    working = base
    if attempt(trace, function, base, []):
        remedied = _remedied(function, base)
        if not remedied:
            measured.concrete.extend(name for name, value in base.items() if is_array(value))
            return
        measured.remedy, working = remedied
    for parameter in parameters:
        name = parameter.name
        if name in working:
            yield name, working
        elif name in samples.PARAMETERS and parameter.kind not in (2, 4):
            complete = working | {name: _value(samples.PARAMETERS[name])}
            if not attempt(trace, function, complete, []):
                yield name, complete


def _remedied(function: Callable[..., Any], arguments: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the parameter that makes a call work under `jit`, and the arguments with it."""
    for remedy in REMEDIES:
        if remedy in signature_of(function).parameters and remedy not in arguments:
            fixed = arguments | {remedy: _value(samples.PARAMETERS[remedy])}
            if not attempt(trace, function, fixed, []):
                return remedy, fixed
    return None


def _measure_traced(
    measured: Measured, function: Callable[..., Any], arguments: dict[str, Any], name: str
) -> None:
    if not traceable(arguments[name]) or not attempt(trace, function, arguments, [name]):
        return
    remedied = _remedied(function, arguments)
    if remedied and not attempt(trace, function, remedied[1], [name]):
        measured.remedy = remedied[0]
        measured.sized.append(name)
    else:
        measured.concrete.append(name)


def _refuses(function: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    """Tell whether a call fails because of a list: one where a number stood may fail for other reasons."""
    try:
        trace(function, arguments, [])
    except TypeError as error:
        return any(words in str(error) for words in ("requires ndarray", "as a JAX value", "class 'list'"))
    except Exception:  # noqa: BLE001 - some other reason
        return False
    return False


def _measure_sequence(
    measured: Measured, function: Callable[..., Any], arguments: dict[str, Any], name: str
) -> None:
    value = arguments[name]
    if isinstance(value, (list, tuple)) and value and all(map(is_array, value)):
        nested = arguments | {name: [part.tolist() for part in value]}
        takes_functions = any(map(callable, jax.tree.leaves(arguments)))
        if not takes_functions and attempt(trace, function, nested, []) == "TypeError":
            measured.elements.append(name)
        if signature_of(function).parameters[name].kind is not inspect.Parameter.VAR_POSITIONAL:
            measured.sequences.append(name)
    if isinstance(value, float) or (is_array(value) and value.ndim == 0):
        if _refuses(function, arguments | {name: [float(value)]}):
            measured.arrays.append(name)
        return
    if not is_array(value):
        return
    error = attempt(trace, function, arguments | {name: value.tolist()}, [])
    if not error or _takes_pytree(function, arguments, name):
        measured.sequences.append(name)
    elif error in ("TypeError", "AttributeError"):
        measured.arrays.append(name)


def _takes_pytree(function: Callable[..., Any], arguments: dict[str, Any], name: str) -> bool:
    """Tell whether an argument may be a tuple of arrays, even if it may not be a list of numbers."""
    return not attempt(trace, function, arguments | {name: (arguments[name], arguments[name])}, [])


NARROWER = {"float32": "float16", "int32": "int16"}
OTHER_KIND = {"float32": "int32", "int32": "float32"}


def _measure_strict(measured: Measured, function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Find the arguments that may all be of another dtype, but not one of them alone."""
    numbers = {name: jnp.asarray(value) for name, value in arguments.items() if isinstance(value, float)}
    arguments = arguments | numbers
    for dtype, narrower in NARROWER.items():
        same = {name: value for name, value in arguments.items() if _dtypes(value) == {dtype}}
        changed = {name: _cast(value, narrower) for name, value in same.items()}
        if attempt(trace, function, arguments | changed, []):
            continue
        candidates = [
            name
            for name, value in same.items()
            if all(
                attempt(trace, function, arguments | {name: _with_odd_leaf(value, other)}, []) == "TypeError"
                for other in (narrower, OTHER_KIND[dtype])
            )
        ]
        if sum(len(jax.tree.leaves(same[name])) for name in candidates) > 1:
            measured.strict = candidates
            return


def _dtypes(value: object) -> set[str]:
    leaves = jax.tree.leaves(value)
    return {leaf.dtype.name for leaf in leaves} if all(map(is_array, leaves)) else set()


def _cast(value: Any, dtype: str) -> Any:
    return jax.tree.map(lambda leaf: leaf.astype(dtype), value)


def _with_odd_leaf(value: Any, dtype: str) -> Any:
    """Return arrays of which the first has another dtype."""
    leaves, structure = jax.tree.flatten(value)
    return jax.tree.unflatten(structure, [leaves[0].astype(dtype), *leaves[1:]])
