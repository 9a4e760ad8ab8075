"""Binding the arguments of a call to the parameters of a function."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.frames import Env
from jaxlint.interpreter.identities import forgotten
from jaxlint.interpreter.ownership import from_outside, level_of
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame


@dataclass(slots=True)
class Args:
    """Arguments of a call.

    ``star`` stands for any further positional arguments, ``star_star`` for any further keywords. The
    nodes are those of the arguments as they stand in the program, where they do.
    """

    pos: tuple[v.Value, ...] = ()
    kw: dict[str, v.Value] = field(default_factory=dict)
    star: v.Value | None = None
    star_star: v.Value | None = None
    pos_nodes: tuple[n.Node | None, ...] = ()
    kw_nodes: dict[str, n.Node] = field(default_factory=dict)

    def node(self, key: int | str) -> n.Node | None:
        """The node of one argument."""
        if isinstance(key, str):
            return self.kw_nodes.get(key)
        return self.pos_nodes[key] if key < len(self.pos_nodes) else None

    def prepend(self, value: v.Value, node: n.Node | None = None) -> Args:
        """The same arguments with one more in front."""
        nodes = self.pos_nodes + (None,) * (len(self.pos) - len(self.pos_nodes))
        # Methods are called often; `dataclasses.replace` takes several times as long.
        pos, pos_nodes = (value, *self.pos), (node, *nodes)
        return Args(pos, self.kw, self.star, self.star_star, pos_nodes, self.kw_nodes)

    def values(self) -> list[v.Value]:
        """Every argument value, positional ones first."""
        extra = [value for value in (self.star, self.star_star) if value is not None]
        return [*self.pos, *self.kw.values(), *extra]


@dataclass(slots=True)
class Binding:
    """Parameters with their values.

    ``nodes`` are the arguments they came from, ``defaulted`` those that were left out, ``traced`` those that
    a transformation gave to the function.
    """

    env: Env
    nodes: dict[str, n.Node] = field(default_factory=dict)
    defaulted: frozenset[str] = frozenset()
    traced: frozenset[str] = frozenset()

    @property
    def has_flags(self) -> bool:
        """Whether an argument decides which code runs."""
        return any(map(_is_flag, self.env.values()))

    def widened(self, *, keeps_flags: bool) -> Binding:
        """The same parameters with coarser values, so that many calls share one interpretation.

        Flags and names of ways to do it decide which code runs at all, and there are few: they go last.
        """
        return replace(
            self,
            env={
                name: value if keeps_flags and _is_flag(value) else _widened(value)
                for name, value in self.env.items()
            },
        )


def _widened(value: v.Value) -> v.Value:
    """A coarser value; a method whose object is known no more under its own name must not use up its keys."""
    if isinstance(value, v.Bound):
        return replace(value, receiver=forgotten(value.receiver))
    return v.widen(value)


def _is_flag(value: v.Value) -> bool:
    return isinstance(value, v.Const) and isinstance(value.value, (bool, str))


def bind(caller: Frame, function: v.Function, args: Args, node: n.Node) -> Binding | None:
    """Bind ``args`` to the parameters of ``function``; None where the call cannot work."""
    slots = _assign(function.code.params, args)
    if slots is None:
        return None
    defaults = dict(function.defaults)
    env: Env = {}
    nodes: dict[str, n.Node] = {}
    defaulted = set()
    for param in function.code.params:
        slot = slots.get(param.name)
        if slot is None:
            is_certain = (args.star is None or param.kind == "kw") and args.star_star is None
            if is_certain and param.default is None:
                return None
            default = defaults.get(param.name, v.UNKNOWN) if is_certain else v.UNKNOWN
            env[param.name] = from_outside(default, level_of(function)) if caller.trace.level else default
            defaulted.add(param.name)
            continue
        value, argument = slot
        env[param.name] = passed_on(caller, function, param, value, argument or node)
        if argument is not None:
            nodes[param.name] = argument
    return Binding(env, nodes, frozenset(defaulted))


_Slot = tuple[v.Value, "n.Node | None"]


def _assign(params: tuple[n.Param, ...], args: Args) -> dict[str, _Slot] | None:
    """Which argument goes to which parameter; None for more positional arguments than parameters."""
    slots: dict[str, _Slot] = {}
    positional = [param for param in params if param.kind in ("pos", "normal")]
    var_positional = next((param for param in params if param.kind == "*"), None)
    for index, value in enumerate(args.pos[: len(positional)]):
        slots[positional[index].name] = (value, args.node(index))
    extra = args.pos[len(positional) :]
    if extra and var_positional is None:
        return None
    keywords = dict(args.kw)
    for param in params:
        if param.kind in ("normal", "kw") and param.name in keywords:
            slots[param.name] = (keywords.pop(param.name), args.node(param.name))
        elif param.name in slots or param.default is not None:
            continue
        elif param.kind in ("pos", "normal") and args.star is not None:
            slots[param.name] = (args.star, None)
        elif param.kind in ("normal", "kw") and args.star_star is not None:
            slots[param.name] = (v.UNKNOWN, None)  # under which names the values come is not known
    _collect(params, slots, extra, keywords, args)
    return slots


def _collect(
    params: tuple[n.Param, ...],
    slots: dict[str, _Slot],
    extra: tuple[v.Value, ...],
    keywords: Env,
    args: Args,
) -> None:
    """Give ``*args`` and ``**kwargs`` what is left over."""
    for param in params:
        if param.kind == "*":
            whole = (
                v.Seq("tuple", extra)
                if args.star is None
                else v.Seq("tuple", None, v.join_all([*extra, args.star]))
            )
            slots[param.name] = (whole, None)
        elif param.kind == "**":
            slots[param.name] = (v.Dict(tuple(keywords.items()), args.star_star), None)


def passed_on(caller: Frame, function: v.Function, param: n.Param, value: v.Value, node: n.Node) -> v.Value:
    """The argument as the callee sees it: the chain of its origin gains the parameter."""
    origin = getattr(value, "origin", None)
    if origin is None or not getattr(value, "stage", 0):
        return value
    name = function.code.name
    link = v.Origin(
        f"{param.name} of {name}",
        f"passed as argument `{param.name}` of `{name}`",
        v.Place(caller.module, node),
        origin,
        is_active=origin.is_active,
    )
    if origin.is_active and isinstance(value, v.Array) and value.lineage is None:
        value.lineage = v.Lineage()  # by which caller and callee know that they speak of the same array
    return replace(value, origin=link)  # type: ignore[type-var]  # an Array or a Tree
