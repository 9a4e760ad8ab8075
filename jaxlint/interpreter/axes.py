"""What ``vmap`` refuses: axes that do not fit the arguments or the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import SignatureMismatch
from jaxlint.interpreter import pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.rewrapped import is_mapped_often
from jaxlint.interpreter.signatures import children, describe, kind_of, leaves
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

_NONE = v.Const(None)

Problem = tuple[str, str, str, str]
"""The kind of a problem, what it is about, and the two things that do not fit."""


def check_axes(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> bool:
    """Whether the arguments of a call fit ``in_axes``; the first thing that does not is reported."""
    if callee.transform != "jax.vmap" or node is machine.uncalled or args.star is not None:
        return True
    return _report(machine, frame, node, next(_problems_of_arguments(callee, args), None))


def check_result(machine: Machine, frame: Frame, callee: v.Transformed, value: v.Value, node: n.Node) -> None:
    """Report ``out_axes`` that do not fit what the mapped function returns."""
    axes = callee.option("out_axes")
    if callee.transform == "jax.vmap" and axes is not None:
        _report(machine, frame, node, next(_problems_of_result(axes, value, "out_axes"), None))


def _report(machine: Machine, frame: Frame, node: n.Node, problem: Problem | None) -> bool:
    if problem is not None:
        machine.report(SignatureMismatch(node, frame, "jax.vmap", *problem))
    return problem is None


def _problems_of_arguments(callee: v.Transformed, args: Args) -> Iterator[Problem]:
    axes = callee.option("in_axes") or v.Const(0)
    count = len(args.pos)
    entries: tuple[v.Value, ...] = (axes,) * count
    if isinstance(axes, v.Seq):
        if axes.items is None:
            return
        entries = axes.items
        if len(entries) != count:
            problem = "keywords" if args.kw and len(entries) > count else "entries"
            yield problem, "", str(len(entries)), str(count)
            return
    size = callee.option("axis_size")
    may_be_unmapped = size not in (None, _NONE) or args.kw or args.star_star is not None
    if entries and not may_be_unmapped and all(entry == _NONE for entry in entries):
        yield "unmapped", "", "", ""
        return
    found: list[tuple[int, str]] = []
    if isinstance(size, v.Const) and isinstance(size.value, int):
        found.append((size.value, "`axis_size`"))
    for index, (entry, value) in enumerate(zip(entries, args.pos, strict=True)):
        yield from _mapped(entry, value, f"in_axes[{index}]", f"argument {index}", found)
    for name, value in args.kw.items() if not is_mapped_often(callee) else ():
        yield from _mapped(v.Const(0), value, "", f"keyword argument `{name}`", found)
    for length, subject in found[1:]:
        if length != found[0][0]:
            yield "lengths", "", f"{found[0][0]} in {found[0][1]}", f"{length} in {subject}"
            return


def _mapped(
    axes: v.Value, value: v.Value, path: str, subject: str, found: list[tuple[int, str]]
) -> Iterator[Problem]:
    """What is wrong with one argument; the lengths of its mapped axes are added to ``found``."""
    if isinstance(axes, v.Const) and type(axes.value) is int:
        for leaf in leaves(value):
            shape = pytrees.shape_of(leaf)
            if kind_of(leaf) != "array" or shape is None or isinstance(leaf, v.Static):
                continue  # what is said to be a number may be an array of them
            if not -len(shape) <= axes.value < len(shape):
                yield "axis", subject, describe(leaf), str(axes.value)
            elif (length := shape[axes.value]) is not None:
                found.append((length, subject))
    else:
        for axis, part, step in _prefix(axes, value, path):
            if part is None:
                yield "structure", step, describe(axis), describe(value)
            else:
                yield from _mapped(axis, part, step, subject, found)


def _problems_of_result(axes: v.Value, value: v.Value, path: str) -> Iterator[Problem]:
    if isinstance(axes, v.Const) and type(axes.value) is int:
        for leaf in leaves(value):
            shape = pytrees.shape_of(leaf)
            if kind_of(leaf) == "array" and shape is not None:
                rank = len(shape) + 1
                if not -rank <= axes.value < rank:
                    yield "out axis", path, describe(leaf), str(axes.value)
        return
    for axis, part, step in _prefix(axes, value, path):
        if part is None:
            yield "out structure", step, describe(axis), describe(value)
        else:
            yield from _problems_of_result(axis, part, step)


def _prefix(axes: v.Value, value: v.Value, path: str) -> Iterator[tuple[v.Value, v.Value | None, str]]:
    """The entries of a tree of axes, each with its part of ``value``; None where the trees do not fit."""
    kind, other = kind_of(axes), kind_of(value)
    if kind in (None, "None", "array") or other is None:
        return
    entries, parts = children(axes), children(value)
    if kind != other:
        yield axes, None, path
    elif entries is not None and parts is not None and not isinstance(value, v.Instance):
        known = {key: part for key, _, part in parts}
        if {key for key, _, _ in entries} != set(known):
            yield axes, None, path
            return
        for key, step, entry in entries:
            yield entry, known[key], path + step
