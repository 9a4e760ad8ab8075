"""The tables of `jaxlint/knowledge` say what the installed JAX, NumPy and Python do.

Facts are measured anew with the tools that wrote the tables; words for shapes and dtypes are put to work
on sample calls and compared with what JAX makes of them.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jaxlint.knowledge import dtype_words, dtypes, functions, operands, results, shape_words, shapes
from jaxlint.knowledge.dtypes import SHORT_NAMES, Dtype
from jaxlint.knowledge.functions import FunctionFacts, Kind
from jaxlint.knowledge.results import UNKNOWN, Operand

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")
np = pytest.importorskip("numpy")

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
measure_jax: Any = importlib.import_module("measure_jax")
measure_tracers: Any = importlib.import_module("measure_tracers")
samples: Any = importlib.import_module("samples")

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        tuple(map(int, jax.__version__.split(".")[:2])) != (0, 12),
        reason="the tables are measured on JAX 0.12",
    ),
]

NAMESPACES = measure_jax.namespaces()
ARRAY = "jax.Array"
IMPORTANT = frozenset(
    samples.words(
        "jax.numpy.sum jax.numpy.where jax.numpy.nonzero jax.numpy.unique jax.numpy.repeat jax.numpy.arange "
        "jax.numpy.zeros jax.numpy.reshape jax.numpy.concatenate jax.numpy.linspace jax.numpy.roll "
        "jax.numpy.delete jax.nn.one_hot jax.ops.segment_sum jax.random.split jax.random.normal "
        "jax.lax.dynamic_slice"
    )
)
"""Functions that every run measures, beside one in twenty of all others."""


def of_namespace(namespace: str) -> dict[str, tuple[Any, FunctionFacts]]:
    """The callables of a namespace that have facts, by dotted name."""
    if namespace == ARRAY:
        kinds = measure_tracers.array_attributes()
        found = {name: measure_tracers.array_method(name) for name, kind in kinds.items() if kind == "method"}
        facts = {name: functions.array_method(name) for name in found}
    else:
        found = measure_jax.callables(namespace)
        facts = {name: functions.function(f"{namespace}.{name}") for name in found}
    return {f"{namespace}.{name}": (found[name], known) for name, known in facts.items() if known}


# ------------------------------------------------------------------------------------------ the tables


@pytest.mark.parametrize("table", ["functions", "numpy", "scipy"])
def test_names_exist(table: str) -> None:
    """Every name of a table is an attribute of the installed library."""
    if table == "scipy":
        pytest.importorskip("scipy")
    for sections in functions._table(table).values():
        for namespace, rows in sections.items():
            scope = _scope(namespace)
            missing = [name for names in rows.values() for name in names.split() if not hasattr(scope, name)]
            assert not missing, namespace


def _scope(namespace: str) -> Any:
    if namespace == "numpy.ufunc":
        return np.add
    try:
        return importlib.import_module(namespace)
    except ImportError:
        parent, _, name = namespace.rpartition(".")
        return getattr(importlib.import_module(parent), name)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_public_callable_has_facts(namespace: str) -> None:
    """A function that JAX adds is missed here, and the tables are to be measured again."""
    for name, function in measure_jax.callables(namespace).items():
        text = measure_jax.signature_text(function)
        facts = functions.function(f"{namespace}.{name}")
        if isinstance(function, type) or name[0].isupper():
            continue  # what Python tells of the signatures of classes and aliases differs between versions
        assert (facts is None) == (text is None), name
        if facts and text is not None:
            assert facts.signature == functions.parse_signature(text), name


def test_signature_is_read_as_python_reads_it() -> None:
    """Kinds, defaults and order of parameters survive the text of a table."""
    signature = functions.parse_signature("a, b=1, /, c='x', *args, d, e=..., **rest")
    assert [(param.name, param.kind, param.has_default) for param in signature.params] == [
        ("a", Kind.POSITIONAL_ONLY, False),
        ("b", Kind.POSITIONAL_ONLY, True),
        ("c", Kind.POSITIONAL_OR_KEYWORD, True),
        ("args", Kind.VAR_POSITIONAL, False),
        ("d", Kind.KEYWORD_ONLY, False),
        ("e", Kind.KEYWORD_ONLY, True),
        ("rest", Kind.VAR_KEYWORD, False),
    ]
    assert [param.default_text for param in signature.params if param.has_default] == ["1", "'x'", "..."]
    assert [Kind(kind).name for kind in Kind] == [kind.name for kind in inspect._ParameterKind]


@pytest.mark.parametrize("fact", ["shape", "dtype"])
def test_words_are_words(fact: str) -> None:
    """Each hand-kept word has a rule, and each name that has a word is a function."""
    rules: set[str] = (
        set(shape_words.SHAPES) if fact == "shape" else set(dtype_words.DTYPES) | set(SHORT_NAMES.values())
    )
    rules |= {"unknown", "float", "int", "key"}
    for namespace, rows in functions._table("words")[fact].items():
        for word, names in rows.items():
            assert word.removeprefix("argument:").removesuffix("!") in rules
            known = functions._index("arrays" if namespace == ARRAY else "functions", "signatures", namespace)
            assert namespace.endswith("*") or set(names.split()) <= known.keys(), (namespace, word)


def test_unknown_names_have_no_facts() -> None:
    """What is no function of a library gives None, whatever the name looks like."""
    assert functions.function("jax.numpy.no_such_name") is None
    assert functions.function("nothing") is None
    assert functions.array_method("fill") is None
    assert functions.numpy_function("pandas.DataFrame") is None
    assert functions.numpy_function("numpy.add.no_such_method") is None
    assert functions.builtin("math.no_such_name") is None


# ------------------------------------------------------------------------------------ measured anew


def _again() -> list[str]:
    names = [name for namespace in [*NAMESPACES, ARRAY] for name in of_namespace(namespace)]
    return sorted(IMPORTANT | set(names[::20]))


@pytest.mark.parametrize("dotted", _again())
def test_arguments_are_asked_for_as_measured(dotted: str) -> None:
    """What must be concrete, fixes a size, takes lists or shares a dtype is as JAX says now."""
    function, facts = of_namespace(dotted.rpartition(".")[0])[dotted]
    measured = measure_jax.measure(dotted, function)
    assert facts.concrete == frozenset(measured.concrete)
    assert facts.data_dependent == (measured.remedy or None)
    assert facts.data_parameters == frozenset(measured.sized)
    assert facts.sequences == frozenset(measured.sequences)
    assert facts.arrays == frozenset(measured.arrays)
    assert facts.elements == frozenset(measured.elements)
    assert facts.strict == frozenset(measured.strict)


def test_array_attributes() -> None:
    """Attributes of tracers are static, arrays or methods as the table says; NumPy has more."""
    for name, kind in measure_tracers.array_attributes().items():
        assert functions.array_attribute(name) == kind, name
    assert all(functions.numpy_only(name) for name in measure_tracers.numpy_only())
    assert functions.at_methods() == frozenset(measure_tracers.at_methods())


@pytest.mark.parametrize("name", sorted(measure_tracers.CONVERSIONS))
def test_conversions(name: str) -> None:
    """Conversions of tracers raise, or not, as the table says."""
    call = measure_tracers.CONVERSIONS[name]
    value = jnp.float32(0.5)
    found = measure_tracers.under_jit(call, value), measure_tracers.under_grad(call, value)
    assert functions.conversion(name) == tuple(map(functions._outcome, found))


@pytest.mark.parametrize("namespace", ["numpy", "numpy.linalg", "numpy.fft"])
def test_numpy_on_tracers(namespace: str) -> None:
    """Each function of NumPy does with a tracer what the table says."""
    module = measure_tracers.COUNTERPARTS[namespace]
    for name, function in measure_tracers.numpy_callables(namespace).items():
        dotted = f"{namespace}.{name}"
        sample = samples.CALLS.get(dotted) or samples.CALLS.get(f"{module}.{name}")
        measured = measure_tracers.numpy_outcomes(function, sample)
        facts = functions.numpy_function(dotted)
        assert (facts is None) == (measured is None), name
        if facts is None:
            continue
        jit, grad, others = measured
        assert (facts.jit, facts.grad) == (functions._outcome(jit), functions._outcome(grad)), name
        assert facts.others == {key: functions._outcome(text) for key, text in others.items()}, name


def _python_calls() -> list[tuple[str, str]]:
    return [
        (name if namespace == "builtins" else f"{namespace}.{name}", text)
        for namespace, calls in measure_tracers.PYTHON.items()
        for name, text in calls.items()
    ]


@pytest.mark.parametrize(("dotted", "text"), _python_calls())
def test_python_on_tracers(dotted: str, text: str) -> None:
    """Each builtin and function of the standard library does with a tracer what the table says."""
    jit, grad = map(functions._outcome, measure_tracers.python_outcomes(text))
    facts = functions.builtin(dotted)
    assert facts is not None
    assert (facts.jit, facts.grad) == (jit, grad)


# ------------------------------------------------------------------------------------ shapes and dtypes

OPTIONS: dict[str, tuple[Any, ...]] = {
    "axis": (None, -1, (0, 1)),
    "keepdims": (True,),
    "dtype": ("float16",),
    "shape": (3, (4,)),
    "k": (1, 2),
    "M": (4,),
    "num": (3,),
    "axes": (None, 1),
    "offset": (1,),
    "num_segments": (5,),
    "size": (4,),
    "length": (5,),
    "total_repeat_length": (7,),
    "start": (1,),
}
"""Values of optional parameters, each of which gives one more call."""


def calls(dotted: str, function: Any) -> Iterator[dict[str, Any]]:
    """Give the sample call of a function, with other dtypes, with numbers for arrays, and with options."""
    try:
        base = measure_jax.sample(dotted, function)
    except Exception:  # noqa: BLE001 - without a sample there are no words to hold
        return
    if dotted == "jax.numpy.where":
        base = {"condition": base["condition"], "x": jnp.ones(3), "y": jnp.ones(3)}
    for dtype in (jnp.int32, jnp.bool_):
        yield jax.tree.map(lambda leaf, dtype=dtype: leaf.astype(dtype) if _is_float(leaf) else leaf, base)
    floats = [] if dotted.startswith("jax.random.") else [name for name in base if _is_float(base[name])]
    yield from (base | {name: number} for name, number in itertools.product(floats[:2], (2, 2.5)))
    parameters = measure_jax.signature_of(function).parameters
    for shaped in (base, *_other_ranks(base)):
        yield shaped
        for name, values in OPTIONS.items():
            yield from (shaped | {name: value} for value in values if name in parameters)


def _other_ranks(base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same call with one of its arrays, or all of them, of one axis more or less."""
    arrays = [name for name, value in base.items() if measure_jax.is_array(value)]
    for names in (*([name] for name in arrays[:3]), arrays):
        yield base | {name: jnp.stack([base[name]] * 2) for name in names}
        yield base | {name: base[name][None, :, None] for name in names if base[name].ndim}
        yield base | {name: base[name][0] for name in names if base[name].ndim}


