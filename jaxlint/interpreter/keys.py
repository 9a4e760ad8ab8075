"""PRNG keys as resources: who uses one, and how identities pass through calls and loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import KeyReuse
from jaxlint.interpreter import identities
from jaxlint.interpreter.captured_keys import own_names
from jaxlint.interpreter.conditions import Condition, Conditions, Guard, exclusive, is_occasional, key_of
from jaxlint.interpreter.constant_keys import is_made_for, report_called, report_used
from jaxlint.interpreter.frames import differing
from jaxlint.interpreter.histories import DRAW, FOLD, HISTORY, At, History, Loop, Use, merge
from jaxlint.interpreter.identities import certain, following, identity_of, key_part, with_identity
from jaxlint.interpreter.purposes import is_copy, on_purpose
from jaxlint.interpreter.usage import is_settled, is_variable, looks_like_key
from jaxlint.knowledge.keys import is_key_name
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args, Binding
    from jaxlint.interpreter.frames import Env, Frame
    from jaxlint.interpreter.machine import Machine


# --- the history of a frame ----------------------------------------------------------------------


def history_of(frame: Frame) -> History:
    """What has happened to keys on the path that is being run."""
    found = frame.env.get(HISTORY)
    return found if isinstance(found, History) else History()


def keep_history(frame: Frame, *others: Env) -> None:
    """Let what happened on paths that end in ``others`` be known on the path that goes on."""
    history = history_of(frame)
    for other in others:
        history = merge(history, other.get(HISTORY))
    if history.uses:
        frame.env[HISTORY] = history


@contextmanager
def without_consequences(frame: Frame) -> Iterator[None]:
    """What happens to keys inside counts for nothing: the code is not really run here.

    Nor has anything happened before, for it may get keys that are used up.
    """
    before = history_of(frame)
    frame.env[HISTORY] = History()
    try:
        yield
    finally:
        frame.env[HISTORY] = before


class where:  # noqa: N801 - a context manager; as a generator it would take three times as long
    """What happens inside does so on the path that ``guard`` describes."""

    __slots__ = ("frame", "outer")

    def __init__(self, frame: Frame, guard: Guard) -> None:
        """Add the guard to those of the frame."""
        self.frame = frame
        self.outer = frame.guards
        frame.guards = (*frame.guards, guard)

    def __enter__(self) -> None:
        """Go on with the guard in force."""

    def __exit__(self, *_exception: object) -> None:
        """Go back to the guards before."""
        self.frame.guards = self.outer


def conditions_of(machine: Machine, frame: Frame) -> Conditions:
    """What is known to hold on the path that is being run; worked out once for each branch."""
    found: Conditions = frozenset()
    for guard in frame.guards:
        known = machine.conditions.get(guard)
        if known is None:
            known = machine.conditions[guard] = guard.conditions()
        found |= known
    return found


@contextmanager
def round_of(frame: Frame, number: int, repeats: str = "") -> Iterator[None]:
    """What happens inside does so in a round of a loop; two stand for any number of them.

    ``repeats`` says that a transformation repeats a function: what that does is reported inside of it.
    """
    outer = frame.rounds, frame.repeats
    frame.rounds, frame.repeats = (*frame.rounds, number), repeats or frame.repeats
    try:
        yield
    finally:
        frame.rounds, frame.repeats = outer


def start_round(frame: Frame) -> None:
    """A round that was run before stands for another one now: it comes to other elements of arrays."""
    history = history_of(frame)
    fresh = history.at_round(frame.rounds)
    if fresh is not history:
        frame.env[HISTORY] = fresh


def repeated(frame: Frame, run: Callable[[], v.Value]) -> v.Value:
    """Run what a transformation maps over many elements: twice, where the first run does things to keys."""
    before = history_of(frame)
    with round_of(frame, 0, "map"):
        value = run()
    between = history_of(frame)
    if between != before:
        with round_of(frame, 1, "map"):
            run()
        # The second run does nothing to what the first has made, though an argument may have its name.
        frame.env[HISTORY] = history_of(frame).with_uses_of(between, identities.keys_in(value))
    end_loop(frame)
    return value


def end_loop(frame: Frame) -> None:
    """Forget in which rounds elements were used: behind a loop it has used all of them."""
    behind_loop(frame.env, len(frame.rounds))


def behind_loop(env: Env, depth: int) -> Env:
    """The variables behind a loop that ``depth`` loops enclose."""
    history = env.get(HISTORY)
    if isinstance(history, History) and history.uses:
        env[HISTORY] = history.after_loop(depth)
    return env


def next_round(frame: Frame, node: n.Node, number: int, state: Env, end: Env, joined: Env) -> Env:
    """The joined variables, with the keys and the history that a round leaves to the next one."""
    history = end.get(HISTORY)
    if not isinstance(history, History):
        return joined
    whole = v.Key(node, (*frame.rounds, min(number, 1)))
    loop = Loop(len(frame.rounds), _nodes_of(frame.code, node))
    frame.made |= {loop.earlier(key) for key in frame.made} | {whole}
    history = history.before_round(loop).without(whole)
    result = dict(joined)
    for name in differing(state, end):
        if name != HISTORY:
            value = following(state.get(name), end[name], joined[name])
            value = identities.of_earlier_round(value, loop)
            result[name], history = _decided(value, history, whole._replace(path=("carried", name)))
    result[HISTORY] = history
    return result


def _nodes_of(code: n.Code, loop: n.Node) -> frozenset[n.Node]:
    """A loop and all that is in it."""
    return code.remember((loop, "nodes"), lambda _: frozenset(walk(loop)))


def _decided(value: v.Value, history: History, name: v.Key) -> tuple[v.Value, History]:
    """Give what can be one of several keys a name of its own, for the conditions of a round end with it.

    What may have used it up goes over to the new name.
    """

    def change(identity: v.Identity, path: tuple[Any, ...]) -> v.Identity:
        nonlocal history
        if len(identity) == 1:
            return identity
        own = name._replace(path=(*name.path, *path))
        for key, conditions in identity:
            for one in history.of(key):
                if one.reaches(key, conditions):
                    history = history.with_use(own, replace(one, path=own.path))
        return certain(own)

    return identities.rename(value, change), history


def tell_apart(joined: Env, left: Env, right: Env, condition: Callable[[], Condition]) -> None:
    """Let variables that hold different keys on two paths be either: ``left`` where ``condition`` holds."""
    for name in differing(left, right):
        if name in left and name != HISTORY:
            joined[name] = identities.either(left[name], right[name], joined[name], condition)


def after_rounds(joined: Env, before: Env, end: Env) -> None:
    """Let variables hold the keys that the last round of a loop leaves, and forget those made anew in it.

    That a loop may have no round is no reason to report anything.
    """
    for name in differing(before, end):
        if name in before and name in end:
            is_history = name == HISTORY
            joined[name] = end[name] if is_history else following(before[name], end[name], joined[name])


# --- making and using keys -----------------------------------------------------------------------


def make(frame: Frame, node: n.Node) -> v.Identity:
    """The identity of a key that ``node`` makes now; what a former round did to its key is forgotten."""
    key = v.Key(node, frame.rounds)
    frame.made.add(key)
    history = history_of(frame)
    if frame.rounds or key in history.uses:
        frame.env[HISTORY] = history.with_new(key)
    return certain(key)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call does to a key: see `histories.Use`."""

    kind: str
    data: Any = None
    count: int | None = None
    by: str = ""
    is_paired: bool = False
    is_implicit: bool = False


