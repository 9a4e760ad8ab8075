"""Measure what tracers do: as operands of NumPy, of Python's builtins, and through their own methods."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import measure_jax
import numpy as np
from jax.core import Tracer
from samples import words

Call = Callable[..., Any]


def under_jit(call: Call, *values: Any) -> str:
    """Return what a call does with tracers of `jit`: the exception, or the word for the result."""
    seen: list[str] = []

    def look(*tracers: Any) -> None:
        result = call(*tracers)
        seen.append(outcome(result))

    return measure_jax.attempt(jax.eval_shape, look, *values) or seen[0]


def under_grad(call: Call, *values: Any) -> str:
    """Return what a call does with tracers of `grad` alone (integers are taken as floats, as `grad` asks)."""
    seen: list[str] = []

    def look(*tracers: Any) -> Any:
        result = call(*tracers)
        seen.append(outcome(result))
        return 0.0

    floats = [jax.tree.map(lambda value: jnp.asarray(value, float), value) for value in values]
    return measure_jax.attempt(jax.grad(look, tuple(range(len(values)))), *floats) or seen[0]


def outcome(result: Any) -> str:
    """Return `traced` if a result holds a tracer, and `static` otherwise."""
    if inspect.isgenerator(result) or isinstance(result, Iterator):
        result = list(result)
    if isinstance(result, np.ndarray) and result.dtype == object:
        result = result.tolist()
    return "traced" if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(result)) else "static"


# ---------------------------------------------------------------------------------------------- arrays

ARRAY = type(jnp.ones(()))
"""The concrete class of JAX arrays, which has a few names more than `jax.Array`."""

CONVERSIONS: dict[str, Call] = {
    "item": lambda x: x.item(),
    "tolist": lambda x: x.tolist(),
    "tobytes": lambda x: x.tobytes(),
    "__bool__": bool,
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__index__": lambda x: [0, 1][x.astype(int)],
    "__array__": np.asarray,
    "__format__": lambda x: format(x, ".2f"),
    "__str__": str,
    "__repr__": repr,
    "__hash__": hash,
    "__contains__": lambda x: 1.0 in x[None],
    "__round__": round,
    "__abs__": abs,
    "__len__": lambda x: len(x[None]),
    "__iter__": lambda x: iter(x[None]),
    "__reversed__": lambda x: reversed(x[None]),
}


def array_method(name: str) -> Call:
    """Return a method of arrays as a function of the array, with the signature that `jax.Array` gives it."""

    def method(*args: Any, **kwargs: Any) -> Any:
        array, *rest = args
        return getattr(array, name)(*rest, **kwargs)

    try:
        signature = inspect.signature(getattr(jax.Array, name, getattr(ARRAY, name)))
    except ValueError:  # a method written in C++
        return method
    parameters = list(signature.parameters.values())
    parameters[0] = parameters[0].replace(kind=inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return method


def array_attributes() -> dict[str, str]:
    """Return what each attribute is, seen on a tracer: static, array, method, at or the exception."""
    return {name: _attribute(name) for name in dir(ARRAY) if not name.startswith("_")}


def _attribute(name: str) -> str:
    if name == "at":
        return "at"
    if inspect.isroutine(getattr(ARRAY, name)):
        return "method"
    kind = under_jit(lambda x: getattr(x, name), jnp.ones((2, 3)))
    return "array" if kind == "traced" else kind


def array_methods() -> dict[str, measure_jax.Measured]:
    """Measure the methods of arrays as `measure_jax` measures functions."""
    methods = [name for name, kind in array_attributes().items() if kind == "method"]
    measured = {name: measure_jax.measure(f"jax.Array.{name}", array_method(name)) for name in methods}
    return {name: result for name, result in measured.items() if result}


def at_methods() -> list[str]:
    """Return the update methods of `x.at[i]`."""
    reference = jnp.ones(3).at[0]
    return [
        name for name in dir(reference) if not name.startswith("_") and callable(getattr(reference, name))
    ]


def numpy_only() -> list[str]:
    """Return the public attributes of NumPy arrays that JAX arrays lack."""
    return [name for name in dir(np.ndarray) if not name.startswith("_") and not hasattr(ARRAY, name)]


# ---------------------------------------------------------------------------------------------- NumPy

COUNTERPARTS = {
    "numpy": "jax.numpy",
    "numpy.linalg": "jax.numpy.linalg",
    "numpy.fft": "jax.numpy.fft",
    "scipy.special": "jax.scipy.special",
    "scipy.linalg": "jax.scipy.linalg",
    "scipy.fft": "jax.scipy.fft",
    "scipy.signal": "jax.scipy.signal",
    "scipy.ndimage": "jax.scipy.ndimage",
    "scipy.stats": "jax.scipy.stats",
    "scipy.stats.norm": "jax.scipy.stats.norm",
    "scipy.stats.uniform": "jax.scipy.stats.uniform",
    "scipy.stats.expon": "jax.scipy.stats.expon",
    "scipy.stats.gamma": "jax.scipy.stats.gamma",
    "scipy.stats.beta": "jax.scipy.stats.beta",
    "scipy.stats.poisson": "jax.scipy.stats.poisson",
    "scipy.integrate": "jax.scipy.integrate",
}
"""The measured modules of NumPy and SciPy, and the modules of JAX that stand for them."""

WITH_EFFECTS = frozenset(
    words(
        "save savez savez_compressed savetxt load loadtxt fromfile genfromtxt fromregex "
        "show_config show_runtime test info "
        "set_printoptions seterr seterrcall setbufsize get_include printoptions errstate rvs interact fit "
        "frombuffer "
        "datetime_data busday_offset busday_count is_busday datetime_as_string nested_iters set_workers"
    )
)
"""Functions that are not called: they touch files, settings or the screen, or take no arrays."""

CANDIDATES = (
    "f23",
    "f33",
    "f3",
    "f3, f3",
    "i3",
    "i3, i3",
    "f33, f3",
    "f3, f3, f3",
    "i1, f3",
    "b3",
    "c3",
    "f, f",
    "f8",
    "f33, f33",
    "f23, 1",
    "f8, 3",
    "f3, f3, f3, f3",
)
"""Arguments that are tried in turn on a function without a sample of its own."""


def host_values() -> dict[str, Any]:
    """Return the names of the sample expressions, their arrays as NumPy arrays."""
    values = measure_jax.environment()
    arrays = {name: np.array(value) for name, value in values.items() if measure_jax.is_array(value)}
    return values | arrays | {"jnp": np}


def numpy_callables(namespace: str) -> dict[str, Call]:
    """Return the public functions of a module of NumPy or SciPy, or the methods of a distribution."""
    parent, _, last = namespace.rpartition(".")
    scope = importlib.import_module(parent if parent == "scipy.stats" else namespace)
    scope = getattr(scope, last) if parent == "scipy.stats" else scope
    names = sorted(set(getattr(scope, "__all__", None) or dir(scope)) - WITH_EFFECTS)
    found = {
        name: getattr(scope, name) for name in names if not name.startswith("_") and hasattr(scope, name)
    }
    return {name: value for name, value in found.items() if callable(value) and not _makes_objects(value)}


def _makes_objects(value: Any) -> bool:
    return inspect.isclass(value) or hasattr(value, "rvs") or getattr(value, "__name__", "") == "freeze"


def ufunc_methods() -> dict[str, Call]:
    """Return the methods of a ufunc."""
    return {name: getattr(np.add, name) for name in ("accumulate", "at", "outer", "reduce", "reduceat")}


def numpy_outcomes(function: Call, sample: str | None) -> tuple[str, str, dict[str, str]] | None:
    """Return what a function does under `jit` and `grad`, and the arguments that differ under `jit`."""
    arguments = _host_arguments(function, [sample] if sample else CANDIDATES)
    if arguments is None:
        return None
    places = [place for place, value in arguments.items() if _holds_arrays(value)]
    if not places:
        return None
    outcomes = {place: _checked(under_jit, function, arguments, place) for place in places}
    first, *rest = places
    others = {_name(function, place): outcomes[place] for place in rest if outcomes[place] != outcomes[first]}
    return outcomes[first], _checked(under_grad, function, arguments, first), others


def _host_arguments(function: Call, texts: Iterable[str]) -> dict[int | str, Any] | None:
    """The first arguments that work, by position or keyword."""
    for text in texts:
        arguments, keywords = eval(f"(lambda *a, **k: (a, k))({text})", host_values())
        places: dict[int | str, Any] = {**dict(enumerate(arguments)), **keywords}
        if not measure_jax.attempt(_host_call, function, places):
            return {**dict(enumerate(arguments)), **keywords}
    return None


def _host_call(function: Call, places: dict[int | str, Any]) -> Any:
    copied = {
        place: np.copy(value) if isinstance(value, np.ndarray) else value for place, value in places.items()
    }
    positional = [value for place, value in copied.items() if isinstance(place, int)]
    return function(
        *positional, **{place: value for place, value in copied.items() if isinstance(place, str)}
    )


def _traced_call(function: Call, places: dict[int | str, Any]) -> Any:
    positional = [value for place, value in places.items() if isinstance(place, int)]
    return function(
        *positional, **{place: value for place, value in places.items() if isinstance(place, str)}
    )


def _holds_arrays(value: Any) -> bool:
    items = value if isinstance(value, (list, tuple)) and value else [value]
    return all(isinstance(item, np.ndarray) for item in items)


def _name(function: Call, place: int | str) -> str:
    if isinstance(place, str):
        return place
    try:
        parameters = list(inspect.signature(function).parameters)
    except ValueError:
        parameters = []
    return parameters[place] if place < len(parameters) else f"argument{place}"


def _checked(
    level: Callable[..., str], function: Call, arguments: dict[int | str, Any], place: int | str
) -> str:
    """The outcome with one argument traced; an untraced result that differs from the true one is `silent`."""
    results: list[Any] = []

    def call(tracer: Any) -> Any:
        results.append(_traced_call(function, arguments | {place: tracer}))
        return results[-1]

    value = jax.tree.map(jnp.asarray, arguments[place])
    kind = level(call, value)
    if kind != "static":
        return kind
    return "static" if _equal(results[-1], _host_call(function, arguments)) else "silent"


def _equal(one: Any, other: Any) -> bool:
    """Compare results by value where they are arrays or numbers, else by what they print."""
    if not measure_jax.attempt(np.asarray, one):
        return bool(np.all(np.asarray(one) == np.asarray(other)))
    return repr(one) == repr(other)


# ---------------------------------------------------------------------------------------------- Python

PYTHON: dict[str, dict[str, str]] = {
    "builtins": {
        **{
            name: f"{name}(x)"
            for name in words("abs bool complex float int hash repr str id type callable round")
        },
        **{name: f"{name}(i)" for name in words("bin hex oct chr range bytes bytearray")},
        **{name: f"{name}(v)" for name in words("len all any sum min max sorted list tuple iter enumerate")},
        **{name: f"{name}(v)" for name in words("reversed set frozenset dir vars print")},
        "divmod": "divmod(x, 2.0)",
        "pow": "pow(x, 2)",
        "zip": "zip(v, v)",
        "map": "map(abs, v)",
        "filter": "filter(None, v)",
        "next": "next(iter(v))",
        "isinstance": "isinstance(x, float)",
        "issubclass": "issubclass(type(x), float)",
        "getattr": "getattr(x, 'T')",
        "hasattr": "hasattr(x, 'T')",
        "format": "format(x, '.2f')",
        "slice": "slice(i)",
        "dict": "dict(a=x)",
        "ascii": "ascii(x)",
    },
    "math": {
        name: f"math.{name}({arguments})"
        for arguments, names in {
            "x": "acos asin asinh atan atanh ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor frexp "
            "gamma isfinite isinf isnan lgamma log log10 log1p log2 modf radians sin sinh sqrt tan tanh "
            "trunc ulp cbrt",
            "x + 1": "acosh",
            "i": "factorial isqrt",
            "x, x": "atan2 copysign dist_ fmod hypot isclose nextafter pow remainder",
            "i, i": "comb gcd lcm perm",
            "x, 2": "ldexp",
            "v": "fsum prod",
            "v, v": "dist sumprod",
        }.items()
        for name in words(names)
        if hasattr(math, name)
    },
    "cmath": {name: f"cmath.{name}(x)" for name in words("exp log sqrt sin cos phase polar isnan")},
    "operator": {
        **{name: f"operator.{name}(x)" for name in words("abs neg pos not_ truth")},
        **{
            name: f"operator.{name}(x, x)"
            for name in words("add sub mul truediv floordiv mod pow is_ is_not")
        },
        **{name: f"operator.{name}(x, x)" for name in words("eq ne lt le gt ge iadd isub imul itruediv")},
        **{name: f"operator.{name}(i, i)" for name in words("and_ or_ xor lshift rshift")},
        "inv": "operator.inv(i)",
        "invert": "operator.invert(i)",
        "index": "operator.index(i)",
        "matmul": "operator.matmul(v, v)",
        "contains": "operator.contains(v, x)",
        "countOf": "operator.countOf(v, x)",
        "indexOf": "operator.indexOf(v, x)",
        "concat": "operator.concat(v, v)",
        "getitem": "operator.getitem(v, 0)",
        "setitem": "operator.setitem(v, 0, x)",
        "length_hint": "operator.length_hint(v)",
        "itemgetter": "operator.itemgetter(0)(v)",
        "attrgetter": "operator.attrgetter('T')(v)",
        "methodcaller": "operator.methodcaller('sum')(v)",
    },
    "functools": {"reduce": "functools.reduce(operator.add, v)"},
    "itertools": {
        **{name: f"itertools.{name}(v)" for name in words("accumulate chain pairwise permutations product")},
        "combinations": "itertools.combinations(v, 2)",
        "islice": "itertools.islice(v, 2)",
        "repeat": "itertools.repeat(x, 2)",
        "starmap": "itertools.starmap(max, [(x, 1.0)])",
        "takewhile": "itertools.takewhile(lambda e: e > 0, v)",
        "dropwhile": "itertools.dropwhile(lambda e: e > 0, v)",
        "filterfalse": "itertools.filterfalse(None, v)",
        "compress": "itertools.compress([1, 2, 3], v)",
        "groupby": "itertools.groupby(v)",
        "zip_longest": "itertools.zip_longest(v, v)",
    },
    "copy": {"copy": "copy.copy(x)", "deepcopy": "copy.deepcopy(x)"},
    "statistics": {name: f"statistics.{name}(v)" for name in words("mean fmean median stdev variance")},
    "random": {
        "choice": "random.choice(v)",
        "sample": "random.sample(list(v), 2)",
        "shuffle": "random.shuffle(v)",
        "uniform": "random.uniform(x, x)",
        "gauss": "random.gauss(x, x)",
        "randint": "random.randint(i, i)",
        "randrange": "random.randrange(i)",
        "seed": "random.seed(i)",
    },
    "bisect": {"bisect": "bisect.bisect(v, 0.5)", "bisect_left": "bisect.bisect_left([0.1, 0.2], x)"},
    "heapq": {"nlargest": "heapq.nlargest(2, v)", "nsmallest": "heapq.nsmallest(2, v)"},
    "json": {"dumps": "json.dumps(x)"},
    "pickle": {"dumps": "pickle.dumps(x)"},
    "decimal": {"Decimal": "decimal.Decimal(x)"},
    "fractions": {"Fraction": "fractions.Fraction(x)"},
}
"""Calls of builtins and of the standard library, with a traced `x` (float), `i` (integer) or `v` (vector)."""


def python_outcomes(text: str) -> tuple[str, str]:
    """Return what a call of `PYTHON` does under `jit`, and under `grad` alone."""
    modules = {name: importlib.import_module(name) for name in PYTHON}
    code = compile(text, text, "eval")

    def call(x: Any, i: Any, v: Any) -> Any:
        return eval(code, modules | {"x": x, "i": i, "v": v})

    floats = (jnp.float32(0.5), jnp.float32([0.25, 0.5, 0.75]))
    integer = jnp.int32(1)
    with contextlib.redirect_stdout(io.StringIO()):
        jit = under_jit(call, floats[0], integer, floats[1])
        grad = under_grad(lambda x, v: call(x, integer, v), *floats)
    return jit, grad
