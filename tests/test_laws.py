"""Laws of growth: the right kind is found from few points and from noisy ones, and its crossing is right."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxlint.tracing.laws import Law, fit

SIZES = [4, 8, 16, 32, 64]

LAWS: dict[str, Callable[[float, float, float], float]] = {
    "constant": lambda a, _b, _n: a,
    "logarithmic": lambda a, b, n: a + b * math.log(n),
    "linear": lambda a, b, n: a + b * n,
    "quadratic": lambda a, b, n: a + b * n + b * n**2,
    "cubic": lambda a, b, n: a + b * n**3,
}


@pytest.mark.parametrize("kind", LAWS)
@settings(deadline=None)
@given(a=st.integers(0, 200), b=st.integers(1, 50))
def test_exact_counts_give_the_law_back(kind: str, a: int, b: int) -> None:
    """Up to a law with fewer parameters that says the same within the tolerance."""
    values = [LAWS[kind](a + 1.0, float(b), size) for size in SIZES]
    law = fit(SIZES, values)
    assert all(
        math.isclose(law(size), value, rel_tol=0.02, abs_tol=0.5)
        for size, value in zip(SIZES, values, strict=True)
    )
    if kind != "constant" and b * math.log(16) > a:
        assert law.kind == kind


@pytest.mark.parametrize("kind", ["constant", "linear", "quadratic"])
@settings(deadline=None)
@given(a=st.integers(1, 50), b=st.integers(5, 50), seed=st.integers(0, 10**6))
def test_noise_does_not_hide_the_law(kind: str, a: int, b: int, seed: int) -> None:
    """With a percent of noise, what the law says of a size twice as large is right within a sixth."""
    noise = random.Random(seed)
    values = [LAWS[kind](float(a), float(b), size) * noise.uniform(0.99, 1.01) for size in SIZES]
    law = fit(SIZES, values)
    assert law.r_squared > 0.99 or kind == "constant"
    assert math.isclose(law(128), LAWS[kind](float(a), float(b), 128), rel_tol=0.17)


@settings(deadline=None)
@given(exponent=st.floats(1.3, 1.7), b=st.integers(2, 40))
def test_a_power_is_recovered_with_its_exponent(exponent: float, b: int) -> None:
    """Between linear and quadratic, the exponent is told."""
    law = fit(SIZES, [5 + b * size**exponent for size in SIZES])
    assert law.kind == "power"
    assert math.isclose(law.shape, exponent, abs_tol=0.05)


def test_doubling_with_each_element_is_exponential() -> None:
    """A recursion that calls itself twice."""
    law = fit([2, 4, 6, 8, 10], [2.0**n for n in (2, 4, 6, 8, 10)])
    assert law.kind == "exponential"
    assert law.crossing(10_000) == 14


@pytest.mark.parametrize(
    ("law", "limit", "expected"),
    [
        (Law("linear", (1.0, 4.0)), 10_000, 2500),
        (Law("quadratic", (0.0, 0.0, 1.0)), 10_000, 101),
        (Law("constant", (50.0,)), 10_000, None),
        (Law("constant", (50_000.0,)), 10_000, None),
        (Law("logarithmic", (0.0, 1.0)), 10_000, None),
        (Law("power", (0.0, 1.0), 0.5), 100, 10_001),
    ],
)
def test_the_crossing_is_the_first_size_above_the_limit(law: Law, limit: int, expected: int | None) -> None:
    """None where no size that exists is above it."""
    assert law.crossing(limit) == expected


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 10**6), st.integers(0, 10**9)),
        min_size=2,
        max_size=8,
        unique_by=lambda p: p[0],
    )
)
def test_any_points_have_a_law(points: list[tuple[int, int]]) -> None:
    """Nothing raises, and the fit is no worse than none."""
    law = fit([size for size, _ in points], [float(value) for _, value in points])
    assert 0 <= law.r_squared <= 1
    assert str(law)
    law.crossing(10_000)


def test_a_law_survives_as_data() -> None:
    """The worker sends it to the parent."""
    law = fit(SIZES, [4.0 * size + 1 for size in SIZES])
    assert Law(**law.as_dict()) == law
    assert str(law) == "4 n + 1"