def use(
    machine: Machine, frame: Frame, value: v.Value, argument: n.Node | None, call: n.Node, effect: Effect
) -> None:
    """Record that ``call`` uses the key ``value``, which stands in the program as ``argument``."""
    identity = identity_of(value)
    if identity is None and frame.repeats != "map":
        identity = adopt(machine, frame, argument)
    if identity is None:
        return
    here = conditions_of(machine, frame)
    is_rare = is_occasional(frame.guards, argument)
    for key, conditions in identity:
        made = Use(
            key.path,
            effect.kind,
            call,
            frame.rounds,
            here | conditions,
            effect.data,
            effect.count,
            by=effect.by,
            is_paired=effect.is_paired,
            is_implicit=effect.is_implicit,
            argument=argument,
            is_whole=not frame.repeats,
            site=(frame, call),
            trail=((frame.code, call),),
            which=conditions,
            is_occasional=is_rare,
        )
        record(machine, frame, key, made)


def adopt(machine: Machine, frame: Frame, argument: n.Node | None) -> v.Identity | None:
    """Give an identity to a variable that turns out to hold a key; None where the argument is none."""
    if isinstance(argument, n.Subscript):
        return _adopt_item(machine, frame, argument)
    if not isinstance(argument, (n.Name, n.Attribute)):
        return None
    value = machine.peek(frame, argument)
    if value is None and isinstance(argument, n.Attribute):
        return _adopt_part(machine, frame, argument.value, f".{argument.attr}")
    if not isinstance(value, (v.Unknown, v.Array, v.Tree)):
        return None
    known = identity_of(value)
    if known is not None:
        return known
    owner = _owner(frame, argument)
    if owner is None or not owner.is_active:
        return None
    identity = make(owner, argument)
    machine.assign_path(frame, argument, with_identity(value, identity))
    return identity_of(machine.peek(frame, argument) or v.UNKNOWN)


