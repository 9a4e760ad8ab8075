"""The interpreter itself: evaluates expressions, runs modules and functions, remembers results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from jaxlint import values as v
from jaxlint.events import Event, FreshCompilation, Role, TruthTest
from jaxlint.inspection import stage_of
from jaxlint.interpreter import classes, entry, frameworks, freshness, keys, narrowing, timing
from jaxlint.interpreter.annotations import evaluate, value_of_type
from jaxlint.interpreter.binding import Args, Binding, bind
from jaxlint.interpreter.calls import call_value
from jaxlint.interpreter.captured_keys import captured_in, own_names, with_captured
from jaxlint.interpreter.conditions import Conditions, Guard
from jaxlint.interpreter.expressions import EVALUATORS
from jaxlint.interpreter.flags import Switch
from jaxlint.interpreter.frames import EAGER, Env, Frame, Trace, join_envs
from jaxlint.interpreter.host_use import makes_numbers
from jaxlint.interpreter.identities import forgotten, with_identity
from jaxlint.interpreter.imports import ImportedName, resolve_import
from jaxlint.interpreter.isinstance import is_instance
from jaxlint.interpreter.kept_keys import report_kept
from jaxlint.interpreter.ownership import from_outside
from jaxlint.interpreter.paths import assign_path, peek
from jaxlint.interpreter.singular import is_active
from jaxlint.interpreter.staleness import Log
from jaxlint.interpreter.statements import run_block
from jaxlint.interpreter.timeline import NOTHING, Happened, Timeline
from jaxlint.knowledge.frameworks import Within
from jaxlint.knowledge.names import is_builtin
from jaxlint.knowledge.versions import Bound
from jaxlint.project.modules import Module, ModuleIndex
from jaxlint.project.precision import Switches
from jaxlint.syntax.guards import Survey
from jaxlint.syntax.nodes import Code, Expr, ExprStmt, Jump, LiteralValue, Node, Param, Subscript

MAX_DEPTH = 24
"""Calls nested more deeply than this give Unknown."""

MAX_RECURSION = 1
"""Activations of one function on the stack before a further one gives Unknown."""

MAX_CONTEXTS = 8
"""Different arguments that one function is interpreted for, per module that is analysed."""

MAX_RUNS = 20_000
"""Functions interpreted per module that is analysed, all together."""

_NO_CODE = Code(None, "<module>", (), ())  # type: ignore[arg-type]  # the code of a module that cannot be read


@dataclass(slots=True)
class Settings:
    """What the user told the analyzer about the project."""

    wrappers: dict[str, str] = field(default_factory=dict)
    traced: frozenset[str] = frozenset()
    targets: Mapping[str, Bound] = field(default_factory=dict)
    unroll_limit: int = 32
    switches: Callable[[], Switches] = Switches


@dataclass(slots=True, eq=False)
class Session:
    """What happened while one module was analysed; bounds are counted per module.

    The answer for a module must not depend on which others were analysed before it, so nothing but
    the variables of modules outlives a session.
    """

    runs: int = 0
    contexts: dict[Code, set[Any]] = field(default_factory=dict)
    entered: set[Code] = field(default_factory=set)
    pruned: set[Code] = field(default_factory=set)
    defined: list[v.Function] = field(default_factory=list)
    applied: list[v.Transformed] = field(default_factory=list)
    used: set[Node] = field(default_factory=set)
    transformed: set[Code] = field(default_factory=set)
    traced: set[Code] = field(default_factory=set)
    likely: dict[Code, Any] = field(default_factory=dict)
    pending: list[Event] = field(default_factory=list)
    kept: set[Node] = field(default_factory=set)
    counted: set[Node] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class ModuleState:
    """The variables of a module, and what happened while its top level ran."""

    frame: Frame
    session: Session
    is_done: bool = False


@dataclass(slots=True, eq=False)
class Result:
    """What a call gives: its value, the arguments that it changed in place, what it did to keys.

    ``answers`` are the values of its ``return`` statements, each with its expression. ``fresh`` is what it
    compiles each time that it is called, ``happened`` what else calling it brings about.
    """

    value: v.Value
    changed: dict[str, v.Value] = field(default_factory=dict)
    keys: keys.Outcome = field(default_factory=keys.Outcome)
    answers: tuple[tuple[v.Value, Node], ...] = ()
    fresh: tuple[FreshCompilation, ...] = ()
    happened: Happened = NOTHING


class Calls(Protocol):
    """Who takes note of calls."""

    def add(self, callee: v.Value, args: Args) -> None:
        """A function of the project, or what transformations made of it, is about to be called."""

    def note_result(self, callee: v.Value, args: Args, value: v.Value) -> None:
        """Something was called, and gave ``value``."""

    def note_likely(self, function: v.Function, within: Within | None) -> None:
        """Nothing in the project traces a function, but those who use it do, ``within`` a transformation."""


class Machine:
    """Interprets one project. ``emit`` receives each event as it happens.

    ``calls``, where it is given, takes note of what code calls that is not traced itself.
    """

    def __init__(
        self,
        index: ModuleIndex,
        settings: Settings,
        emit: Callable[[Event], None],
        calls: Calls | None = None,
    ) -> None:
        self.index = index
        self.settings = settings
        self.emit = emit
        self.calls = calls
        self.states: dict[str, ModuleState] = {}
        self.memo: dict[Any, Result] = {}
        self.stack: list[Code] = []
        self.known: dict[Node, bool] = {}
        self.traced: set[Code] = set()
        self.last_test: Node | None = None
        self.settled_tests: set[Node] = set()
        self.is_muted = False
        self.unrolled = 0
        self.choices = 0
        self.uncalled: Node | None = None  # a transformation that no call of the program leads to
        self.has_loops = False
        self.followed: list[v.Origin] | None = None
        self.instances: dict[v.Class, v.Instance] = {}
        self.made_classes: dict[Any, v.Class] = {}
        self.rules: dict[Code, tuple[str, tuple[v.Value, ...]]] = {}
        self.annotations: dict[Param, v.Value] = {}
        self.surveys: dict[Module, Survey] = {}
        self.failed_imports: set[tuple[Module, str]] = set()
        self.widths: dict[Module, bool] = {}
        self.switches: dict[Module, dict[Node, Switch]] = {}
        self.made: set[Node] = set()
        self.session = Session()
        self.log = Log()
        self.truncated = 0
        self.conditions: dict[Guard, Conditions] = {}
        self.timeline = Timeline()
        self.has_donations = False

    def begin(self, session: Session) -> None:
        """Start the analysis of another module."""
        self.session = session
        self.memo.clear()
        self.log.clear()
        self.instances.clear()

    # --- modules and names -----------------------------------------------------------------------

    def module_state(self, name: str) -> ModuleState | None:
        """The state of a module of the project, running its top level if that has not happened yet."""
        module = self.index.get(name)
        state = self.states.get(module.name) if module is not None else None
        if state is not None:
            return state
        if module is None or module.code is None or len(self.stack) > MAX_DEPTH:
            return None
        frame = Frame(module.code, module, {}, EAGER)
        state = self.states[module.name] = ModuleState(frame, Session())
        outer, self.session = self.session, state.session
        self.stack.append(module.code)
        run_block(self, frame, module.code.body)
        self.stack.pop()
        self.session = outer
        state.is_done = True
        return state

    def module_frame(self, module: Module) -> Frame:
        """The frame of a module's top level, for evaluating annotations of its functions."""
        state = self.states.get(module.name)
        return state.frame if state is not None else Frame(module.code or _NO_CODE, module, {}, EAGER)

    def is_done(self, module: Module) -> bool:
        """Whether the top level of a module has run to its end."""
        state = self.states.get(module.name)
        return state is not None and state.is_done

    def evaluate_annotation(self, frame: Frame, node: Expr) -> v.Value:
        """The value of an annotation, which may be a string; it reports nothing."""
        with self.muting():
            return evaluate(self, frame, node)

    def lookup(self, frame: Frame, name: str) -> v.Value:
        """The value of a variable as Python's scoping finds it; Unknown where it is not found."""
        value = frame.env.get(name)
        scope: Frame | None = frame
        if value is not None and frame.born is frame.trace and frame.is_active:
            return self.resolve(value)
        while value is None and scope is not None:
            scope = scope.closure
            value = scope.env.get(name) if scope is not None else None
        if value is None or scope is None:
            value, level = self.global_value(frame, name), 0
        else:
            value, level = self.resolve(value), scope.born.level
            if not scope.is_active:
                # Calls of a function that has returned have other keys each.
                value = forgotten(value)
                identity = captured_in(frame, name)
                value = value if identity is None else with_identity(value, identity)
        return value if level >= frame.trace.level else from_outside(value, level)

    def global_value(self, frame: Frame, name: str) -> v.Value:
        """The value of a module-level name as code of ``frame`` sees it."""
        module = frame.module
        state = self.states.get(module.name)
        value = state.frame.env.get(name) if state is not None else None
        if value is None:
            return v.Library(f"builtins.{name}") if is_builtin(name) else v.UNKNOWN
        if name in module.mutated and not frame.is_module:
            return _opened(self.resolve(value))
        return self.resolve(value)

    def resolve(self, value: v.Value) -> v.Value:
        """Follow a name that was imported to what it stands for."""
        return resolve_import(self, value) if isinstance(value, ImportedName) else value

    def peek(self, frame: Frame, path: Expr) -> v.Value | None:
        """The value of a variable or attribute path, without evaluating anything."""
        return peek(self, frame, path)

    def assign_path(self, frame: Frame, path: Expr, value: v.Value) -> None:
        """Give a variable or attribute path another value."""
        assign_path(self, frame, path, value)

    # --- expressions -----------------------------------------------------------------------------

    def eval(self, frame: Frame, node: Expr) -> v.Value:
        """The abstract value of an expression."""
        value: v.Value = EVALUATORS[type(node)](self, frame, node)
        if frame.trace.origin is not None:
            self.known[node] = self.known.get(node, False) or value is not v.UNKNOWN
        return value

    def report(self, event: Event) -> None:
        """Pass an event on, unless the program expects the error it stands for."""
        if not self.is_muted and not (event.needs_certainty and self.choices):
            self.emit(event)

    @contextmanager
    def muting(self, *, when: bool = True) -> Iterator[None]:
        """What happens inside is not reported, if ``when``."""
        outer = self.is_muted
        self.is_muted = outer or when
        try:
            yield
        finally:
            self.is_muted = outer

    @contextmanager
    def choosing(self, *, when: bool = True) -> Iterator[None]:
        """What runs inside is one of several, if ``when``; which goes with which argument is not known."""
        self.choices += when
        try:
            yield
        finally:
            self.choices -= when

    def test(self, frame: Frame, node: Node, value: v.Value, role: Role, keyword: str) -> None:
        """Report that the truth of ``value`` decides something."""
        if isinstance(value, v.Array):
            timing.on_use(self, (value,))
        if any(isinstance(option, v.Array) and option.stage for option in v.options(value)):
            self.last_test = node
            if node not in self.settled_tests:
                self.report(TruthTest(node, frame, value, role, keyword))

    def narrow(self, frame: Frame, test: Expr, *, holds: bool) -> bool:
        """Refine variables by the outcome of a test; False if that path cannot happen."""
        return narrowing.narrow(self, frame, test, holds=holds)

    def is_instance(self, value: v.Value, kind: v.Value) -> bool | None:
        """What ``isinstance(value, kind)`` gives; None where that is not known."""
        return is_instance(value, kind)

    def value_of_type(self, frame: Frame, kind: v.Value, known: v.Value = v.UNKNOWN) -> v.Value | None:
        """A value of an annotated or tested type; None where the type says nothing."""
        return value_of_type(self, kind, stage_of(known), frame)

    # --- calls -----------------------------------------------------------------------------------

    def call(self, frame: Frame, callee: v.Value, args: Args, node: Node) -> v.Value:
        """Call any value; the result is Unknown where nothing is known of it."""
        value = call_value(self, frame, callee, args, node)
        if self.calls is not None and frame.trace.origin is None and not self.is_muted:
            self.calls.note_result(callee, args, value)
        return value

    def call_function(
        self, caller: Frame, function: v.Function, args: Args, node: Node, trace: Trace
    ) -> Result:
        """Call a function of the project with abstract arguments."""
        self.tell(caller, function, args)
        binding = bind(caller, function, args, node)
        if binding is None:
            return Result(v.UNKNOWN)
        entry.refine(self, function, binding, trace)
        if trace.origin is not None and trace.origin.is_likely:
            _without_numbers(function.code, binding)
        return self.run_for(caller, function, binding, trace, node)

    def run_for(
        self, caller: Frame, function: v.Function, binding: Binding, trace: Trace, node: Node
    ) -> Result:
        """Interpret a function that ``caller`` calls: what it does to keys, it does to the caller's."""
        passing = keys.pass_in(function.code, binding)
        passing.capture(function)
        result = self.run(function, binding, trace)
        back = keys.Return(caller, node, passing, result.keys, result.changed)
        back.effects(self, binding)
        value = back.value(with_captured(result.value, function.code))
        changed = {name: back.value(entry) for name, entry in result.changed.items()}
        back.own_effects(self)
        if result.fresh:
            freshness.pass_on(self, caller, result.fresh, node)
        return Result(value, changed, answers=result.answers)

    def run_alone(self, function: v.Function, binding: Binding, trace: Trace = EAGER) -> Result:
        """Interpret a function that nothing calls."""
        keys.pass_in(function.code, binding)
        return self.run(function, binding, trace)

    def tell(self, caller: Frame, callee: v.Value, args: Args) -> None:
        """Let `calls` know of a call, unless traced code makes it or the program expects it to fail."""
        if self.calls is not None and caller.trace.origin is None and not self.is_muted:
            self.calls.add(callee, args)

    def run(self, function: v.Function, binding: Binding, trace: Trace) -> Result:
        """Interpret a function with its parameters bound, or remember what that gave before."""
        code = function.code
        if len(self.stack) >= MAX_DEPTH or self.stack.count(code) >= MAX_RECURSION:
            self.truncated += 1
            return Result(v.UNKNOWN)
        for name, value in binding.env.items():
            if v.is_container(value):
                binding.env[name] = v.bounded(value)
        active = tuple(map(is_active, binding.env.values())) if trace.is_differentiated else ()
        captured: tuple[object, ...] = (*self._captured(function), *own_names(function).items())

        def key_of(binding: Binding) -> Any:
            env, left_out = binding.env, binding.defaulted
            if left_out:  # what is unknown may be None only where it was left out
                left_out = frozenset(name for name in left_out if isinstance(env[name], v.Unknown))
            values = tuple(env.items())
            return (code, values, captured, trace, self.is_muted, binding.traced, active, left_out)

        key = key_of(binding)
        is_loose = False  # whether flags of several calls are one: paths are run then that no call takes
        if not self._admit(code, key, MAX_CONTEXTS):
            exact, binding = binding, binding.widened(keeps_flags=True)
            key = key_of(binding)
            if not self._admit(code, key, 2 * MAX_CONTEXTS):
                binding, is_loose = exact.widened(keeps_flags=False), exact.has_flags
                key = key_of(binding)
        result = self.memo.get(key)
        if result is None:
            start = self.timeline.now
            with self.muting(when=is_loose):
                result = self._run(function, binding, trace)
            result.happened = self.timeline.since(start)
            if self._is_settled(function):
                self.memo[key] = result
        elif result.happened is not NOTHING:
            self.timeline.again(result.happened)
        return result

    def _admit(self, code: Code, key: Any, limit: int) -> bool:
        """Whether a function may be interpreted for these arguments as they are."""
        contexts = self.session.contexts.setdefault(code, set())
        if key not in contexts:
            if len(contexts) >= limit:
                return False
            contexts.add(key)
        return True

    def _captured(self, function: v.Function) -> tuple[v.Value | None, ...]:
        """The values of the variables that a nested function takes from the enclosing ones."""
        if function.frame is None:
            return ()
        values = []
        known = dict(function.known)
        for name in function.code.free:
            scope, value = function.frame, known.get(name)
            while value is None and scope is not None:
                value = scope.env.get(name)
                scope = scope.closure
            values.append(value)
        return tuple(values)

    def _is_settled(self, function: v.Function) -> bool:
        """Whether a call can be remembered: its module is complete and it changes no enclosing variable."""
        code = function.code
        writes_outside = (
            code.nonlocal_names
            or code.global_names
            or (function.frame is not None and code.mutated - code.bound)
        )
        return self.is_done(function.module) and not writes_outside

    def _run(self, function: v.Function, binding: Binding, trace: Trace) -> Result:
        self.session.runs += 1
        if self.session.runs > MAX_RUNS:
            self.truncated += 1
            return Result(v.UNKNOWN)
        code = function.code
        self.session.entered.add(code)
        if trace.origin is not None:
            self.traced.add(code)
            self.session.traced.add(code)
        env = {**_known_around(function, trace), **binding.env}
        frame = Frame(code, function.module, env, trace, function.frame, function.owner)
        frame.traced, frame.defaulted = binding.traced, binding.defaulted
        frame.captured = own_names(function)
        frame.arguments = binding.env
        frame.start = self.timeline.now
        self.stack.append(code)
        is_alive = run_block(self, frame, code.body)
        self.stack.pop()
        frame.is_active = False
        report_kept(self, frame)
        return self._result(frame, binding, is_alive=is_alive)

    def _result(self, frame: Frame, binding: Binding, *, is_alive: bool) -> Result:
        code = frame.code
        values = [value for value, _ in frame.returns]
        env: Env | None = frame.env if is_alive else None
        for _, returned in frame.returns:
            env = join_envs(env, returned)
        frame.env = env if env is not None else frame.env
        if is_alive:
            values.append(v.Const(None))
        if code.is_generator:
            value: v.Value = v.Iter(v.join_all(frame.yields))
        elif code.is_async or not values or (frame.owner is not None and _is_declaration(code)):
            value = v.UNKNOWN
        else:
            value = self._as_declared(frame, v.bounded(_answer(_one_kind(v.join_all(values)))))
        changed = {
            name: frame.env[name]
            for name, before in binding.env.items()
            if (name in code.mutated or isinstance(before, v.Instance))
            and name not in code.rebound
            and frame.env.get(name, before) is not before
        }
        outcome = keys.Outcome(keys.history_of(frame), frozenset(frame.made), frame.constants)
        answers = () if code.is_generator or code.is_async else tuple(frame.answers)
        return Result(value, changed, outcome, answers, tuple(frame.fresh))

    def _as_declared(self, frame: Frame, value: v.Value) -> v.Value:
        """What a function returns; where it declares another rank, some annotation of it is wrong."""
        if not (isinstance(value, v.Array) and value.shape is not None):
            return value
        if not isinstance(frame.code.returns, Subscript):
            return value
        annotation = self.evaluate_annotation(self.module_frame(frame.module), frame.code.returns)
        declared = self.value_of_type(frame, annotation)
        rank = len(value.shape)
        if isinstance(declared, v.Array) and declared.shape is not None and len(declared.shape) != rank:
            return replace(value, shape=None)
        return value

    # --- instances -------------------------------------------------------------------------------

    def library_member(self, frame: Frame, base: v.Value, name: str, node: Node) -> v.Value | None:
        """What an object or a class of the project has from a library under ``name``, or None."""
        return frameworks.member(self, frame, base, name, node)

    def library_object(self, frame: Frame, dotted: str) -> v.Value | None:
        """An object of which only the library's class is known; None where the tables do not know it."""
        return frameworks.object_of(self, frame, dotted, frame.code)

    def generic_instance(self, cls: v.Class) -> v.Value:
        """An object of ``cls`` of which only the class is known."""
        return classes.generic_instance(self, cls)


