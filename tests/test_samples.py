"""The table of small library objects, held against the libraries."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from jaxlint.knowledge.samples import Sample, sample_of_parameter, sample_of_type, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.word)
def test_every_sample_can_be_made(sample: Sample) -> None:
    """It has the attributes that ask for it, but those that only some of its kind have."""
    if find_spec("jax") is None or find_spec(sample.library) is None:
        pytest.skip(f"{sample.library} is not installed")
    from jaxlint.tracing.worker.values import made_of

    try:
        made = made_of(sample.word)
    except AttributeError as error:
        pytest.skip(f"this version is too old: {error}")
    assert not sample.attributes or any(hasattr(made, name) for name in sample.attributes)


def test_types_are_known_by_package_and_last_name() -> None:
    """Libraries define them in private modules, and export them elsewhere."""
    assert sample_of_type("optax._src.base.GradientTransformation") == "new:optax.sgd(0.1)"
    assert sample_of_type("mine.GradientTransformation") is None


def test_a_name_counts_with_its_use_and_its_library() -> None:
    """`optimizer.update` asks for an optimizer only where optax is in use."""
    assert sample_of_parameter("optimizer", {"update"}, ["optax"]) == "new:optax.sgd(0.1)"
    assert sample_of_parameter("optimizer", {"update"}, ["torch"]) is None
    assert sample_of_parameter("optimizer", {"shape"}, ["optax"]) is None