def _adopt_item(machine: Machine, frame: Frame, argument: n.Subscript) -> v.Identity | None:
    """``keys[0]`` and ``rngs["dropout"]`` are parts of what is in the variable, where that is not known."""
    base = machine.peek(frame, argument.value)
    if isinstance(base, v.Dict) and isinstance(argument.index, n.LiteralValue):
        entry = base.get(argument.index.value)
        if isinstance(entry, (v.Unknown, v.Array, v.Tree)):
            identity = make(frame, argument)
            machine.assign_path(frame, argument, with_identity(entry, identity))
            return identity
    return _adopt_part(machine, frame, argument.value, *parts_at(frame, argument.index))


def _adopt_part(machine: Machine, frame: Frame, whole: n.Expr, *parts: Any) -> v.Identity | None:
    """A part of what is in a variable, of which nothing else is known."""
    if not isinstance(machine.peek(frame, whole), v.Unknown):
        return None
    return key_part(adopt(machine, frame, whole), *parts)


def unknown_argument(code: n.Code, param: n.Param) -> v.Value:
    """An argument of which nothing is known, but that it is a key of its own where it is one."""
    return v.UnknownKey(certain(v.Key(param))) if looks_like_key(code, param.name) else v.UNKNOWN


def adopt_arguments(machine: Machine, frame: Frame, args: Args) -> Args:
    """The arguments of a mapped function, those with identities that by their names are keys."""
    pos = tuple(_adopted(machine, frame, value, args.node(index)) for index, value in enumerate(args.pos))
    kw = {name: _adopted(machine, frame, value, args.node(name)) for name, value in args.kw.items()}
    return replace(args, pos=pos, kw=kw)


def _adopted(machine: Machine, frame: Frame, value: v.Value, node: n.Node | None) -> v.Value:
    name = last_name(node)
    if not is_key_name(name) or not _may_become_key(value):
        return value
    identity = adopt(machine, frame, node)
    return value if identity is None else with_identity(value, identity)


def parts_at(frame: Frame, index: n.Expr) -> tuple[Any, ...]:
    """The path to what stands at an index; an index that changes on the way is equal to no other."""
    if isinstance(index, n.LiteralValue) and isinstance(index.value, (int, str)):
        return (index.value,)
    if isinstance(index, n.Display):
        return tuple(part for element in index.elements for part in parts_at(frame, element))
    return (At(key_of(index) if is_settled(frame.code, index) else id(index), frame.rounds),)


