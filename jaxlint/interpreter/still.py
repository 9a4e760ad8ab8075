"""Functions that draw no numbers of their own, though they are given a key: networks without dropout.

network = hk.transform(forward)
network.apply(params, key, x)   # uses up nothing if `forward` takes no key of its own
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.classes import mro
from jaxlint.knowledge.keys import takes_own_key
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

MAX_PARTS = 100
"""Functions and classes that are looked at before nothing is said."""

_KNOWN = frozenset(
    "builtins chex dataclasses distrax einops functools haiku itertools jax math numpy operator rlax "
    "typing".split()
)
"""Libraries whose functions take no key from what surrounds them, those apart that the table names."""


def draws_nothing(machine: Machine, receiver: v.Value) -> bool:
    """Whether a function that ``haiku.transform`` was given takes no key, nor may anything that it uses."""
    if not isinstance(receiver, v.LibraryInstance) or not receiver.dotted.startswith("haiku.Transformed"):
        return False
    return _Search(machine).is_still(receiver)


class _Search:
    """Looks at all that a function may run."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.seen: set[int] = set()

    def is_still(self, value: v.Value | None) -> bool:
        """Whether nothing that is reached from a value takes a key."""
        if isinstance(value, v.Library):
            return value.dotted.partition(".")[0] in _KNOWN and not takes_own_key(value.dotted)
        if isinstance(value, v.LibraryInstance) and value.dotted.startswith("haiku.Transformed"):
            return self.is_still(value.get("f"))
        if isinstance(value, v.Function):
            return self._is_still_code(value.code, value)
        if isinstance(value, v.Class):
            return all(self._is_still_class(one) for one in mro(value))
        if isinstance(value, v.Instance):
            return self.is_still(value.cls)
        if isinstance(value, v.Bound):
            return self.is_still(value.function) and self.is_still(value.receiver)
        if isinstance(value, v.Partial):
            return self.is_still(value.function)
        return isinstance(value, (v.Const, v.Static, v.Array, v.NumPyArray, v.Seq, v.Dict))

    def _is_still_class(self, cls: v.Class) -> bool:
        methods = (value for value in cls.namespace.values() if isinstance(value, v.Function))
        bases = (base for base in cls.bases if not isinstance(base, v.Class))
        return all(map(self.is_still, methods)) and all(map(self.is_still, bases))

    def _is_still_code(self, code: n.Code, function: v.Function) -> bool:
        if id(code) in self.seen:
            return True
        self.seen.add(id(code))
        state = self.machine.states.get(function.module.name)
        frame: Frame | None = function.frame or (state.frame if state is not None else None)
        if frame is None or len(self.seen) > MAX_PARTS:
            return False
        names, attributes = code.remember("<mentions>", _mentions)
        if any(map(takes_own_key, attributes)):
            return False
        return all(self.is_still(self.machine.lookup(frame, name)) for name in names)


def _mentions(code: n.Code) -> tuple[set[str], set[str]]:
    """The variables from outside that a function names, and the attributes that it takes of anything."""
    nodes = list(walk(code))
    names = {node.id for node in nodes if isinstance(node, n.Name)}
    for node in nodes:
        if isinstance(node, n.Code):
            names -= {*node.bound, *(param.name for param in node.params)}
    return names, {node.attr for node in nodes if isinstance(node, n.Attribute)}
