"""What JAX takes instead of arrays: the whole of its namespaces, as the tables say."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jaxlint.engine import check_source
from jaxlint.knowledge import functions

jax = pytest.importorskip("jax")

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
measure_jax: Any = importlib.import_module("measure_jax")

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        tuple(map(int, jax.__version__.split(".")[:2])) != (0, 12),
        reason="the tables are measured on JAX 0.12",
    ),
]

NAMESPACES = ["jax.numpy", "jax.numpy.linalg", "jax.numpy.fft", "jax.lax", "jax.nn", "jax.ops", "jax.random"]


def _calls(namespace: str) -> Iterator[tuple[str, Any, dict[str, Any], str]]:
    """Each function with a sample of its arguments and a parameter that takes arrays only."""
    for name, function in measure_jax.callables(namespace).items():
        facts = functions.function(f"{namespace}.{name}")
        for parameter in sorted((facts.arrays | facts.elements) - {_UNUSED}) if facts is not None else ():
            yield name, function, _arguments(f"{namespace}.{name}", function, parameter), parameter


# Only where `size` is given as well is this argument looked at.
_UNUSED = "fill_value"


def _arguments(dotted: str, function: Any, parameter: str) -> dict[str, Any]:
    arguments: dict[str, Any] = measure_jax.sample(dotted, function)
    if parameter not in arguments and dotted in measure_jax.samples.MORE_CALLS:
        arguments = measure_jax.sample(dotted, function, measure_jax.samples.MORE_CALLS[dotted])
    if parameter not in arguments:
        arguments[parameter] = measure_jax._value(measure_jax.samples.PARAMETERS[parameter])
    return arguments


def _as_list(value: Any) -> Any:
    return (
        [part.tolist() for part in value]
        if isinstance(value, (list, tuple))
        else jax.numpy.asarray(value).tolist()
    )


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_what_is_reported_raises(namespace: str) -> None:
    """Every parameter that the table reserves for arrays raises TypeError or AttributeError for a list."""
    accepted = []
    for name, function, arguments, parameter in _calls(namespace):
        value = _as_list(arguments[parameter])
        value = value if isinstance(value, list) else [value]
        error = measure_jax.attempt(measure_jax.call, function, arguments | {parameter: value})
        if error not in ("TypeError", "AttributeError"):
            accepted.append(f"{name}({parameter}=[…]) gives {error or 'a result'}")

    assert accepted == []


def test_every_reduction_is_reported() -> None:
    """The functions of one array that jax.numpy has are reported when they are given a list.

    Those that want `inplace=False` are JAX202's.
    """
    facts = {name: functions.function(f"jax.numpy.{name}") for name in measure_jax.callables("jax.numpy")}
    names = [
        name
        for name, known in facts.items()
        if known
        and known.signature.names()[:1] == ("a",)
        and "a" in known.arrays
        and "inplace" not in known.signature.names()
    ]
    text = "import jax.numpy as jnp\n" + "".join(f"jnp.{name}([1.0, 2.0])\n" for name in names)

    found = {diagnostic.span.start.row for diagnostic in check_source(text) if diagnostic.code == "JAX501"}

    assert len(names) > 50
    assert found == set(range(2, len(names) + 2))