def _known_around(function: v.Function, trace: Trace) -> Env:
    """Variables of the function around that were known better where this one was defined."""
    if not function.known:
        return {}
    level = function.frame.born.level
    is_deeper = level < trace.level
    return {name: from_outside(value, level) if is_deeper else value for name, value in function.known}


def _is_declaration(code: Code) -> bool:
    """Whether a method's body says nothing, as those of protocols and abstract classes do."""
    return all(
        isinstance(stmt, ExprStmt) and isinstance(stmt.value, LiteralValue)
        for stmt in code.body
        if not isinstance(stmt, Jump)
    )


def _one_kind(value: v.Value) -> v.Value:
    """What a function gives that makes a number of numbers, and an array of arrays.

    Of which of them it was called with nothing is known if a number is one alternative, and a tracer that
    comes from no argument another.
    """
    options = v.options(value)
    if not any(isinstance(one, (v.Const, v.Static)) for one in options):
        return value
    arrays = [one for one in options if isinstance(one, v.Array) and one.stage is v.Stage.TRACED]
    return v.UNKNOWN if any(one.origin is None or one.origin.cause is None for one in arrays) else value


def _answer(value: v.Value) -> v.Value:
    """What a function returns; a predicate that gives a Python bool on some paths may well do so on all.

    Such functions (``tree_equal`` and the like) look at each leaf; which leaves are arrays is not known here.
    """
    if not isinstance(value, v.Union):
        return value
    is_bool = any(
        option == v.Static("bool") or getattr(option, "type", None) is bool for option in value.options
    )
    is_traced = any(isinstance(option, v.Array) and option.stage for option in value.options)
    return v.UNKNOWN if is_bool and is_traced else value