def _owner(frame: Frame, path: n.Expr) -> Frame | None:
    """The frame that holds a variable; None where functions inside of that one change the variable.

    What they do would have to be known to every call in between.
    """
    base = path
    while isinstance(base, n.Attribute):
        base = base.value
    if not isinstance(base, n.Name) or base.id in frame.env or base.id in frame.code.bound:
        return frame
    scope = frame.closure
    while scope is not None and base.id not in scope.env:
        scope = scope.closure
    if scope is None:
        return frame
    is_changed = base.id in frame.code.nonlocal_names or base is not path
    return None if is_changed else scope


def record(machine: Machine, frame: Frame, key: v.Key, made: Use) -> None:
    """Add a use to the history; report it where the key was used up before."""
    if exclusive(made.conditions, made.conditions):
        return  # no run comes here
    report_used(machine, frame, key, made)
    history = history_of(frame)
    clash = _clash(frame, history.of(key), made)
    frame.env[HISTORY] = history.with_use(key, made)
    if clash is None:
        return
    is_repeated = clash.is_of_earlier_round(made)
    if is_repeated and (key.root, made.path) in frame.told:
        return  # the body alone has said it already
    how, is_inner = "again", clash.is_of_inner_round(made)
    if is_repeated and clash.is_at(made):
        how = "shared" if made.is_shared and is_inner else "loop"
    if made.is_implicit and clash.is_implicit:
        if frame.is_test:
            return
        how = "implicit"
    if not is_repeated:
        frame.told.add((key.root, made.path))
    place, argument = (frame, made.call), made.argument
    if is_inner:
        place = made.site
    elif is_repeated and made.site[1] is not made.call:
        argument = None  # a loop around the transformation, whose function has a name of its own for the key
    first = v.Place(clash.site[0].module, clash.site[1])
    first_key = clash.argument if how == "again" and _are_alike(clash, made) else None
    machine.report(KeyReuse(place[1], place[0], argument, first, how, made.by, made.part, first_key))


def _are_alike(first: Use, later: Use) -> bool:
    """Whether two uses of one function take a whole key each, and use it up."""
    is_same = first.site[0] is not None and first.site[0].code is later.site[0].code
    return is_same and first.is_whole and later.is_whole and FOLD not in (first.effect, later.effect)


def _clash(frame: Frame, uses: Iterable[Use], made: Use) -> Use | None:
    """The use that used up before what ``made`` uses; itself, if that was in an earlier round of a loop.

    What another place has done in an earlier round may well be to a key that the loop renews. A copy of what
    another use has made clashes with the others as that one does, which has been told.
    """
    every = [one for one in uses if one.clashes(made)]
    clashes = [one for one in every if not on_purpose(frame, one, made)]
    again = next((one for one in clashes if one.is_at(made)), None)
    if again is not None or not clashes or any(is_copy(frame, one, made) for one in every):
        return again
    return clashes[0]


def _as_text(part: Any) -> str:
    """How a program writes a part of an object: the attribute or the index."""
    if isinstance(part, str):
        return f".{part.removeprefix('.')}"
    return f"[{part}]" if isinstance(part, int) else ""


# --- calls ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Passing:
    """How keys are called in a function: each parameter's own key, with what the caller calls it.

    A key that the caller does not know yet has None.
    """

    callers: dict[v.Key, v.Identity | None] = field(default_factory=dict)
    params: dict[n.Node, str] = field(default_factory=dict)

    def capture(self, function: v.Function) -> None:
        """Know the keys that a function has from where it was made."""
        names = own_names(function)
        self.callers.update((names[name], identity) for name, identity in function.keys)

    def in_caller(self, key: v.Key) -> tuple[v.Identity | None, bool]:
        """What the caller calls a key of the function, and whether it came as an argument at all."""
        for length in range(len(key.path), -1, -1):
            whole = key._replace(path=key.path[:length])
            if whole in self.callers:
                return key_part(self.callers[whole], *key.path[length:]), True
        return certain(key), key.node in self.params


