"""What the tables say about libraries around JAX holds for the installed ones."""

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import Any

import pytest

from jaxlint.knowledge import names
from jaxlint.knowledge.frameworks import MODULE_KINDS, base_class_traits, decorator_traits, module_kind
from jaxlint.knowledge.tables import load_table
from jaxlint.knowledge.transforms import TransformFacts, transform, transform_names

FRAMEWORKS = load_table("frameworks")

NOT_INSTALLED = "%s is not installed"


def resolve(dotted: str) -> Any:
    """The object of that name; skips where the library is not installed, None where it has no such name."""
    parts = dotted.split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = importlib.import_module(parts[0])
        except ImportError:
            pytest.skip(NOT_INSTALLED % parts[0])
        for index, part in enumerate(parts[1:], start=2):
            inner = getattr(found, part, None)
            found = _module(".".join(parts[:index])) if inner is None else inner
            if found is None:
                return None
    return found


def _module(dotted: str) -> Any:
    try:
        return importlib.import_module(dotted)
    except ImportError:
        return None


def is_listed(dotted: str) -> bool:
    """Whether a name belongs to a library around JAX; JAX's own names may come and go with its versions."""
    return dotted.partition(".")[0] not in {"jax", "builtins", "typing"}


def each(rows: Any) -> pytest.MarkDecorator:
    """One test for each name."""
    return pytest.mark.parametrize("dotted", sorted(filter(is_listed, rows)))


@each(FRAMEWORKS["bases"])
def test_base_classes_are_classes(dotted: str) -> None:
    """A base class that the table describes can be inherited from."""
    found = resolve(dotted)
    assert inspect.isclass(found) or dotted.startswith("typing."), dotted


@each([*FRAMEWORKS["decorators"], *FRAMEWORKS["fields"]])
def test_decorators_can_be_called(dotted: str) -> None:
    """A decorator or field function that the table describes exists."""
    assert callable(resolve(dotted)), dotted


@pytest.mark.parametrize("dotted", FRAMEWORKS["families"])
def test_families_are_modules_of_a_library(dotted: str) -> None:
    """The names under a family's prefix are those of a module."""
    assert inspect.ismodule(resolve(dotted.rstrip(".")))


@each(transform_names())
def test_transformations_exist_and_take_what_the_table_names(dotted: str) -> None:
    """A library's transformation has a parameter of the name under which the table knows the function."""
    facts, found = transform(dotted), resolve(dotted)
    assert isinstance(facts, TransformFacts)
    assert callable(found), dotted
    assert len(inspect.signature(found).parameters) >= 1


@pytest.mark.parametrize("alias", sorted(names.aliases()))
def test_aliases_of_libraries_mean_what_they_say(alias: str) -> None:
    """A function of a library that is JAX's own under another name is the same object."""
    if alias.startswith(("flax.", "haiku.")) and "initializers" not in alias:
        assert resolve(alias) is resolve(names.canonical(alias))
    else:
        assert resolve(alias) is not None or not is_listed(alias)


def test_each_module_class_is_of_one_kind() -> None:
    """Rules tell the module classes of the libraries apart by one trait each."""
    bases = ("flax.linen.Module", "flax.nnx.Module", "haiku.Module", "equinox.Module")
    assert tuple(module_kind(base_class_traits(base)) for base in bases) == MODULE_KINDS


def test_layers_of_a_library_are_modules_as_well() -> None:
    """A class that inherits from a library's layer has the traits of the library's modules."""
    assert module_kind(base_class_traits("flax.linen.Dense")) == "linen"
    assert "open" in base_class_traits("some.library.Thing")


def test_unknown_decorators_say_nothing() -> None:
    """A decorator that is not in the table adds no traits."""
    assert decorator_traits("some.library.decorator") == frozenset()
