"""Explanations of retraces: the argument that differs from the nearest earlier call, and how."""

from __future__ import annotations

from typing import Any

import pytest

from jaxlint.tracing.retraces import Difference, explain


def call(*arguments: str, weak: tuple[int, ...] = (), **named_arguments: str) -> dict[str, Any]:
    """A recorded call."""
    pairs = [*((None, word) for word in arguments), *named_arguments.items()]
    return {"arguments": pairs, "weak": list(weak), "count": 1}


@pytest.mark.parametrize(
    ("before", "after", "aspect"),
    [
        (call("f32[3]"), call("f32[4]"), "shape"),
        (call("f32[3]"), call("i32[3]"), "dtype"),
        (call("f32[]"), call("f32[]", weak=(0,)), "weak type"),
        (call("2.0"), call("f32[]"), "weak type"),
        (call("2"), call("2.0"), "dtype"),
        (call("static:3"), call("static:4"), "static value"),
        (call("{'w': f32[3]}"), call("{'w': f32[3], 'b': f32[3]}"), "structure"),
        (call("(f32[3], f32[3])"), call("[f32[3], f32[3]]"), "structure"),
        (call("{'w': f32[3]}"), call("{'w': f32[9]}"), "shape"),
        (call("None"), call("f32[3]"), "structure"),
    ],
)
def test_each_kind_of_difference_has_its_word(
    before: dict[str, Any], after: dict[str, Any], aspect: str
) -> None:
    """What differs is told in the words of JAX's documentation."""
    found = explain([before, after])
    assert found.entries == 2
    assert found.culprit is not None
    assert found.culprit[1] == aspect


@pytest.mark.parametrize(
    ("before", "after"),
    [(call("2"), call("3")), (call("2.0"), call("2.5")), (call("f32[3]"), call("numpy:f32[3]"))],
)
def test_what_the_cache_does_not_see_is_no_difference(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Values of Python numbers, and where an array lives, do not compile again."""
    assert explain([before, after]).entries == 1


def test_the_nearest_earlier_call_is_compared() -> None:
    """Not the first and not the last: the one with the fewest differences."""
    calls = [
        call(x="f32[8]", n="static:1", mode="static:'a'"),
        call(x="f32[3]", n="static:2", mode="static:'b'"),
        call(x="f32[8]", n="static:5", mode="static:'a'"),
    ]
    assert explain(calls).differences[1] == (Difference("n", "static value", "1", "5"),)


def test_row_43_of_the_book() -> None:
    """The same function called with float, int and array: three entries, because of the factor's type."""
    calls = [call("f32[3]", "2.0"), call("f32[3]", "2"), call("f32[3]", "f32[]"), call("f32[3]", "7.5")]
    found = explain(calls)
    assert found.entries == 3
    assert found.culprit is not None
    assert found.culprit[0] == "argument 2"
    assert found.forms("argument 2") == ["f32[], weak", "i32[], weak", "f32[]"]


def test_positional_arguments_get_the_names_of_parameters() -> None:
    """Also those of leaves in containers."""
    calls = [call("{'w': f32[3]}", "2"), call("{'w': f32[4]}", "2.0")]
    found = explain(calls, ["params", "factor"])
    assert {one.argument for one in found.differences[0]} == {"params['w']", "factor"}


def test_words_that_stand_for_nothing_are_compared_as_they_are() -> None:
    """An object without a word is one of its kind."""
    assert explain([call("<Net>"), call("<Net>"), call("<Other>")]).entries == 2
