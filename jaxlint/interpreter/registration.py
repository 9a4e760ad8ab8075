"""Calls that tell JAX, or the interpreter, something about a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.classes import add_traits, flattened_fields, note_declared_fields
from jaxlint.knowledge.frameworks import decorator_traits, is_field_function

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.machine import Machine

_REGISTRATIONS = frozenset({"jax.tree_util.register_pytree_node", "jax.tree_util.register_pytree_with_keys"})


def call(_machine: Machine, dotted: str, args: Args) -> v.Value | None:
    """Registrations, class decorators that are called, and field descriptions; None for anything else."""
    if is_field_function(dotted):
        return v.Partial(v.Library(dotted), args.pos, tuple(args.kw.items()))
    given = args.pos[0] if args.pos else v.UNKNOWN
    named = [option for option in v.options(given) if isinstance(option, v.Class)]  # several, in a loop
    if dotted in _REGISTRATIONS:
        for cls in named:
            add_traits(cls, {"pytree", "custom"})
            if len(args.pos) > 1 and isinstance(args.pos[1], v.Function):
                cls.data_fields = flattened_fields(args.pos[1].code)
        return v.Const(None)
    traits = decorator_traits(dotted)
    if not traits:
        return None
    for cls in named:
        add_traits(cls, traits)
        names = ("nodetype", "data_fields", "meta_fields")
        note_declared_fields(cls, {**dict(zip(names, args.pos, strict=False)), **args.kw})
    if named:
        return given
    return v.Partial(v.Library(dotted), args.pos, tuple(args.kw.items()))
