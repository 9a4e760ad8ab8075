"""Parameters that may be left out, and were not: what runs only without them is of no concern then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame


def is_left_out(frame: Frame, test: n.Expr, *, holds: bool) -> bool:
    """Whether a path is for a parameter that was not given, by ``if x is None``, though a caller gave it.

    Of what was given nothing is known, and so it might be None; but nobody would say that it is.
    """
    name = _asked(test, holds=holds)
    scope = frame.binder(name)
    if scope is None or name in scope.defaulted:
        return False
    is_optional = any(param.name == name and _is_none(param.default) for param in scope.code.params)
    return is_optional and isinstance(scope.arguments.get(name), (v.Unknown, v.Tree))


def _asked(test: n.Expr, *, holds: bool) -> str:
    """The variable that is None where the test comes out as said; empty if there is no such."""
    if not (isinstance(test, n.Compare) and len(test.ops) == 1 and _is_none(test.rights[0])):
        return ""
    is_none = (test.ops[0] in ("is", "==")) is holds
    return test.left.id if is_none and isinstance(test.left, n.Name) else ""


def _is_none(node: n.Expr | None) -> bool:
    return isinstance(node, n.LiteralValue) and node.value is None