def _is_float(value: Any) -> bool:
    return isinstance(value, jax.Array) and value.dtype == jnp.float32


def real_result(function: Any, arguments: dict[str, Any]) -> Any:
    """What JAX makes of a call, traced in its arrays."""
    arrays = [name for name, value in arguments.items() if measure_jax.is_array(value)]
    fixed = {name: value for name, value in arguments.items() if name not in arrays}
    traced = {name: arguments[name] for name in arrays}
    return jax.eval_shape(lambda given: measure_jax.call(function, fixed | given), traced)


def known(value: Any) -> Any:
    """An argument as `results` takes it."""
    if isinstance(value, (jax.Array, np.ndarray)):
        return Operand(value.shape, short_dtype(value))
    if type(value) in (tuple, list):
        return type(value)(map(known, value))
    if value is None or isinstance(value, (int, float, complex, str)):
        return value
    return np.dtype(value).name if isinstance(value, (type(jnp.float32), np.dtype)) else UNKNOWN


def short_dtype(array: Any) -> Dtype:
    """The dtype of an array in our words."""
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        return dtypes.KEY
    return Dtype(
        SHORT_NAMES.get(array.dtype.name, array.dtype.name), weak=bool(getattr(array, "weak_type", False))
    )


def agrees(claim: Any, real: Any) -> bool:
    """Tell whether what is claimed of a result is true of it; None and unknown parts claim nothing."""
    if claim is None:
        return True
    if isinstance(claim, (tuple, list)):
        return len(claim) == len(real) and all(map(agrees, claim, real))
    shape, dtype = claim.shape, claim.dtype
    return (dtype is None or dtype.name == short_dtype(real).name) and (
        shape is None
        or (
            len(shape) == len(real.shape)
            and all(a is None or a == b for a, b in zip(shape, real.shape, strict=True))
        )
    )


