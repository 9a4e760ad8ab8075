"""Measuring in the worker: equations, lines, constants, growth, kernels, and what the model makes of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jaxlint.tracing.laws import Law
from jaxlint.tracing.model import Model, default, factor_of, read
from jaxlint.tracing.protocol import Options

jax = pytest.importorskip("jax", reason="measuring needs JAX")

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax  # noqa: E402

from jaxlint.tracing.measure import compiling  # noqa: E402
from jaxlint.tracing.measure import measure as measure_call  # noqa: E402
from jaxlint.tracing.measure.call import Call  # noqa: E402
from jaxlint.tracing.measure.features import features  # noqa: E402
from jaxlint.tracing.measure.growth import sizes  # noqa: E402
from jaxlint.tracing.measure.jaxprs import Counting, opened  # noqa: E402
from jaxlint.tracing.measure.modules import graphs  # noqa: E402

TABLE: Any = np.ones((64, 64), np.float32)


def array(*shape: int) -> Any:
    """An abstract argument."""
    return jax.ShapeDtypeStruct(shape, jnp.float32)


def measure(function: Any, arguments: list[Any], options: Options, **files: Any) -> dict[str, Any]:
    """Measure a function of positional arguments."""
    return measure_call(Call(function, arguments), options, **files)


def cumulative(x: Any) -> Any:
    """The book's cumulative sum: a slice, a squeeze, an addition and a broadcast for each element."""
    total, sums = 0.0, []
    for i in range(x.shape[0]):
        total = total + x[i]
        sums.append(total)
    return jnp.stack(sums)


def scanned(x: Any) -> Any:
    """The same, as one equation."""
    return lax.scan(lambda total, value: (total + value, total + value), 0.0, x)[1]


def equations(function: Callable[..., Any], *arguments: Any) -> dict[str, int]:
    """Count the primitives of a function."""
    return dict(Counting().tally(opened(jax.make_jaxpr(function)(*arguments))).primitives)


clipped = jax.custom_vjp(jnp.sin)
clipped.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))


@pytest.mark.parametrize(
    ("wrap", "expected"),
    [
        pytest.param(lambda f: f, 1, id="alone"),
        pytest.param(lambda f: lambda x: jax.jit(f)(x) + 1, 1, id="jit"),
        pytest.param(lambda f: lambda x: lax.scan(lambda c, y: (f(c) + y, c), 0.0, x), 1, id="scan"),
        pytest.param(lambda f: lambda x: lax.cond(x[0] > 0, f, lambda y: f(f(y)), x), 3, id="cond"),
        pytest.param(lambda f: lambda x: lax.while_loop(lambda y: f(y)[0] > 0, f, x), 2, id="while"),
        pytest.param(lambda f: jax.vmap(lambda y: lax.fori_loop(0, 3, lambda _, z: f(z), y)), 1, id="fori"),
        pytest.param(lambda f: jax.checkpoint(lambda x: f(f(x))), 2, id="checkpoint"),
        pytest.param(lambda _: lambda x: clipped(x) * 2, 1, id="custom_vjp"),
    ],
)
def test_equations_are_counted_in_every_jaxpr_inside(wrap: Callable[..., Any], expected: int) -> None:
    """Whatever holds the jaxpr, its equations count."""
    assert equations(wrap(jnp.sin), array(4))["sin"] == expected


def test_a_jaxpr_that_is_used_twice_counts_twice() -> None:
    """XLA inlines calls, so that each is a copy of its own."""
    inner = jax.jit(lambda x: jnp.sin(jnp.sin(x)))
    assert equations(lambda x: inner(x) + inner(x), array(4))["sin"] == 4


def test_equations_belong_to_lines() -> None:
    """Also those inside of a library's functions, which JAX traces once and remembers."""

    def function(x: Any) -> Any:
        first = jnp.where(x > 0, x, 0.0)
        second = jnp.where(x > 1, x, 0.0)
        return first, second

    start = function.__code__.co_firstlineno
    counting = Counting(frozenset({__file__}))
    lines = counting.tally(opened(jax.make_jaxpr(function)(array(3)))).lines
    assert set(lines) == {(__file__, start + 1), (__file__, start + 2)}
    assert lines[__file__, start + 1] == lines[__file__, start + 2] > 1


