"""Switches of JAX's configuration: noted where they are set, judged when the module has run.

``jax.config.update("jax_enable_x64", True)`` and ``os.environ["JAX_ENABLE_X64"] = "1"`` say the same, the
latter only before JAX is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import DebugFlag, LateSwitch
from jaxlint.interpreter.imports import module_of
from jaxlint.knowledge.names import ON_JAX
from jaxlint.syntax import nodes as n
from jaxlint.syntax.order import Standing, is_main_guard, standing
from jaxlint.syntax.walk import children, walk

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.project.modules import Module

X64 = "jax_enable_x64"

DEBUG_FLAGS = frozenset(
    "jax_debug_nans jax_debug_infs jax_disable_jit jax_check_tracer_leaks jax_enable_checks "
    "jax_debug_key_reuse".split()
)
"""Options that slow every computation down, for the sake of finding a bug."""


@dataclass(slots=True, eq=False)
class Switch:
    """One place where an option is set; ``value`` is None where it is not known."""

    node: n.Node
    frame: Frame
    option: str
    value: bool | None
    by_environment: bool = False


def note_switch(machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node) -> None:
    """``jax.config.update(option, value)`` and ``os.environ.setdefault(name, value)``."""
    if dotted == "jax.config.update" and len(args.pos) == 2:
        _note(machine, frame, args.pos[0], args.pos[1], node)
    elif dotted == "os.environ.setdefault" and len(args.pos) == 2:
        note_environment(machine, frame, args.pos[0], args.pos[1], node)


def note_environment(machine: Machine, frame: Frame, name: v.Value, value: v.Value, node: n.Node) -> None:
    """``os.environ[name] = value``."""
    if isinstance(name, v.Const) and isinstance(name.value, str) and name.value.startswith("JAX_"):
        _note(machine, frame, v.Const(name.value.lower()), value, node, by_environment=True)


def note_array(machine: Machine, frame: Frame, value: v.Value, node: n.Node) -> None:
    """A call that gives a JAX array with numbers in it, or a container of such."""
    if not frame.trace.stage and _holds_array(value):
        machine.made.add(node)


def _holds_array(value: v.Value) -> bool:
    if isinstance(value, v.Array):
        # Keys have no width.
        is_key = value.dtype is not None and value.dtype.name in ("key", "u32")
        return value.stage is v.Stage.CONCRETE and not is_key
    if isinstance(value, v.Seq):
        return any(map(_holds_array, value.items or ()))
    return isinstance(value, v.Dict) and any(_holds_array(entry) for _, entry in value.items)


def _note(
    machine: Machine,
    frame: Frame,
    option: v.Value,
    value: v.Value,
    node: n.Node,
    *,
    by_environment: bool = False,
) -> None:
    if not (isinstance(option, v.Const) and isinstance(option.value, str)):
        return
    if option.value == X64 or option.value in DEBUG_FLAGS:
        switch = Switch(node, frame, option.value, _truth(value), by_environment)
        machine.switches.setdefault(frame.module, {})[node] = switch


def _truth(value: v.Value) -> bool | None:
    if not isinstance(value, v.Const):
        return None
    if isinstance(value.value, str):
        return value.value.strip().lower() in ("1", "true", "t", "yes", "y", "on")
    return bool(value.value)


# --- what comes of them --------------------------------------------------------------------------


def report_switches(machine: Machine, module: Module) -> None:
    """Report the switches of a module that come too late, or stay on for good."""
    switches = machine.switches.get(module, {})
    if not switches or module.code is None:
        return
    off = {switch.option for switch in switches.values() if switch.value is not True}
    for switch in list(switches.values()):
        at = standing(module.code, switch.node)
        if at is None or switch.value is not True or switch.option in off:
            continue
        if switch.option == X64:
            _report_late(machine, module, switch, at)
        elif not module.is_test and _is_left_on(module.code, switch, at):
            machine.emit(DebugFlag(switch.node, switch.frame, switch.option))


def _report_late(machine: Machine, module: Module, switch: Switch, at: Standing) -> None:
    if module.is_test and at.function is not None:
        return  # a test that switches for itself
    if switch.by_environment:
        imports = next((part for part in at.before if _imports_jax(machine, module, part)), None)
        if imports is not None:
            machine.emit(LateSwitch(switch.node, switch.frame, "import", v.Place(module, imports)))
        return
    made = next((place for part in at.before for place in _arrays_of(machine, module, part)), None)
    if made is not None:
        machine.emit(LateSwitch(switch.node, switch.frame, "arrays", made))


def _arrays_of(machine: Machine, module: Module, statement: n.Stmt) -> Iterator[v.Place]:
    """The calls in a statement, or in the module that it imports, that made arrays."""
    if isinstance(statement, (n.Import, n.ImportFrom)):
        for imported in module_of(machine, module, statement):
            state = machine.module_state(imported)
            code = state.frame.module.code if state is not None else None
            for own in code.body if code is not None else ():
                if isinstance(own, (n.Assign, n.AnnAssign)):
                    yield from _calls(machine, state.frame.module, own) if state is not None else ()
    else:
        yield from _calls(machine, module, statement)


def _calls(machine: Machine, module: Module, statement: n.Stmt) -> Iterator[v.Place]:
    return (v.Place(module, part) for part in _executed(statement) if part in machine.made)


def _executed(node: n.Node) -> Iterator[n.Node]:
    """The nodes of a statement that run with it; what stands in functions runs when they are called."""
    yield node
    for child in children(node):
        if not isinstance(child, n.Code):
            yield from _executed(child)


def _imports_jax(machine: Machine, module: Module, statement: n.Stmt) -> bool:
    """Whether a statement imports JAX, a library built on it, or a module of the project that does."""
    if not isinstance(statement, (n.Import, n.ImportFrom)):
        return False
    if _names_library(statement):
        return True
    loaded = (machine.index.get(name) for name in module_of(machine, module, statement))
    bodies = [other.code.body for other in loaded if other is not None and other.code is not None]
    return any(any(map(_names_library, body)) for body in bodies)


def _names_library(statement: n.Stmt) -> bool:
    if isinstance(statement, n.Import):
        return any(name.partition(".")[0] in ON_JAX for name, _ in statement.names)
    return (
        isinstance(statement, n.ImportFrom)
        and not statement.dots
        and statement.module.partition(".")[0] in ON_JAX
    )


def _is_left_on(code: n.Code, switch: Switch, at: Standing) -> bool:
    """Whether a switch is thrown in every run of the program."""
    if at.is_conditional or (switch.by_environment and any(map(_names_library, at.before))):
        return False
    return at.function is None or at.function in _called_always(code)


def _called_always(code: n.Code) -> set[str]:
    """Functions that every run of the program calls: from its top level, from ``main``, from one of these."""
    functions = {part.name: part.code for part in code.body if isinstance(part, n.FunctionDef)}
    found: set[str] = set()
    pending = {"main"} | _called_in(code.body)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending |= _called_in(functions[name].body) if name in functions else set()
    return found


def _called_in(block: tuple[n.Stmt, ...]) -> set[str]:
    """Functions that a block calls in any case."""
    found: set[str] = set()
    for statement in block:
        if isinstance(statement, (n.ExprStmt, n.Assign)):
            calls = (part for part in walk(statement.value) if isinstance(part, n.Call))
            found |= {call.func.id for call in calls if isinstance(call.func, n.Name)}
        elif isinstance(statement, n.If) and is_main_guard(statement.test):
            found |= _called_in(statement.body)
    return found