def blurred(value: Any, shape_known: bool) -> Any:
    """An argument of which less is known: arrays of unknown dimensions, or of unknown rank."""
    if isinstance(value, Operand):
        return Operand((None,) * len(value.shape or ()) if shape_known else None, value.dtype)
    return (
        type(value)(blurred(item, shape_known) for item in value)
        if isinstance(value, (tuple, list))
        else value
    )


@pytest.mark.parametrize("namespace", [*NAMESPACES, ARRAY])
def test_sizes_are_numbers(namespace: str) -> None:
    """Whatever is passed for a number, even an array, every size of a result is a number or unknown."""
    array = Operand((), Dtype("i32"))
    for dotted, (_, facts) in of_namespace(namespace).items():
        names = facts.signature.names()
        for first in (array, Operand((3,))):
            given = {name: array if index else first for index, name in enumerate(names)}
            found = results.call_result(facts, given)
            for operand in found if isinstance(found, (tuple, list)) else (found,):
                sizes = () if operand is None else operand.shape or ()
                assert all(size is None or type(size) is int for size in sizes), dotted


@pytest.mark.parametrize("namespace", [*NAMESPACES, ARRAY])
def test_results_are_as_claimed(namespace: str) -> None:
    """Shapes and dtypes computed from the words are those that JAX computes, and knowing less claims less."""
    checked = 0
    for dotted, (function, facts) in of_namespace(namespace).items():
        if facts.shape == facts.dtype == "unknown" or facts.returns in (
            "tree",
            "unknown",
            "static",
            "function",
            "none",
        ):
            continue
        for arguments in calls(dotted, function):
            if dotted.startswith("jax.numpy.fft.") and arguments.get("axis", -1) is None:
                continue  # over no axis nothing is transformed, and the dtype is left as it is
            try:
                real = real_result(function, arguments)
            except Exception:  # noqa: BLE001 - this variant is no valid call
                continue
            given = {name: known(value) for name, value in arguments.items()}
            shown = f"{dotted}({given}) = {real}"
            assert agrees(results.call_result(facts, given), real), shown
            for ranks in (True, False):
                less = {name: blurred(value, ranks) for name, value in given.items()}
                assert agrees(results.call_result(facts, less), real), shown
            unknown = dict.fromkeys(given, UNKNOWN)
            assert agrees(results.call_result(facts, unknown), real), shown
            checked += 1
    assert (
        checked
        or namespace.count(".") != 1
        or namespace in ("jax", "jax.tree", "jax.tree_util", "jax.dtypes", "jax.debug")
    )


