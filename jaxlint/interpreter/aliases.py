"""Second names of parameters: what a test tells of ``nbrs``, after ``nbrs = neighbors``, holds for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame


def note(frame: Frame, target: n.Name, right: n.Node | None) -> None:
    """A variable is bound; that of a second name to something else ends what the names share."""
    if target.id in _second_names(frame.code):
        first = right.id if isinstance(right, n.Name) else ""
        is_same = (target.id, first) in _pairs(frame.code)
        frame.env[_entry(target.id)] = v.Const(first) if is_same else v.UNKNOWN


def refine(frame: Frame, path: n.Expr, before: v.Value, refined: v.Value) -> None:
    """Let a test of a second name, of which ``before`` was known, speak of the parameter as well."""
    first = frame.env.get(_entry(path.id)) if isinstance(path, n.Name) else None
    if isinstance(first, v.Const) and frame.env.get(first.value) is before:
        frame.env[first.value] = refined


def _entry(name: str) -> str:
    """The name of a variable, not of the program, that holds which parameter another variable stands for."""
    return f"<{name} is>"


def _second_names(code: n.Code) -> frozenset[str]:
    return code.remember("second names", lambda code: frozenset(second for second, _ in _pairs(code)))


def _pairs(code: n.Code) -> frozenset[tuple[str, str]]:
    """The variables that are assigned a parameter as it is, each with the parameter, which stays the same."""

    def find(code: n.Code) -> frozenset[tuple[str, str]]:
        kept = {param.name for param in code.params} - code.rebound
        if not kept:
            return frozenset()
        return frozenset(
            (target.id, node.value.id)
            for node in walk(code)
            if isinstance(node, n.Assign) and isinstance(node.value, n.Name) and node.value.id in kept
            for target in node.targets
            if isinstance(target, n.Name)
        )

    return code.remember("pairs of names", find)
