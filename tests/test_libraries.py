"""What the tables say about functions and classes of other libraries holds for the installed ones."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from support.installed import resolve

from jaxlint.knowledge import libraries
from jaxlint.knowledge.libraries import Result, Specification

ENTRIES = libraries.entries()

# Names that JAX or a library makes up while it runs: what a factory returns has no name of its own.
OBJECTS = {
    "jax.nn.initializers.Initializer",
    "optax.inject_hyperparams",
    "optax.value_and_grad_from_state",
    "haiku.without_apply_rng",
    "flax.nnx.Rngs.dropout",
    "flax.nnx.Rngs.params",
}


def owner_of(dotted: str) -> str:
    """What a name is looked up in."""
    return dotted.rpartition(".")[0]


def parameters_of(found: Any, *, is_method: bool) -> list[str] | None:
    """Names of the parameters behind ``self``; None where they cannot be told."""
    target = found
    if inspect.isclass(found):
        # Classes whose metaclass makes their objects have a signature that says nothing.
        target = found.__init__
        is_method = True
    names = list(inspect.signature(target).parameters)
    if is_method and names[:1] == ["self"]:
        names = names[1:]
    return None if names[:2] == ["args", "kwargs"] or names[:2] == ["args", "kwds"] else names


@pytest.mark.parametrize("dotted", sorted(ENTRIES.calls))
def test_calls_take_the_parameters_that_are_named(dotted: str) -> None:
    """What is called exists, and its leading parameters have the names and the order of the table."""
    if owner_of(dotted) in OBJECTS or dotted in OBJECTS:
        pytest.skip("made by a factory, without a name of its own")
    found, owner = resolve(dotted), resolve(owner_of(dotted))
    if dotted.rpartition(".")[2] in {*getattr(owner, "_fields", ()), *getattr(owner, "__annotations__", ())}:
        return  # a field that holds a function
    assert callable(found), dotted
    specification = ENTRIES.calls[dotted]
    if not specification.parameters:
        return
    names = parameters_of(found, is_method=inspect.isclass(owner))
    if names is not None:
        assert tuple(names[: len(specification.parameters)]) == specification.parameters, names


@pytest.mark.parametrize("dotted", sorted(ENTRIES.attributes))
def test_attributes_exist(dotted: str) -> None:
    """An attribute that is named is one of the class, or its objects get it where they are made."""
    if owner_of(dotted) in OBJECTS:
        pytest.skip("made by a factory, without a name of its own")
    owner = resolve(owner_of(dotted))
    name = dotted.rpartition(".")[2]
    is_declared = hasattr(owner, name) or name in getattr(owner, "__annotations__", {})
    assert is_declared or f"self.{name} = " in inspect.getsource(owner.__init__).replace(":", " ="), dotted


@pytest.mark.parametrize("dotted", sorted(ENTRIES.fields))
def test_fields_are_those_of_the_class(dotted: str) -> None:
    """The fields of a class stand in its order, by its names."""
    names = [name for name, _ in ENTRIES.fields[dotted]]
    assert list(resolve(dotted).__dataclass_fields__)[: len(names)] == names


def words(specification: Specification) -> list[Result]:
    """The results of a specification that speak of an argument."""
    kinds = ("like", "leading", "rank", "filled", "if given")
    return [result for result in specification.results if result.kind in kinds]


@pytest.mark.parametrize("dotted", sorted(name for name in ENTRIES.calls if words(ENTRIES.calls[name])))
def test_results_speak_of_known_arguments(dotted: str) -> None:
    """An argument that a result speaks of is one of the call, or of the one that made its object."""
    specification = ENTRIES.calls[dotted]
    maker = ENTRIES.calls.get(owner_of(dotted))
    known = {*specification.parameters, *(maker.parameters if maker else ())}
    for result in words(specification):
        last = result.last.strip("+")
        assert {result.name, *([last] if last and not last.endswith("?") else [])} <= known


def test_a_layer_is_found_by_its_own_name_and_by_that_of_modules() -> None:
    """A method that is not listed for a layer is that of the library's modules."""
    dense, module = (libraries.method(f"flax.linen.{name}", "__call__") for name in ("Dense", "Module"))
    assert dense != module
    assert libraries.method("flax.linen.Dense", "init") == libraries.method("flax.linen.Module", "init")
    assert libraries.method("flax.linen.Dense", "no_such_method") is None