def test_lines_in_called_functions_of_the_user_are_their_own() -> None:
    """The line is the innermost one of the user's."""
    result = measure(jax.jit(cumulative), [array(5)], Options(), files=frozenset({__file__}))
    first = cumulative.__code__.co_firstlineno
    assert {row for _, row, _ in result["lines"]} == {first + 4, first + 6}


def test_the_books_cumulative_sum_is_thousands_of_equations_and_one_with_scan() -> None:
    """Three and more for each element, growing linearly; the scan is one whatever the size."""
    unrolled = measure(cumulative, [array(200)], Options())
    assert unrolled["equations"] == unrolled["outermost"] >= 3 * 200
    (growth,) = unrolled["growth"]
    law = Law(**growth["law"])
    assert law.kind == "linear"
    assert law.r_squared > 0.999
    assert 30_000 <= law(10_000) <= 45_000
    loop = measure(scanned, [array(200)], Options())
    assert loop["outermost"] == 1
    assert [Law(**one["law"]).kind for one in loop["growth"]] == ["constant"]


@pytest.mark.parametrize(
    ("function", "arguments", "kinds"),
    [
        pytest.param(
            lambda x: sum(x[i] * x[j] for i in range(len(x)) for j in range(len(x))), [(6,)], {"quadratic"}
        ),
        pytest.param(lambda x: lax.associative_scan(jnp.add, x), [(64,)], {"logarithmic"}),
        pytest.param(jnp.dot, [(8, 8), (8, 8)], {"constant"}),
        pytest.param(
            lambda x, y: [x[i] + y for i in range(x.shape[0])], [(5,), (7,)], {"linear", "constant"}
        ),
    ],
    ids=["pairs", "halves", "whole", "one of two"],
)
def test_growth_is_fitted_for_each_dimension(
    function: Callable[..., Any], arguments: list[tuple[int, ...]], kinds: set[str]
) -> None:
    """Dimensions of one size change together, others by themselves."""
    found = measure(function, [array(*shape) for shape in arguments], Options())["growth"]
    assert {one["law"]["kind"] for one in found} == kinds


def test_a_dimension_that_takes_one_size_is_left_alone() -> None:
    """A function that unpacks three numbers has no growth, and no failure."""

    def function(x: Any) -> Any:
        a, b, c = x
        return a * b * c

    result = measure(function, [array(3)], Options())
    assert result["growth"] == []
    assert result["failures"] == []


@pytest.mark.parametrize("size", [2, 3, 5, 8, 31, 32, 100, 10_000])
def test_sizes_are_at_least_three_besides_the_first(size: int) -> None:
    """A law needs points, and long dimensions are traced at shorter sizes."""
    chosen = sizes(size)
    assert len({*chosen, size}) >= 4
    assert size < 32 or max(chosen) < size


def test_constants_are_named_and_have_a_line() -> None:
    """A captured table is found through a function in between."""

    def inner(x: Any) -> Any:
        return x @ TABLE

    def function(x: Any) -> Any:
        return inner(x) + 1

    (constant,) = measure(function, [array(64)], Options(), files=frozenset({__file__}))["constants"]
    assert constant["bytes"] == TABLE.nbytes
    assert constant["name"] == "TABLE"
    assert constant["type"] == "f32[64,64]"
    assert constant["line"] == (__file__, inner.__code__.co_firstlineno + 1)


def test_cost_and_memory_come_with_compilation() -> None:
    """What XLA says of a product of matrices."""
    result = measure(jnp.dot, [array(32, 32), array(32, 32)], Options(compile=True))
    assert result["failures"] == []
    assert result["cost"]["flops"] >= 2 * 32**3
    assert result["memory"]["peak"] >= 3 * 32 * 32 * 4
    assert result["compile_seconds"] > 0


def test_outputs_that_are_no_arrays_do_not_matter() -> None:
    """A helper may return strings and functions among its arrays."""
    result = measure(lambda x: {"name": "sine", "value": jnp.sin(x), "again": jnp.sin}, [array(3)], Options())
    assert result["equations"] == 1


