"""``with``: what a context manager gives, and what it changes for the block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.frames import EAGER
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame

# Managers that stop an exception, so that what follows the block is reached even if the block raises.
_FORGIVING = frozenset({"raises", "suppress", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"})


# Errors that sharp bits raise; a program that catches one of them by name knows what it does.
_SHARP_ERRORS = frozenset(
    """TypeError AttributeError ConcretizationTypeError TracerBoolConversionError
    TracerIntegerConversionError JAXTypeError TracerArrayConversionError
    NonConcreteBooleanIndexError UnexpectedTracerError JAXIndexError""".split()
)


# Managers that fail unless the block does.
_DEMANDING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})


def demands_error(context: n.Expr) -> bool:
    """Whether ``with context:`` says that its block raises, whatever it raises."""
    return isinstance(context, n.Call) and last_name(context.func) in _DEMANDING


def awaits_error(context: n.Expr) -> bool:
    """Whether ``with context:`` is there to see the block fail, in whichever of its lines."""
    if not isinstance(context, n.Call):
        return False
    if demands_error(context):
        return True
    func = context.func
    name = last_name(func)
    return name in _FORGIVING and any(
        _is_broad(arg.value) or expects_error(arg.value) for arg in context.args
    )


def runs_uncompiled(context: n.Expr) -> bool:
    """Whether ``with context:`` runs its block without tracing: what breaks in compiled code works in it.

    ``disable_jit(settings.debug)`` is for the rare case; the other is the one to speak of.
    """
    if not isinstance(context, n.Call) or last_name(context.func) != "disable_jit":
        return False
    values = [arg.value for arg in context.args]
    return all(isinstance(value, n.LiteralValue) and value.value is True for value in values)


def _is_broad(kind: n.Expr) -> bool:
    return isinstance(kind, n.Name) and kind.id in ("Exception", "BaseException", "ValueError")


def expects_error(kind: n.Expr | None) -> bool:
    """Whether ``except kind:`` catches the errors of sharp bits by their names."""
    if isinstance(kind, n.Display):
        return any(map(expects_error, kind.elements))
    name = last_name(kind)
    return name in _SHARP_ERRORS


def drops_errors(handler: n.Handler) -> bool:
    """Whether ``except Exception: pass``, or ``return`` another value, says that the block may fail."""
    is_content = all(isinstance(statement, (n.Jump, n.Return)) for statement in handler.body)
    return is_content and (handler.type is None or _is_broad(handler.type))


def catches_import_error(kind: n.Expr | None) -> bool:
    """Whether ``except kind:`` is for a module that is not installed."""
    if isinstance(kind, n.Display):
        return any(map(catches_import_error, kind.elements))
    return isinstance(kind, n.Name) and kind.id in ("ImportError", "ModuleNotFoundError")


def enter_context(frame: Frame, manager: v.Value) -> v.Value:
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