def pass_in(code: n.Code, binding: Binding) -> Passing:
    """Call keys in the arguments by the parameters they come in, so that equal calls look equal."""
    passing = Passing()
    known: dict[v.Identity, v.Key] = {}
    for param in code.params:
        value = binding.env.get(param.name)
        if value is None:
            continue

        def change(identity: v.Identity, path: tuple[Any, ...], param: n.Param = param) -> v.Identity:
            key = known.setdefault(identity, v.Key(param, (), path))
            passing.callers[key] = identity
            return certain(key)

        passing.params[param] = param.name
        binding.env[param.name] = identities.rename(value, change)
        if _may_become_key(value) and looks_like_key(code, param.name):
            key = v.Key(param)
            passing.callers[key] = None
            binding.env[param.name] = with_identity(value, certain(key))
    return passing


def _may_become_key(value: v.Value) -> bool:
    return value is v.UNKNOWN or (isinstance(value, (v.Array, v.Tree)) and value.key is None)


@dataclass(slots=True)
class Outcome:
    """What a call did to keys: their uses, which it made itself, and which of those from constants."""

    uses: History = field(default_factory=History)
    made: frozenset[v.Key] = frozenset()
    constants: dict[n.Node, Frame] = field(default_factory=dict)


class Return:
    """Gives keys of a function that has returned the names that its caller knows them by."""

    def __init__(
        self, caller: Frame, node: n.Node, passing: Passing, outcome: Outcome, changed: Mapping[str, v.Value]
    ) -> None:
        self.caller = caller
        self.changed = changed
        self.node = node
        self.passing = passing
        self.outcome = outcome
        self.new: dict[v.Key, v.Key] = {}

    def value(self, value: v.Value) -> v.Value:
        """A result, or what an argument has become."""
        return identities.rename(value, lambda identity, _path: self._identity(identity))

    def _identity(self, identity: v.Identity) -> v.Identity | None:
        if len(identity) > 1:
            return None  # which one it is, is known by conditions of the function only
        ((key, _),) = identity
        if key.root in self.outcome.made:
            return certain(self._fresh(key))
        return self._anywhere(self.passing.in_caller(key)[0])

    def _anywhere(self, identity: v.Identity | None) -> v.Identity | None:
        """The same keys, where an index that only the function knows is that of this call."""
        if identity is None:
            return None
        own = At(id(self.node), self.caller.rounds)
        return tuple(
            (key._replace(path=tuple(own if isinstance(part, At) else part for part in key.path)), conditions)
            for key, conditions in identity
        )

    def _fresh(self, key: v.Key) -> v.Key:
        """A key that the function has made: to the caller, one that the call makes."""
        whole = self.new.get(key.root)
        if whole is None:
            if not self.new:
                make(self.caller, self.node)
            whole = self.new[key.root] = v.Key(self.node, self.caller.rounds, ("made", len(self.new)))
        return whole._replace(path=(*whole.path, *key.path))

    def effects(self, machine: Machine, binding: Binding) -> None:
        """Record in the caller what the call did to keys that came from there."""
        if self.outcome.constants and not self._makes_own_key(machine, binding):
            report_called(machine, self.caller, self.outcome.constants)
        for key, one in self._uses():
            if key.root not in self.outcome.made:
                self._effect(machine, binding, key, one)

    def _makes_own_key(self, machine: Machine, binding: Binding) -> bool:
        """Whether the function makes itself the key that it was not given: the same one at each such call."""
        for param, name in self.passing.params.items():
            if name in binding.defaulted and is_key_name(name) and is_made_for(name, self.outcome.constants):
                if self.caller.is_test:
                    return True
                own = v.UnknownKey(certain(v.Key(param)))
                effect = Effect(DRAW, by=name, is_implicit=True)
                use(machine, self.caller, own, None, self.node, effect)
                return True
        return False

    def own_effects(self, machine: Machine) -> None:
        """Record what the call did to keys that it made itself and hands out."""
        for key, one in self._uses():
            whole = self.new.get(key.root)
            if whole is not None:
                moved = whole._replace(path=(*whole.path, *key.path))
                self._record(machine, certain(moved), one, None, is_captured=False)

    def _uses(self) -> Iterator[tuple[v.Key, Use]]:
        """Each kind of use of each key; under which tests of the function is not the caller's concern.

        What only some rounds of a loop come to need not happen in this call.
        """
        for root, every in self.outcome.uses.uses.items():
            uses = [one for one in every if not one.is_occasional]
            distinct = {(one.path, one.effect, one.data, one.count, one.which): one for one in reversed(uses)}
            for one in reversed(distinct.values()):
                yield root._replace(path=one.path), one

    def _effect(self, machine: Machine, binding: Binding, key: v.Key, one: Use) -> None:
        named, is_argument = self.passing.in_caller(key)
        argument = (
            binding.nodes.get(self.passing.params[key.node]) if key.node in self.passing.params else None
        )
        if not is_variable(self.caller.code, argument) and self._is_renewed(key, one):
            return
        if named is None and self.caller.repeats != "map":
            whole = adopt(machine, self.caller, argument)
            if whole is not None:
                self.passing.callers[key.root] = whole
            named = key_part(whole, *key.path)
        identity, part = self._anywhere(named) or (), "".join(map(_as_text, key.path))
        is_whole = is_argument and not key.path
        self._record(
            machine, identity, one, argument, is_captured=not is_argument, part=part, is_whole=is_whole
        )

    def _is_renewed(self, key: v.Key, one: Use) -> bool:
        """Whether the function gave the object that holds the key another one, where it used it up."""
        value = self.changed.get(self.passing.params.get(key.node, ""))
        if value is None or not key.path:
            return False
        there = (identity for identity, path in identities.held(value) if path == key.path)
        keys = [
            other for identity in there for other, when in identity if not exclusive(when, one.conditions)
        ]
        return bool(keys) and key not in keys

    def _record(
        self,
        machine: Machine,
        identity: v.Identity,
        one: Use,
        argument: n.Node | None,
        *,
        is_captured: bool,
        part: str = "",
        is_whole: bool = False,
    ) -> None:
        caller = self.caller
        here = conditions_of(machine, caller)
        is_shared = caller.repeats == "map" or (caller.repeats == "carry" and is_captured)
        for key, named in identity:
            conditions = named | one.which if is_captured else named
            once = (held for held in one.conditions if held.is_passing)
            moved = replace(
                one,
                path=key.path,
                call=self.node,
                rounds=caller.rounds,
                conditions=here.union(conditions, once),
                is_shared=is_shared,
                argument=one.argument if caller.repeats else argument,
                part=one.part if caller.repeats else part,
                is_whole=is_whole and one.is_whole and not caller.repeats,
                site=one.site if caller.repeats else (caller, self.node),
                trail=(*one.trail, (caller.code, self.node)),
                which=conditions,
            )
            record(machine, caller, key, moved)


def alternatives(frame: Frame, runs: Iterable[Any], given: Iterable[v.Value] | None = None) -> list[v.Value]:
    """Run several functions of which one is chosen: none sees what the others did to keys.

    Where joined paths have left several functions in one variable, which are ``given`` some values, these
    are keys only if they are known to be, or all of the functions use them as such.
    """
    before = history_of(frame)
    histories: list[History] = []
    results = []
    for run in runs:
        frame.env[HISTORY] = before
        results.append(run())
        histories.append(history_of(frame))
    after = reduce(merge, histories, before)
    if given is not None:
        after = after.where_all_differ(before, histories, set(identities.roots(given)))
    frame.env[HISTORY] = after
    return results