NUMPY_CALLS = (
    "zeros((3,))",
    "ones((2, 3), dtype='float32')",
    "arange(3)",
    "arange(0.0, 1.0, 0.25)",
    "linspace(0.0, 1.0, 5)",
    "eye(3)",
    "array([1, 2, 3])",
    "array([[1.0, 2.0]])",
    "full((2,), 7)",
    "sum(x)",
    "sum(i, axis=0)",
    "mean(i)",
    "mean(x, axis=1)",
    "sin(i)",
    "add(x, i)",
    "add(x, 1)",
    "argmax(x, axis=0)",
    "zeros_like(i)",
    "concatenate([x, x], axis=1)",
    "stack([x, x])",
    "reshape(x, (3, 2))",
    "cumsum(i, axis=0)",
    "std(i)",
    "where(x > 0, x, 0.0)",
    "expand_dims(x, 0)",
)


@pytest.mark.parametrize("text", NUMPY_CALLS)
def test_numpy_results_are_as_claimed(text: str) -> None:
    """NumPy's results have the shapes of their counterparts in JAX, with NumPy's dtypes."""
    values = {"x": np.ones((2, 3), np.float32), "i": np.ones((2, 3), np.int32)}
    name = text.partition("(")[0]
    arguments, keywords = eval(f"(lambda *a, **k: (a, k)){text[len(name) :]}", values)
    facts = functions.numpy_function(f"numpy.{name}")
    assert facts is not None
    assert facts.signature is not None
    bound = dict(zip(facts.signature.names(), arguments, strict=False)) | keywords
    given = {parameter: known(value) for parameter, value in bound.items()}
    twin = FunctionFacts(facts.name, facts.signature, facts.returns, facts.shape, facts.dtype)
    real = getattr(np, name)(*arguments, **keywords)
    assert results.call_result(twin, given, numpy=True) == Operand(real.shape, short_dtype(real))


