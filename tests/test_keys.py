"""PRNG keys: the linter and JAX's own checker agree on programs that neither has seen."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.key_programs import PRELUDE, Program, programs

from jaxlint.config import Config
from jaxlint.engine import check_source

BATCH = 50
"""Programs in one file; each is a function of its own."""

MAX_BATCHES = 40


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
