"""PRNG keys: the linter and JAX's own checker agree on programs that neither has seen."""

from __future__ import annotations

import ast
import inspect
from bisect import bisect
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fixing import fixed
from support.installed import resolve
from support.key_programs import PRELUDE, Program, programs

from jaxlint.config import Config
from jaxlint.engine import check_source
from jaxlint.knowledge.keys import key_functions

BATCH = 50
"""Programs in one file; each is a function of its own."""

MAX_BATCHES = 40

MAX_FIXED_BATCHES = 10


def reported(batch: Iterable[Program]) -> set[str]:
    """The programs in which the linter finds a key that is used twice."""
    text, names, starts = PRELUDE, ["the helpers"], [1]
    for program in batch:
        text += "\n\n"
        names.append(program.name)
        starts.append(text.count("\n") + 1)
        text += program.text
    found = check_source(text, config=Config(select=("JAX601", "JAX602", "JAX608")))
    return {names[bisect(starts, diagnostic.span.start.row) - 1] for diagnostic in found}


def raises(program: Callable[[Any, bool], Any]) -> bool:
    """Whether JAX's checker objects to the program, for either flag."""
    import jax
    from jax.experimental.key_reuse._core import check_key_reuse

    for flag in (False, True):
        try:
            check_key_reuse(lambda key, flag=flag: program(key, flag), jax.random.key(0))
        except jax.errors.KeyReuseError:
            return True
    return False


@settings(max_examples=MAX_BATCHES, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_linter_and_checker_agree(seed: int) -> None:
    """No generated program is reported that JAX accepts, and none is missed that it rejects."""
    pytest.importorskip("jax")
    batch = list(programs(seed, BATCH))
    names: dict[str, Any] = {}
    exec(PRELUDE, names)
    for program in batch:
        exec(program.text, names)

    found = reported(batch)

    wrong = {program.name for program in batch if raises(names[program.name])}
    texts = {program.name: program.text for program in batch}
    assert [texts[name] for name in sorted(found - wrong)] == [], "reported, though JAX accepts it"
    assert [texts[name] for name in sorted(wrong - found)] == [], "missed, though JAX rejects it"


def functions(text: str) -> dict[str, str]:
    """The functions of a text by name."""
    found = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return {node.name: f"{ast.get_source_segment(text, node)}\n" for node in found}


@settings(max_examples=MAX_FIXED_BATCHES, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_fixed_programs_are_right(seed: int) -> None:
    """What is fixed runs, and JAX's checker has nothing left to say where jaxlint has nothing left."""
    pytest.importorskip("jax")
    batch = list(programs(seed, BATCH))
    text = PRELUDE + "".join(f"\n\n{program.text}" for program in batch)
    found = reported(batch)

    repaired = fixed(text, Config(select=("JAX601", "JAX602", "JAX608")))

    names: dict[str, Any] = {}
    exec(repaired, names)
    texts = functions(repaired)
    left = reported(Program(program.name, texts[program.name].splitlines()) for program in batch)
    wrong = {program.name for program in batch if raises(names[program.name])}
    changed = {program.name for program in batch if texts[program.name] != program.text}
    assert changed <= found, "a right program was changed"
    assert left <= found, "a right program became wrong"
    assert [texts[name] for name in sorted(wrong ^ left)] == [], "the linter and JAX do not agree"


def test_functions_of_scico_make_their_own_key() -> None:
    """Two calls without a key give the same numbers; a chain of keys does not."""
    text = (
        "import scico.random\n"
        "x, key = scico.random.randn((2,))\n"
        "y, key = scico.random.randn((2,), key=key)\n"
        "z, _ = scico.random.uniform((2,))\n"
        "w, _ = scico.random.randn((2,), key=key)\n"
        "v, _ = scico.random.randn((2,), key=key)\n"
        "u, _ = scico.random.randn((2,), seed=1)\n"
    )

    found = check_source(text, config=Config(select=("JAX6",)))

    assert [(diagnostic.code, diagnostic.span.start.row) for diagnostic in found] == [
        ("JAX607", 4),
        ("JAX607", 6),
    ]


def draws_of(module: str) -> set[str]:
    """The functions of a module that the table says to use up a key that comes first."""
    return {
        name.removeprefix(f"{module}.")
        for name, facts in key_functions().items()
        if name.startswith(f"{module}.") and facts.parameters == ((0, "key"),)
    }


def test_every_function_of_jax_that_takes_a_key_is_known() -> None:
    """The table names all public functions of `jax.random` that have a key, and no others."""
    random = pytest.importorskip("jax.random")
    public = {name for name in dir(random) if name.islower() and not name.startswith("_")}
    taking = {
        name
        for name in public
        if callable(getattr(random, name)) and first_parameter(getattr(random, name)) == "key"
    }

    assert taking - draws_of("jax.random") == {"clone"}
    # `shuffle` was there until JAX 0.4.
    assert draws_of("jax.random") - taking <= {"shuffle"}


def first_parameter(function: Callable[..., Any]) -> str:
    """The name of the first parameter, or an empty text."""
    return next(iter(inspect.signature(function).parameters), "")


@pytest.mark.parametrize("name", [name for name in key_functions() if not name.startswith("scico.")])
def test_parameters_that_take_keys_are_there(name: str) -> None:
    """The table names parameters that the installed library has, in the place that it says."""
    function = resolve(name)
    owner = resolve(name.rpartition(".")[0])
    if not callable(function):
        pytest.skip(f"`{name}` is a field, or one that this release does not have")
    if inspect.isclass(function):
        owner, function = function, function.__init__  # a metaclass may hide the signature
    parameters = list(inspect.signature(function).parameters.values())[inspect.isclass(owner) :]
    names = [parameter.name for parameter in parameters]
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)

    for position, parameter in key_functions()[name].parameters:
        if position is not None:
            assert names[position] == parameter
        else:
            assert parameter in names or takes_any