def test_failures_are_told_and_not_raised() -> None:
    """The parent shows them; the worker goes on."""

    def function(x: Any) -> Any:
        message = f"no luck with {x.shape}"
        raise ValueError(message)

    assert measure(function, [array(3)], Options())["failures"] == ["trace: ValueError: no luck with (3,)"]


@pytest.mark.parametrize("platform", ["cpu", "gpu", "tpu"])
def test_lowering_needs_no_device(platform: str) -> None:
    """A function is lowered for each platform, and compiled where there is one."""
    result = measure(jnp.sin, [array(3)], Options(platform=platform, compile=True))
    missing = f"compile: there is no {platform} here"
    assert result["failures"] == ([missing] if compiling.device_of(platform) is None else [])
    assert result["features"]["once"] == 1


def test_a_gpu_is_measured() -> None:
    """With the device, compile time and memory are its own."""
    if compiling.device_of("gpu") is None:
        pytest.skip("no GPU is present")
    result = measure(jnp.dot, [array(32, 32), array(32, 32)], Options(platform="gpu", compile=True))
    assert result["compile_seconds"] > 0
    assert result["memory"]


def test_labels_are_those_of_the_function() -> None:
    """Leaves of pytrees have the path, positional arguments the parameter's name."""

    def function(params: Any, x: Any, *, scale: Any = 1.0) -> Any:
        return params, x, scale

    args = ({"w": np.ones(2), "b": [np.zeros(1), 3]}, np.ones(3))
    call = Call(function, args, {"scale": np.ones(4)})
    assert call.labels() == ["params['b'][0]", "params['w']", "x", "scale"]
    assert [one.shape for one in call.arrays()] == [(1,), (2,), (3,), (4,)]


@pytest.mark.parametrize("items", [[1.0] * 10, [array()] * 10], ids=["numbers", "arrays"])
def test_the_length_of_a_list_is_a_dimension(items: list[Any]) -> None:
    """Each element of a list of ten that is made an array inside of `jit` is an argument and an equation."""

    def function(values: list[Any]) -> Any:
        return jnp.array(values).sum()

    result = measure(jax.jit(function), [items], Options())
    (growth,) = (one for one in result["growth"] if one["dimension"] == "len(values)")
    law = Law(**growth["law"])
    assert law.kind in {"linear", "power"}  # arrays are put together in groups, which makes steps
    assert law(10) == pytest.approx(result["equations"], rel=0.1)
    assert law(10_000) > 10_000


def counted(function: Callable[..., Any], *arguments: Any) -> dict[str, float]:
    """The features of a function."""
    return features(graphs(jax.jit(function).lower(*arguments).compiler_ir()))


def test_operations_on_elements_are_one_kernel() -> None:
    """A chain, however long, is computed in one loop."""

    def chain(x: Any) -> Any:
        for _ in range(30):
            x = x * x + 0.5
        return x

    found = counted(chain, array(10))
    assert found["kernels"] == 1
    assert found["simple"] >= 60


def test_equal_kernels_are_compiled_once() -> None:
    """Layers of one size share their kernels; those of different sizes do not."""

    def two(x: Any, v: Any, w: Any) -> Any:
        return jnp.tanh(jnp.tanh(x @ v) @ w)

    same = counted(two, array(9, 8), array(8, 8), array(8, 8))
    different = counted(two, array(9, 8), array(8, 7), array(7, 8))
    assert same["kernels"] == 1
    assert different["kernels"] == 2


def test_each_partial_sum_is_a_kernel_of_its_own() -> None:
    """What makes the unrolled cumulative sum slow: the kernels repeat what is before them."""
    few, many = counted(cumulative, array(60)), counted(cumulative, array(240))
    assert many["kernels"] + many["scalar kernels"] >= 240
    assert many["simple"] > 8 * few["simple"]