_Parts = tuple[tuple[Any, v.Value], ...]


def _opened_containers(parts: _Parts) -> _Parts:
    """The lists and dicts in an object that some function changes: they stay what they are."""
    return tuple((name, _opened(part)) for name, part in parts if isinstance(part, (v.Seq, v.Dict)))


def _without_numbers(code: Code, binding: Binding) -> None:
    """Where code is only likely to be traced, an argument of which numbers are made is likely not to be."""
    for name, value in binding.env.items():
        if isinstance(value, v.Array) and makes_numbers(code, name):
            binding.env[name] = v.UNKNOWN


def _opened(value: v.Value) -> v.Value:
    """What is left of a module-level value that some function changes."""
    if isinstance(value, v.Seq):
        return v.Seq(value.kind, None, v.UNKNOWN) if value.kind in ("list", "set") else v.UNKNOWN
    if isinstance(value, v.Dict):
        is_default = not value.items and isinstance(value.rest, (v.Seq, v.Dict))
        rest = _opened(value.rest) if is_default and value.rest is not None else v.UNKNOWN
        return v.Dict(_opened_containers(value.items), rest)
    if isinstance(value, v.Instance):
        return v.Instance(value.cls, _opened_containers(value.fields), is_open=True)
    if isinstance(value, (v.Function, v.Class, v.Transformed, v.Library, v.ModuleValue, v.NumPyArray)):
        return value
    if isinstance(value, v.Const) and isinstance(value.value, bool):
        return value  # a switch: the program is read as it is set at first
    return v.UNKNOWN
