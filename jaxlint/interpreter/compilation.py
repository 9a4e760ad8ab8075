"""What a rule may mind about a transformation: how it is applied, and what its result is called with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import (
    CompiledMethod,
    Event,
    FreshCompilation,
    TransformedArgument,
    UnknownParameter,
    UnrolledLoop,
)
from jaxlint.inspection import innermost
from jaxlint.interpreter import donation, entry, freshness, timing
from jaxlint.interpreter.repetition import varies
from jaxlint.interpreter.running import constants, static_parameters
from jaxlint.knowledge.transforms import transform
from jaxlint.leaves import foreign_leaf, unhashable_part
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def on_application(machine: Machine, frame: Frame, made: v.Transformed, node: n.Node) -> None:
    """A transformation is applied: its options may name what is not there, its function may be a method."""
    if made.transform == "jax.jit":
        _report_lacking_parameters(machine, frame, made, node)
        _note_method(machine, frame, made, node)


# --- options -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Signature:
    """What ``inspect.signature`` tells of a callable."""

    positional: tuple[str, ...]
    keywords: frozenset[str]
    takes_more: bool
    takes_any_keyword: bool


# Wrappers that keep the signature of the function.
_KEEPING = frozenset(
    f"jax.{name}" for name in ("jit", "vmap", "grad", "value_and_grad", "jacfwd", "jacrev", "checkpoint")
)


def _signature(value: v.Value) -> _Signature | None:
    if isinstance(value, v.Function):
        kinds = {kind: tuple(p.name for p in value.code.params if p.kind == kind) for kind in _KINDS}
        positional = tuple(p.name for p in value.code.params if p.kind in ("pos", "normal"))
        keywords = frozenset(kinds["normal"] + kinds["kw"])
        return _Signature(positional, keywords, bool(kinds["*"]), bool(kinds["**"]))
    if isinstance(value, v.Transformed) and value.transform in _KEEPING:
        return _signature(value.function)
    inner = _signature(value.function) if isinstance(value, (v.Bound, v.Partial)) else None
    if inner is None:
        return None
    taken = 1 if isinstance(value, v.Bound) else len(value.args) if isinstance(value, v.Partial) else 0
    named = {name for name, _ in value.kwargs} if isinstance(value, v.Partial) else set()
    left = inner.positional[taken:]
    first = next((index for index, name in enumerate(left) if name in named), len(left))
    keywords = inner.keywords - frozenset(inner.positional[:taken])
    return _Signature(left[:first], keywords, inner.takes_more, inner.takes_any_keyword)


_KINDS = ("pos", "normal", "*", "kw", "**")


def _report_lacking_parameters(machine: Machine, frame: Frame, made: v.Transformed, node: n.Node) -> None:
    signature = _signature(made.function)
    if signature is None:
        return
    core = innermost(made.function.function if isinstance(made.function, v.Bound) else made.function)
    name = core.code.name if isinstance(core, v.Function) else ""
    for option, parameter in _lacking(made, signature):
        machine.report(UnknownParameter(_option_node(node, option), frame, option, parameter, name))


def _lacking(made: v.Transformed, signature: _Signature) -> Iterator[tuple[str, str]]:
    """The first name or number of each option that the function has no parameter for."""
    for option in ("static_argnames", "donate_argnames"):
        names = constants(made.option(option), str) or set()
        unknown = sorted(names - signature.keywords)
        if unknown and not signature.takes_any_keyword:
            yield option, f'"{unknown[0]}"'
    count = len(signature.positional)
    for option in ("static_argnums", "donate_argnums"):
        numbers = constants(made.option(option), int) or set()
        outside = sorted(number for number in numbers if not -count <= number < count)
        if outside and not signature.takes_more:
            yield option, str(outside[0])


def _option_node(node: n.Node, option: str) -> n.Node:
    """The argument that gives an option, where the application shows it."""
    arguments = node.args if isinstance(node, n.Call) else ()
    return next((argument.value for argument in arguments if argument.keyword == option), node)


# --- methods -------------------------------------------------------------------------------------


def _note_method(machine: Machine, frame: Frame, made: v.Transformed, node: n.Node) -> None:
    """Remember a method whose ``self`` would be traced; registrations may follow, so it waits."""
    core = made.function
    while isinstance(core, v.Transformed):
        core = core.function
    if not isinstance(core, v.Function) or core.owner is None or not core.code.params:
        return
    first = core.code.params[0]
    static = static_parameters(made)
    if first.name != "self" or static is None or static(0) or static(first.name) or machine.is_muted:
        return
    event = CompiledMethod(node, frame, core.owner, core.code.name, made.transform)
    machine.session.pending.append(event)


# --- calls ---------------------------------------------------------------------------------------

_COMPILING = frozenset({"jit", "pmap", "make_jaxpr"})


def on_call(machine: Machine, frame: Frame, kind: str, callee: v.Transformed, args: Args) -> None:
    """A compiled function is called: report arguments that it cannot take, or not for long."""
    if kind not in _COMPILING or not callee.transform.startswith("jax."):
        return
    static = static_parameters(callee)
    if static is None:
        return
    names, _ = entry.parameter_names(callee.function)
    given: list[tuple[int | str, v.Value]] = [*enumerate(args.pos), *args.kw.items()]
    for key, value in given:
        node = args.node(key)
        if node is None or _is_receiver(callee, key, is_static=static(key)):
            continue
        changes = is_anew = False
        if static(key):
            if not frame.trace.stage:
                changes = varies(frame, node) or freshness.is_new_function(machine, frame, value, node)
                is_anew = freshness.is_new_object(frame, value, node)
            is_notable = changes or is_anew or unhashable_part(value) is not None
        else:
            is_notable = foreign_leaf(value) is not None
        if is_notable:
            name = key if isinstance(key, str) else names[key] if key < len(names) else ""
            event = TransformedArgument(
                node, frame, value, name, _name(callee), callee.transform, static(key), changes, is_anew
            )
            machine.report(event)


def after_call(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node, result: v.Value
) -> None:
    """A transformed function was called by code that is not traced itself."""
    facts = transform(callee.transform)
    kind = facts.kind if facts is not None else ""
    if kind != "make_jaxpr":
        timing.on_dispatch(machine, frame, node)
    if kind in ("jit", "pmap"):
        freshness.note_call(machine, frame, callee)
        donation.donate(machine, frame, callee, args, node, result)


def settled(machine: Machine) -> list[Event]:
    """Events that had to wait for the end of a module.

    What is kept somewhere is not compiled anew, and a loop that was counted is as long as that tells.
    """
    session = machine.session
    refuted = {FreshCompilation: session.kept, UnrolledLoop: session.counted}
    return [event for event in session.pending if event.node not in refuted.get(type(event), ())]


def _name(callee: v.Transformed) -> str:
    core = innermost(callee.function)
    core = innermost(core.function) if isinstance(core, v.Bound) else core
    return core.code.name if isinstance(core, v.Function) else ""


def _is_receiver(callee: v.Transformed, key: int | str, *, is_static: bool) -> bool:
    """Whether an argument is the traced ``self`` of a compiled method, which is reported as such."""
    core = innermost(callee.function)
    return key == 0 and not is_static and isinstance(core, v.Function) and core.owner is not None