@pytest.mark.parametrize(
    ("function", "shapes", "feature"),
    [
        (jnp.sort, [(9,)], "sorts"),
        (jnp.dot, [(5, 5), (5, 5)], "products"),
        (jnp.dot, [(5, 5), (5,)], "matrix-vector products"),
        (jnp.dot, [(5,), (5,)], "sums"),
        (jnp.fft.fft, [(8,)], "transforms"),
        (jnp.linalg.cholesky, [(4, 4)], "calls"),
        (lambda x: lax.while_loop(lambda y: y.sum() < 3, lambda y: y + 1, x), [(3,)], "loops"),
        (lambda x: x.at[jnp.array([1, 2])].add(1.0), [(6,)], "scatters"),
        (partial(jnp.convolve, mode="same"), [(9,), (3,)], "library calls"),
        (partial(lax.conv_transpose, strides=(2,), padding="SAME"), [(1, 5, 2), (2, 2, 3)], "convolutions"),
        (jnp.cumsum, [(9,)], "windows"),
        (jnp.sum, [(9,)], "sums"),
        (jnp.outer, [(5,), (6,)], "kernels"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_kinds_of_operations_are_told_apart(
    function: Callable[..., Any], shapes: list[tuple[int, ...]], feature: str
) -> None:
    """Each feature of the model is counted where it belongs."""
    assert counted(function, *(array(*shape) for shape in shapes))[feature] == 1


@pytest.mark.parametrize(
    ("function", "shapes", "kernels"),
    [
        (jnp.sum, [(9,)], 0),
        (jnp.sum, [(90,)], 1),
        (jnp.cumsum, [(90,)], 4),
        (lambda x, w: lax.conv(x, w, (1, 1), "SAME"), [(2, 3, 8, 8), (4, 3, 2, 2)], 3),
        (lambda x, w: lax.conv(x, w, (1, 1), "SAME"), [(1, 1, 8, 8), (1, 1, 2, 2)], 2),
        (lambda x, w: lax.conv(x, w, (1,), "SAME"), [(1, 1, 8), (1, 1, 2)], 0),
        (lambda x, y: jnp.einsum("abc,acd->abd", x, y), [(3, 6, 5), (3, 5, 4)], 0),
        (lambda x, y: jnp.einsum("abc,cad->abd", x, y), [(3, 6, 5), (5, 3, 4)], 1),
    ],
)
def test_what_moves_before_and_adds_up_after_counts(
    function: Callable[..., Any], shapes: list[tuple[int, ...]], kernels: int
) -> None:
    """Long sums and windows are computed in pieces, and operands of libraries are copied into their order."""
    found = counted(function, *(array(*shape) for shape in shapes))
    assert found["kernels"] + found["copies"] == kernels


def test_what_nobody_needs_does_not_count() -> None:
    """XLA drops it, loops and all; a derivative leaves much of that behind."""

    def absolute(x: Any) -> Any:
        return jnp.linalg.slogdet(x)[1]

    found = counted(absolute, array(6, 6))
    assert found["operations"] < 0.6 * counted(jnp.linalg.slogdet, array(6, 6))["operations"]
    assert counted(lambda x: (lax.fori_loop(0, 9, lambda _, y: y * x, x), x + 1)[1], array(5))["loops"] == 0
    assert counted(lambda x: jnp.abs(x) ** 2, jax.ShapeDtypeStruct((9,), jnp.complex64))["kernels"] == 1


def test_what_a_condition_reads_is_needed() -> None:
    """Its branches use values from outside."""
    found = counted(lambda p, x: lax.cond(p, jnp.negative, jnp.cos, jnp.sin(x)), True, array(5))
    assert found["kernels"] == 3


def test_what_is_computed_twice_is_computed_once() -> None:
    """A variance computes the mean again, of which the program has one already."""
    twice = counted(lambda x: (x - x.mean()) / (x - x.mean() + 1), array(9))
    once = counted(lambda x: (x - (m := x.mean())) / (x - m + 1), array(9))
    assert twice == once


def test_constants_of_one_value_need_no_kernel() -> None:
    """The compiler makes a single number of them."""

    def smooth(x: Any, w: Any) -> Any:
        return lax.conv(x, w, (1,), "SAME")

    divided = counted(lambda x: smooth(x, jnp.ones((1, 1, 5)) / 5), array(1, 1, 30))
    assert divided["kernels"] == counted(lambda x: smooth(x, jnp.ones((1, 1, 5))), array(1, 1, 30))["kernels"]


def test_a_sum_is_part_of_the_kernel_that_uses_it() -> None:
    """Unless several would have to compute it, or one would for each of its elements."""
    assert counted(lambda x: jnp.sqrt((x * x).sum(1)) + 1, array(6, 7))["kernels"] == 1
    assert counted(lambda x: [(s := x.sum(1)) + 1, s * s], array(6, 7))["kernels"] == 3
    assert counted(lambda x: x / x.sum(1, keepdims=True), array(6, 7))["kernels"] == 2


@pytest.mark.parametrize(("rows", "loops"), [(6, 1), (16, 1), (21, 2)])
def test_products_with_vectors_cost_by_the_loops_over_their_rows(rows: int, loops: int) -> None:
    """Eight rows at once, and what is left."""
    assert counted(jnp.dot, array(rows, 9), array(9))["matrix-vector products"] == loops


def test_long_operations_and_uneven_axes_weigh_more() -> None:
    """A logarithm of one plus a number is many instructions, the more so where an axis leaves a rest."""
    assert counted(jnp.log1p, array(8, 9))["expensive"] > 2 * counted(jnp.exp, array(8, 9))["expensive"]
    assert counted(jnp.exp, array(8, 9))["uneven"] == 1
    assert counted(jnp.exp, array(9, 8))["uneven"] == 0


def test_a_program_of_any_size_is_judged_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bound, the kernels that are left are taken to be like those that were seen."""
    whole = counted(cumulative, array(200))
    monkeypatch.setattr("jaxlint.tracing.measure.kernels.MOST_VISITS", 1000)
    guessed = counted(cumulative, array(200))
    assert guessed["simple"] == pytest.approx(whole["simple"], rel=2)
    assert guessed["kernels"] + guessed["scalar kernels"] == pytest.approx(
        whole["kernels"] + whole["scalar kernels"], abs=2
    )


def test_the_model_is_fitted_to_what_is_measured() -> None:
    """With times that a model made, the calibration finds its coefficients again."""
    from jaxlint.tracing.measure.calibration import calibrate
    from jaxlint.tracing.measure.features import FEATURES

    random = np.random.default_rng(0)
    true = dict.fromkeys(FEATURES, 0.0) | {"once": 0.01, "kernels": 0.006, "simple": 3e-5, "sorts": 0.02}
    rows = []
    for _ in range(60):
        counts = {name: float(random.integers(0, 30)) for name in FEATURES} | {"once": 1.0}
        seconds = sum(true[name] * count for name, count in counts.items())
        rows.append((counts, seconds * float(random.uniform(0.95, 1.05))))
    model = calibrate(rows, "here")
    assert model.coefficients["kernels"] == pytest.approx(0.006, rel=0.2)
    assert model.coefficients["sorts"] == pytest.approx(0.02, rel=0.2)
    assert model.factor < 1.2


def test_a_model_survives_its_file_and_a_broken_file_is_none(tmp_path: Path) -> None:
    """What the cache holds may come from another version."""
    model = Model({"once": 0.5}, 2.0, "here", "0.12", 3)
    model.write(tmp_path / "new" / "model.json")
    assert read(tmp_path / "new" / "model.json") == model
    (tmp_path / "bad.json").write_text('{"coefficients": {}}', encoding="utf-8")
    assert read(tmp_path / "bad.json") is None
    assert read(tmp_path / "missing.json") is None


def test_the_built_in_model_says_what_it_is() -> None:
    """Its coefficients are those of the features, and its band is stated."""
    from jaxlint.tracing.measure.features import FEATURES

    model = default()
    assert model.is_default
    assert set(model.coefficients) == set(FEATURES)
    predicted = model.predict({"once": 1.0, "kernels": 10.0})
    assert 0 < predicted.low < predicted.seconds < predicted.high


def test_the_factor_leaves_a_tenth_out() -> None:
    """Nine of ten ratios are within it."""
    assert factor_of([1.0] * 8 + [0.5, 10.0]) == pytest.approx(2.0)
