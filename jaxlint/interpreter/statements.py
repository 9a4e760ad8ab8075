"""Running statements: how each one changes the variables of its frame, and where paths meet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import AtMisuse, Discarded, InPlaceCall, Role
from jaxlint.inspection import truth_of
from jaxlint.interpreter import classes, draws, imports, keys, optional, outdated, stores, unrolling
from jaxlint.interpreter.attributes import AT_METHODS, get_attribute
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.conditions import Guard, of_whole
from jaxlint.interpreter.contexts import (
    awaits_error,
    catches_import_error,
    demands_error,
    drops_errors,
    enter_context,
    expects_error,
    runs_uncompiled,
    swallows_errors,
)
from jaxlint.interpreter.expressions import condition
from jaxlint.interpreter.frames import Env, Frame, Loop, join_envs
from jaxlint.interpreter.functions import make_function
from jaxlint.interpreter.histories import HISTORY
from jaxlint.interpreter.identities import in_round
from jaxlint.interpreter.iteration import element_of, size_of
from jaxlint.interpreter.repetition import loop_over
from jaxlint.interpreter.rewrapped import mapped_again
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.machine import Machine

UPDATES = AT_METHODS - {"get"}
"""Methods of ``x.at[i]`` that make an updated array."""

PASSES_BEFORE_WIDENING = 2
"""Runs of a loop body after which what still changes loses its constants and shapes."""

MAX_PASSES = 4
"""Runs of a loop body after which what still changes is Unknown."""


def run_block(machine: Machine, frame: Frame, statements: tuple[n.Stmt, ...]) -> bool:
    """Run statements in order; False if the end of the block cannot be reached."""
    for statement in statements:  # noqa: SIM110 - `all` would add a Python frame to each level of nesting
        if not RUNNERS[type(statement)](machine, frame, statement):
            return False
    return True


# --- simple statements ---------------------------------------------------------------------------


def _expression(machine: Machine, frame: Frame, node: n.ExprStmt) -> bool:
    if draws.drops_keys(machine, frame, node.value):
        return True
    value = machine.eval(frame, node.value)
    _report_discarded(machine, frame, node.value, value)
    return True


def _report_discarded(machine: Machine, frame: Frame, node: n.Expr, value: v.Value) -> None:
    """A statement that is only ``x.at[i].set(v)``, or only ``x.at[i]``, does nothing."""
    if (
        isinstance(node, n.Call)
        and isinstance(node.func, n.Attribute)
        and isinstance(node.func.value, n.Subscript)
    ):
        at = node.func.value.value
        if isinstance(at, n.Attribute) and at.attr == "at" and node.func.attr in UPDATES:
            base = machine.peek(frame, at.value) or value
            if isinstance(base, (v.Array, v.Tree, v.Unknown)):
                machine.report(Discarded(node, frame, base, node.func.attr))
    elif isinstance(node, n.Call) and isinstance(node.func, n.Attribute) and node.func.attr == "sort":
        receiver = machine.peek(frame, node.func.value)
        if isinstance(receiver, v.Array):
            machine.report(InPlaceCall(node, frame, receiver, ".sort", "dropped"))
    elif isinstance(value, v.At) and value.index is not None:
        machine.report(AtMisuse(node, frame, value.array, "no-method"))


def _assign(machine: Machine, frame: Frame, node: n.Assign) -> bool:
    value = machine.eval(frame, node.value)
    for target in node.targets:
        stores.assign(machine, frame, target, value, node.value)
    return True


def _aug_assign(machine: Machine, frame: Frame, node: n.AugAssign) -> bool:
    stores.augmented(machine, frame, node)
    return True


def _ann_assign(machine: Machine, frame: Frame, node: n.AnnAssign) -> bool:
    if frame.owner is not None and frame.code.name == "<class>" and isinstance(node.target, n.Name):
        frame.owner.annotations[node.target.id] = machine.eval(frame, node.annotation)
    else:
        machine.evaluate_annotation(frame, node.annotation)
    if node.value is not None:
        value = machine.eval(frame, node.value)
        if isinstance(value, v.Unknown):
            value = machine.value_of_type(frame, machine.eval(frame, node.annotation)) or v.UNKNOWN
        stores.assign(machine, frame, node.target, value)
    return True


def _return(machine: Machine, frame: Frame, node: n.Return) -> bool:
    value = machine.eval(frame, node.value) if node.value is not None else v.Const(None)
    frame.returns.append((value, frame.env))
    if node.value is not None:
        frame.answers.append((value, node.value))
    return False


def _raise(machine: Machine, frame: Frame, node: n.Raise) -> bool:
    if node.exc is not None:
        machine.eval(frame, node.exc)
    return False


def _assert(machine: Machine, frame: Frame, node: n.Assert) -> bool:
    value = condition(machine, frame, node.test, Role.ASSERT, "assert")
    machine.narrow(frame, node.test, holds=True)
    is_false = isinstance(value, v.Const) and not value.value
    return not is_false


def _delete(machine: Machine, frame: Frame, node: n.Delete) -> bool:
    for target in node.targets:
        stores.delete(machine, frame, target)
    return True


def _jump(_machine: Machine, frame: Frame, node: n.Jump) -> bool:
    if node.kind == "pass":
        return True
    if frame.loops:
        loop = frame.loops[-1]
        (loop.breaks if node.kind == "break" else loop.continues).append(frame.env)
    return False


def _import(machine: Machine, frame: Frame, node: n.Import) -> bool:
    imports.run_import(machine, frame, node)
    return True


def _import_from(machine: Machine, frame: Frame, node: n.ImportFrom) -> bool:
    imports.run_import_from(machine, frame, node)
    return True


# --- branches ------------------------------------------------------------------------------------


def _if(machine: Machine, frame: Frame, node: n.If) -> bool:
    value = condition(machine, frame, node.test, Role.BRANCH, node.keyword)
    if machine.last_test is node.test and node.orelse and isinstance(node.orelse[0], n.If):
        # One finding for a chain: what is to be done about its first test settles the others.
        machine.settled_tests.add(node.orelse[0].test)
    truth = truth_of(value)
    if truth is not None and not _asks_for_class(machine, frame, node.test):
        machine.session.pruned.add(frame.code)
    before = frame.env
    with machine.choosing(when=truth is None and _asks_for_structure(node.test)):
        after_body = _run_path(machine, frame, node, node.body, truth, holds=True)
        frame.env = before
        after_orelse = _run_path(machine, frame, node, node.orelse, truth, holds=False)
    joined = join_envs(after_body, after_orelse)
    if joined is not None and after_body is not None and after_orelse is not None:
        keys.tell_apart(joined, after_body, after_orelse, partial(of_whole, node.test))
    return _continue_with(frame, joined, before)


def _run_path(
    machine: Machine,
    frame: Frame,
    node: n.If,
    block: tuple[n.Stmt, ...],
    truth: bool | None,
    *,
    holds: bool,
) -> Env | None:
    """The variables after one branch, or None if its end is not reached."""
    if truth is (not holds):
        return None
    frame.env = dict(frame.env)
    if not machine.narrow(frame, node.test, holds=holds):
        return None
    is_left_out = truth is None and optional.is_left_out(frame, node.test, holds=holds)
    with (
        keys.where(frame, Guard(node, node.test, block, holds)),
        machine.muting(when=is_left_out),
    ):
        returns = list(frame.returns)
        is_alive = run_block(machine, frame, block)
        if is_left_out:
            frame.returns = returns  # nor does it give what it gives without the parameter
        return frame.env if is_alive else None


def _asks_for_structure(test: n.Expr) -> bool:
    """Whether a test is about the rank, size or type of a value: each branch is for values that fit it."""
    return any(
        node.attr in ("shape", "ndim")
        if isinstance(node, n.Attribute)
        else isinstance(node, n.Call) and last_name(node.func) in ("len", "ndim", "isinstance")
        for node in walk(test)
    )


def _asks_for_class(machine: Machine, frame: Frame, test: n.Expr) -> bool:
    """Whether a test is for the class of an object: what else is passed goes with that class."""
    if not (isinstance(test, n.Call) and last_name(test.func) == "isinstance" and len(test.args) == 2):
        return False
    return isinstance(machine.peek(frame, test.args[1].value), v.Class)


def _continue_with(frame: Frame, env: Env | None, before: Env) -> bool:
    frame.env = before if env is None else env
    return env is not None


def _match(machine: Machine, frame: Frame, node: n.Match) -> bool:
    subject = machine.eval(frame, node.subject)
    before = frame.env
    after: Env | None = None
    is_exhausted = is_reported = False
    for case in node.cases:
        frame.env = dict(before)
        for pattern in case.compared:
            machine.eval(frame, pattern)
            if not is_reported:
                machine.test(frame, pattern, subject, Role.BRANCH, "case")
                is_reported = machine.last_test is pattern
        for name in case.names:
            frame.env[name] = subject if name == case.capture else v.UNKNOWN
        for name, key in case.parts:
            frame.env[name] = _part_of(machine, frame, subject, key, node)
        if case.guard is not None:
            condition(machine, frame, case.guard, Role.BRANCH, "case")
        if run_block(machine, frame, case.body):
            after = join_envs(after, frame.env)
        is_exhausted = is_exhausted or case.is_wildcard
    if not is_exhausted:
        after = join_envs(after, before)
    return _continue_with(frame, after, before)


def _part_of(machine: Machine, frame: Frame, subject: v.Value, key: str | int, node: n.Node) -> v.Value:
    """What a class pattern takes from its subject."""
    if isinstance(key, str):
        return get_attribute(machine, frame, subject, key, node)
    if isinstance(subject, v.Seq) and subject.items is not None and key < len(subject.items):
        return subject.items[key]
    return v.UNKNOWN


# --- loops ---------------------------------------------------------------------------------------


def _while(machine: Machine, frame: Frame, node: n.While) -> bool:
    leaving: list[Env] = []

    def enter() -> bool:
        value = condition(machine, frame, node.test, Role.WHILE, "while")
        truth = truth_of(value)
        if truth is not True:
            body_env, frame.env = frame.env, dict(frame.env)
            if machine.narrow(frame, node.test, holds=False):
                leaving.append(frame.env)
            frame.env = body_env
        return truth is not False and machine.narrow(frame, node.test, holds=True)

    return _loop(machine, frame, Loop(node=node), node, enter, leaving)


def _for(machine: Machine, frame: Frame, node: n.For) -> bool:
    iterable = machine.eval(frame, node.iter)
    element = element_of(machine, frame, iterable, node.iter)
    leaving: list[Env] = [frame.env]

    def enter() -> bool:
        stores.assign(machine, frame, node.target, in_round(element, frame.rounds))
        return True

    loop = loop_over(node, node.target, node.iter, iterable)
    return _loop(machine, frame, loop, node, enter, leaving, is_once=size_of(iterable) == 1)


def _loop(
    machine: Machine,
    frame: Frame,
    loop: Loop,
    node: n.While | n.For,
    enter: Callable[[], bool],
    leaving: list[Env],
    *,
    is_once: bool = False,
) -> bool:
    """Run a loop until its variables no longer change.

    ``enter`` starts an iteration (False if there is none); ``leaving`` collects the variables with which
    the loop may end. A loop that runs ``is_once`` has no second iteration.
    """
    before = state = frame.env
    loop.start = machine.timeline.now
    loop.before = before
    frame.loops.append(loop)
    mapped: Env = {}
    guard = Guard(node, None, node.body, holds=True)
    for count in range(MAX_PASSES + 1):
        frame.env = dict(state)
        with keys.round_of(frame, min(count, 1)), keys.where(frame, guard):
            keys.start_round(frame)
            end = _run_pass(machine, frame, node.body, enter, loop)
        if end is None:
            break
        mapped = mapped_again(state, end, is_once=is_once)
        leaving.append(end)
        if is_once:
            break
        joined = {**(join_envs(state, end) or state), **mapped}
        following = _next_state(state, keys.next_round(frame, node, count, state, end, joined), count)
        if following == state and (count or not machine.log.reads):
            break  # what compiled code has read may only show in the second iteration
        state = following
    if isinstance(node, n.For) and frame.trace.stage is v.Stage.TRACED:
        unrolling.after_loop(machine, frame, loop, before, leaving[-1], node)
    frame.loops.pop()
    if mapped and not loop.breaks:
        known = before if loop.count == 0 else mapped
        leaving = [{**env, **{name: known[name] for name in mapped}} for env in leaving]
    return _continue_with(frame, _leave(machine, frame, node, leaving, loop), before)


def _run_pass(
    machine: Machine, frame: Frame, body: tuple[n.Stmt, ...], enter: Callable[[], bool], loop: Loop
) -> Env | None:
    """The variables after one iteration, or None where its end is not reached."""
    if not enter():
        return None
    end = frame.env if run_block(machine, frame, body) else None
    for env in loop.continues:
        end = join_envs(end, env)
    loop.continues.clear()
    return end


def _leave(
    machine: Machine, frame: Frame, node: n.While | n.For, leaving: list[Env], loop: Loop
) -> Env | None:
    """The variables after a loop, whichever way it ends; None where it does not."""
    after: Env | None = None
    for env in leaving:
        after = join_envs(after, env)
    if after is not None:
        frame.env = dict(after)
        if len(leaving) > 1:
            keys.after_rounds(frame.env, leaving[0], leaving[-1])
        after = frame.env if run_block(machine, frame, node.orelse) else None
    for env in loop.breaks:
        after = join_envs(after, env)
    return None if after is None else keys.behind_loop(after, len(frame.rounds))


def _next_state(state: Env, joined: Env, count: int) -> Env:
    """The variables with which the next iteration starts: what does not settle becomes coarser."""
    if count < PASSES_BEFORE_WIDENING:
        return joined
    coarse = (lambda _: v.UNKNOWN) if count >= MAX_PASSES - 1 else v.widen
    return {
        name: value if name == HISTORY or state.get(name) == value else coarse(value)
        for name, value in joined.items()
    }


# --- try and with --------------------------------------------------------------------------------


def _try(machine: Machine, frame: Frame, node: n.Try) -> bool:
    before = frame.env
    raised = before
    frame.env = dict(before)
    is_alive = True
    may_fail = any(expects_error(handler.type) or drops_errors(handler) for handler in node.handlers)
    with machine.muting(when=may_fail):
        for statement in node.body:
            is_alive = RUNNERS[type(statement)](machine, frame, statement)
            raised = join_envs(raised, frame.env) or raised
            if not is_alive:
                break
    after: Env | None = None
    if is_alive and run_block(machine, frame, node.orelse):
        after = frame.env
    for handler in node.handlers:
        frame.env = dict(raised)
        if handler.type is not None:
            machine.eval(frame, handler.type)
        if handler.name is not None:
            frame.env[handler.name] = v.UNKNOWN
        if run_block(machine, frame, handler.body):
            if after is not None and catches_import_error(handler.type):
                after = {**frame.env, **after}  # the program is checked as it is with the module installed
            else:
                after = join_envs(after, frame.env)
    frame.env = dict(after if after is not None else raised)
    ends = run_block(machine, frame, node.final)
    return ends and after is not None


def _with(machine: Machine, frame: Frame, node: n.With) -> bool:
    outer_trace, outer_muted = frame.trace, machine.is_muted
    is_forgiving = is_failing = False
    for context, target in node.items:
        manager = machine.eval(frame, context)
        outdated.note_with(machine, frame, manager, context)
        entered = enter_context(frame, manager)
        is_forgiving = is_forgiving or swallows_errors(manager)
        is_failing = is_failing or demands_error(context)
        machine.is_muted = machine.is_muted or awaits_error(context) or runs_uncompiled(context)
        if target is not None:
            stores.assign(machine, frame, target, entered)
    before = frame.env
    with keys.without_consequences(frame) if is_failing else nullcontext():
        is_alive = run_block(machine, frame, node.body)
    frame.trace, machine.is_muted = outer_trace, outer_muted
    if is_forgiving:
        frame.env = join_envs(before, frame.env) or before
    return is_alive or is_forgiving


# --- definitions ---------------------------------------------------------------------------------


def _function_def(machine: Machine, frame: Frame, node: n.FunctionDef) -> bool:
    decorators = [machine.eval(frame, decorator) for decorator in node.decorators]
    value: v.Value = make_function(machine, frame, node.code)
    for decorator, expression in zip(reversed(decorators), reversed(node.decorators), strict=True):
        value = machine.call(frame, decorator, Args((value,), pos_nodes=(None,)), expression)
    frame.env[node.name] = value
    return True


def _class_def(machine: Machine, frame: Frame, node: n.ClassDef) -> bool:
    value: v.Value = classes.make_class(machine, frame, node, run_block)
    frame.env[node.name] = value
    for expression in reversed(node.decorators):
        value = classes.decorate(machine, frame, value, expression)
    frame.env[node.name] = value
    return True


_Runner = Callable[["Machine", Frame, Any], bool]

RUNNERS: dict[type[n.Stmt], _Runner] = {
    n.ExprStmt: _expression,
    n.Assign: _assign,
    n.AugAssign: _aug_assign,
    n.AnnAssign: _ann_assign,
    n.Return: _return,
    n.Raise: _raise,
    n.Assert: _assert,
    n.Delete: _delete,
    n.Jump: _jump,
    n.Import: _import,
    n.ImportFrom: _import_from,
    n.If: _if,
    n.While: _while,
    n.For: _for,
    n.Try: _try,
    n.With: _with,
    n.Match: _match,
    n.FunctionDef: _function_def,
    n.ClassDef: _class_def,
}
"""How each kind of statement is run; False means that what follows it is not reached."""
