"""Analysing a module: what runs when it is imported, then what nothing in it has called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import entry, likely
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.compilation import settled
from jaxlint.interpreter.flags import report_switches
from jaxlint.interpreter.keys import unknown_argument, without_consequences
from jaxlint.interpreter.machine import Machine, Session
from jaxlint.interpreter.transforms import call_transformed

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.project.modules import Module
    from jaxlint.syntax.nodes import Code, Param


def analyse_module(machine: Machine, module: Module) -> None:
    """Interpret everything in ``module``: its top level, and each of its functions at least once."""
    state = machine.module_state(module.name)
    if state is None:
        return
    done = state.session
    session = Session(
        0,
        {},
        set(done.entered),
        set(done.pruned),
        list(done.defined),
        list(done.applied),
        set(done.used),
        set(done.transformed),
        set(done.traced),
        dict(done.likely),
        list(done.pending),
        set(done.kept),
        set(done.counted),
    )
    machine.begin(session)
    _trace_as_configured(machine, module, session)
    position = 0
    while True:
        position = _call_the_rest(machine, session, position)
        if not (_enter_transformed(machine, state.frame, module, session) or likely.enter(machine, module)):
            break
    _run_without_assumptions(machine, state.frame, module, session)
    _read_annotations(machine, module, session)
    for event in settled(machine):
        machine.report(event)
    report_switches(machine, module)


def _read_annotations(machine: Machine, module: Module, session: Session) -> None:
    """Look up the names in annotations, which Python does when it defines the function."""
    seen: set[Code] = set()
    for function in session.defined:
        if function.code in seen or function.module is not module:
            continue
        seen.add(function.code)
        frame = function.frame or machine.module_frame(module)
        for node in (*(param.annotation for param in function.code.params), function.code.returns):
            if node is not None:
                machine.evaluate_annotation(frame, node)


def _trace_as_configured(machine: Machine, module: Module, session: Session) -> None:
    """Treat functions that the configuration calls traced as if ``jax.jit`` were applied to them."""
    for function in session.defined:
        owner = f"{function.owner.name}." if function.owner is not None else ""
        if f"{module.name}.{owner}{function.code.name}" in machine.settings.traced:
            place = v.Place(module, function.code)
            session.applied.append(v.Transformed("jax.jit", function, (), place))
            session.transformed.add(function.code)


def _enter_transformed(machine: Machine, frame: Frame, module: Module, session: Session) -> bool:
    """Enter what a transformation was applied to but nothing calls; False if there was nothing left."""
    found = False
    for made in list(session.applied):
        assert made.place is not None
        if made.place.node in session.used or made.place.module is not module:
            continue
        session.used.add(made.place.node)
        found = True
        with without_consequences(frame):
            machine.uncalled = made.place.node
            call_transformed(machine, frame, made, _unknown_arguments(machine, made), made.place.node)
            machine.uncalled = None
    return found


def _unknown_arguments(machine: Machine, made: v.Transformed) -> Args:
    """One unknown argument for each parameter that has no default."""
    core = made.function
    skip = 0
    given: set[str] = set()
    while isinstance(core, (v.Partial, v.Bound, v.Transformed)):
        if isinstance(core, v.Partial):
            given.update(name for name, _ in core.kwargs)
        skip += len(core.args) if isinstance(core, v.Partial) else isinstance(core, v.Bound)
        core = core.function
    if not isinstance(core, v.Function):
        return Args(star=v.UNKNOWN)
    required = [p for p in core.code.params if p.default is None and p.name not in given]
    kinds = {p.kind for p in required}
    if isinstance(core.wrapped, v.Function) and {"*", "**"} <= kinds:
        required = _required_behind(required, core.wrapped.code)
        kinds = {p.kind for p in required}
    positional = [p for p in required if p.kind in ("pos", "normal")][skip:]
    pos = [unknown_argument(core.code, param) for param in positional]
    if core.owner is not None and not skip and positional and positional[0].name == "self":
        pos[0] = machine.generic_instance(core.owner)
    return Args(
        tuple(pos),
        {p.name: unknown_argument(core.code, p) for p in required if p.kind == "kw"},
        star=v.UNKNOWN if "*" in kinds else None,
        star_star=v.UNKNOWN if "**" in kinds else None,
    )


def _required_behind(own: list[Param], wrapped: Code) -> list[Param]:
    """What a wrapper requires with ``*args`` and ``**kwargs``: all that the function behind it does."""
    named = [param for param in own if param.kind not in ("*", "**")]
    positional = [p for p in wrapped.params if p.kind in ("pos", "normal")]
    taken = sum(param.kind != "kw" for param in named)
    others = [p for p in wrapped.params if p not in positional]
    return [*named, *(p for p in (*positional[taken:], *others) if p.default is None)]


def _call_the_rest(machine: Machine, session: Session, position: int) -> int:
    """Run each function that nothing has called with arguments of which nothing is known."""
    while position < len(session.defined):
        function = session.defined[position]
        position += 1
        is_left = function.code not in session.entered and function.code not in session.transformed
        if is_left and likely.reason_of(machine, function) is None:
            machine.log.clear()
            machine.run_alone(function, entry.generic_arguments(machine, function))
    return position


def _other(default: v.Value) -> v.Value:
    """What a caller may pass instead of a default: the other flag, or something of the same type."""
    if isinstance(default, v.Const) and isinstance(default.value, bool):
        return v.Const(not default.value)
    return v.UNKNOWN if default == v.Const(None) else v.widen(default)


def _run_without_assumptions(machine: Machine, frame: Frame, module: Module, session: Session) -> None:
    """Run functions in which a constant argument or default decided a branch again, without that constant."""
    pruned = set(session.pruned)
    for made in list(session.applied):
        assert made.place is not None
        core = made.function.function if isinstance(made.function, v.Bound) else made.function
        if isinstance(core, v.Function) and core.code in pruned and made.place.module is module:
            loose = replace(core, defaults=tuple((name, _other(value)) for name, value in core.defaults))
            function = replace(made.function, function=loose) if isinstance(made.function, v.Bound) else loose
            again = replace(made, function=function)
            session.contexts.pop(core.code, None)  # the other flag is looked at, however many calls there are
            with without_consequences(frame):
                machine.uncalled = made.place.node
                call_transformed(machine, frame, again, _unknown_arguments(machine, again), made.place.node)
                machine.uncalled = None
    for function in list(session.defined):
        if function.code in pruned and function.code not in machine.traced and function.module is module:
            machine.run_alone(function, entry.generic_arguments(machine, function))
