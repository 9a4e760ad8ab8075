"""Functions that each round of a loop maps once more: ``for _ in range(x.ndim - 1): f = jax.vmap(f)``.

A loop runs until its variables settle, so how often ``f`` was mapped is not known: what stands for it behind
the loop is mapped over axes that are not known either.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Env

_SOME_AXIS = v.Static("int")


def mapped_again(before: Env, after: Env, *, is_once: bool) -> Env:
    """The variables in which a round of a loop leaves their own value with another ``vmap`` around it."""
    return {
        name: value if is_once else _mapped_often(value)
        for name, value in after.items()
        if isinstance(value, v.Transformed)
        and value.transform == "jax.vmap"
        and value.function == before.get(name)
    }


def is_mapped_often(function: v.Value) -> bool:
    """Whether a loop has mapped a function, nobody knows how often."""
    return isinstance(function, v.Transformed) and function.option("out_axes") == _SOME_AXIS


def _mapped_often(value: v.Transformed) -> v.Transformed:
    if isinstance(value.function, v.Transformed) and is_mapped_often(value.function):
        return value.function  # an earlier round has come to this
    options = dict(value.options)
    axes = {name: _loose(options.get(name) or v.Const(0)) for name in ("in_axes", "out_axes")}
    return replace(value, options=tuple((options | axes).items()))


def _loose(axes: v.Value) -> v.Value:
    """Axes of the same arguments, of which nothing but that they are there is known."""
    if isinstance(axes, v.Seq) and axes.items is not None:
        return replace(axes, items=tuple(map(_loose, axes.items)))
    return _SOME_AXIS if isinstance(axes, v.Const) and isinstance(axes.value, int) else axes