JAX_DTYPES = samples.words("bool_ uint8 uint16 uint32 int8 int16 int32 bfloat16 float16 float32 complex64")
NUMPY_DTYPES = samples.words(
    "bool_ uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128"
)


def test_promotion_is_that_of_jax() -> None:
    """Any two dtypes, weak ones included, promote as in `jnp.add`."""
    numbers = [jnp.ones((), name) for name in JAX_DTYPES] + [1, 1.0, 1j]
    for one, other in itertools.product(numbers, numbers):
        expected = short_dtype(jax.eval_shape(lambda a=one, b=other: jnp.add(a, b)))
        assert dtypes.promote(operands.dtype_of(known(one)), operands.dtype_of(known(other))) == expected, (
            one,
            other,
        )


def test_promotion_is_that_of_numpy() -> None:
    """Any two dtypes, Python numbers included, promote as in NumPy."""
    arrays = [np.ones(2, name) for name in NUMPY_DTYPES]
    for one, other in itertools.product(arrays, [*arrays, 1, 1.0, 1j]):
        expected = Dtype(SHORT_NAMES[np.result_type(one, other).name])
        assert dtypes.promote_numpy(short_dtype(one), operands.dtype_of(known(other))) == expected, (
            one,
            other,
        )


INDICES = (
    *("0", "-1", "0, 1", "1:", ":, 0", "...", "..., 0", "None", "None, 0", ":, None", "::2", "1:3, ::-1"),
    *("0, ..., 1:2", "5:2", "[0, 1]", "[0, 1], :, 0", ":, [0, 1]", "0, :, [0, 1]", ":, [0, 1], [0, 1]"),
    *("[[0, 1]], 0", "mask", "mask2", "mask2, 0", "None, [0, 1], None", "..., [0, 1]"),
)


@pytest.mark.parametrize("text", INDICES)
def test_indexing_gives_the_shape_of_numpy(text: str) -> None:
    """Basic and advanced indices, alone and mixed, give the shape that NumPy gives."""
    array = np.zeros((4, 5, 6))
    masks = {"mask": np.ones(4, bool), "mask2": np.ones((4, 5), bool)}
    where = eval(f"np.index_exp[{text}]", {"np": np} | masks)
    items = [_index_item(item) for item in where]
    found = shapes.index(array.shape, items)
    real = array[where].shape
    assert found is not None
    assert len(found) == len(real)
    assert all(a is None or a == b for a, b in zip(found, real, strict=True))
    blurry = shapes.index((None, None, None), items)
    assert blurry is not None
    assert all(a is None or a == b for a, b in zip(blurry, real, strict=True))
    assert shapes.index(None, items) is None


def _index_item(item: Any) -> shapes.Item:
    if isinstance(item, (list, np.ndarray)):
        found = np.asarray(item)
        return shapes.ArrayIndex(found.shape, mask=found.dtype == bool)
    unchanged: shapes.Item = item
    return unchanged


def test_an_index_too_many_is_unknown() -> None:
    """What raises has no shape."""
    assert shapes.index((3,), [0, 0]) is None
    assert shapes.broadcast((2,), (3,)) is None
    assert shapes.reduce((2, 3), 5) is None
    assert shapes.matmul((2, 3), (4, 5)) is None


def test_random_reshapes() -> None:
    """`-1` is worked out where the size is known, and left open where it is not."""
    random.seed(0)
    for _ in range(100):
        shape = tuple(random.choices((1, 2, 3, 4), k=random.randint(0, 4)))
        new = (*shape[1:], -1) if shape else (-1,)
        assert shapes.reshape(shape, new) == np.zeros(shape).reshape(new).shape
    assert shapes.reshape((None, 4), (-1, 2)) == (None, 2)
