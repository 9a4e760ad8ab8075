"""``with``: what a context manager gives, and what it changes for the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.frames import EAGER

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.syntax.nodes import Expr

# Managers that stop an exception, so that what follows the block is reached even if the block raises.
_FORGIVING = frozenset({"raises", "suppress", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"})


def enter_context(_machine: Machine, frame: Frame, manager: v.Value, _node: Expr) -> v.Value:
    """The value that ``with manager as name`` binds; the frame's trace changes where JAX's does."""
    if isinstance(manager, v.LibraryInstance):
        if manager.dotted == "jax.ensure_compile_time_eval":
            frame.trace = EAGER
        return manager
    return v.UNKNOWN


def swallows_errors(manager: v.Value) -> bool:
    """Whether the block may end early and the program go on."""
    if isinstance(manager, v.LibraryInstance):
        return manager.dotted.rpartition(".")[2] in _FORGIVING
    return not isinstance(manager, (v.Const, v.Static, v.Array))
