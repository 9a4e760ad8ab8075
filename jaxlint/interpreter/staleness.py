"""What compiled code has read from outside, and whether that changed between two of its calls.

A compiled function keeps the values that its variables had when it was traced. So three things must
happen, in this order: the function is called and reads the variable, the program gives the variable another
value, the function is called again. The interpreter runs the program in order, loops included, and this is
its log. A function that is made anew is traced anew, and so is a method of a new object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from jaxlint import values as v
from jaxlint.events import StaleRead
from jaxlint.inspection import innermost
from jaxlint.interpreter.comparisons import bindings
from jaxlint.interpreter.imports import ImportedName
from jaxlint.interpreter.repetition import varies
from jaxlint.knowledge.libraries import Result, fields
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name, names_in
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

Compiled: TypeAlias = "tuple[n.Code, frozenset[Any]]"
"""A compiled function, with the functions and the classes of objects that it was given."""

Variable: TypeAlias = "tuple[Any, str]"
"""A name, with the frame or class that it belongs to."""

MAX_IMPORTS = 8
"""Modules that a name is followed through; imports may be circular."""

_WHOLE = object()
"""Stands for the key of a read that takes no single item."""

# What a name may stand for that programs do not give other values to make functions compute with these.
_FIXED = (v.Function, v.Class, v.Library, v.ModuleValue, v.Transformed, v.Bound, v.BoundLibrary, v.Partial)

_ARITHMETIC = frozenset("abs ceil floor float int len log max min prod round sqrt sum".split())
"""Functions that give the same for the same, by the last word of their names."""

_FIRST = frozenset({"__init__", "__post_init__", "__new__"})
"""Methods that give attributes their first values."""


@dataclass(slots=True, eq=False)
class Read:
    """A variable or attribute that compiled code has read, with its item ``key``.

    ``changed`` is where it got another value since.
    """

    node: n.Node
    frame: Frame
    name: str
    key: Any = _WHOLE
    changed: v.Place | None = None


@dataclass(slots=True, eq=False)
class Log:
    """The reads of each compiled function, and under what they are found when something changes.

    ``evaluated`` are the cached functions that have run outside of traces, ``written`` the attributes that
    the compiled function has set itself before it reads them.
    """

    reads: dict[Compiled, dict[n.Node, Read]] = field(default_factory=dict)
    running: Compiled | None = None
    variables: dict[Variable, list[Read]] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    evaluated: set[n.Code] = field(default_factory=set)
    written: set[Variable] = field(default_factory=set)

    def clear(self) -> None:
        """Forget everything: what runs next is another run of the program."""
        for frame in self.frames:
            frame.is_watched = False
        self.reads.clear()
        self.variables.clear()
        self.frames.clear()
        self.evaluated.clear()

    def forget(self, code: n.Code) -> None:
        """The function is made anew, so its next call traces it again."""
        self._drop(code)

    def forget_objects(self, cls: v.Class) -> None:
        """There is a new object of a class; which one is meant from now on is not known."""
        self._drop(cls)
        for variable in [variable for variable in self.variables if variable[0] is cls]:
            for read in self.variables.pop(variable):
                for noted in self.reads.values():
                    noted.pop(read.node, None)

    def _drop(self, part: Any) -> None:
        for compiled in [each for each in self.reads if each[0] is part or part in each[1]]:
            del self.reads[compiled]


def entering(
    machine: Machine, frame: Frame, callee: v.Transformed, code: n.Code, args: Args, node: n.Node
) -> bool:
    """Report what is out of date when a compiled function is called; True if its reads are to be noted."""
    log = machine.log
    if log.running is not None or frame.trace.stage is v.Stage.TRACED:
        return False
    compiled = (code, frozenset(_identities([*args.values(), callee.function])))
    for read in log.reads.get(compiled, {}).values():
        if read.changed is not None and not _is_given_parts(frame, read, node):
            machine.report(
                StaleRead(read.node, read.frame, read.name, read.changed, v.Place(frame.module, node))
            )
    log.running = compiled
    log.written.clear()
    return True


def _is_given_parts(frame: Frame, read: Read, node: n.Node) -> bool:
    """Whether an argument was made by the new object itself, as in ``state = opt.init(params)``.

    It has the structure that this object wants, and for another structure the function is compiled anew.
    """
    if not isinstance(node, n.Call):
        return False
    given = {name for argument in node.args for name in names_in(argument.value)}
    return any(
        isinstance(value, n.Call)
        and isinstance(value.func, n.Attribute)
        and isinstance(value.func.value, n.Name)
        and value.func.value.id == read.name
        and not given.isdisjoint(names_in(target))
        for value, target in bindings(frame.code)
    )


def _identities(values: Iterable[v.Value]) -> Iterator[Any]:
    """The functions and classes of objects among the arguments: for others the function is compiled anew."""
    for value in values:
        if isinstance(value, v.Bound):
            yield from _identities((value.function, value.receiver))
        elif isinstance(value, v.Instance):
            yield value.cls
        else:
            core = innermost(value)
            if isinstance(core, v.Function):
                yield core.code
            if isinstance(value, v.Partial):
                yield from _identities(value.args)


def name_read(machine: Machine, frame: Frame, node: n.Name, value: v.Value) -> None:
    """Note that compiled code reads a variable of a module or of a function around it."""
    if machine.log.running is None or isinstance(value, _FIXED):
        return
    owner = _owner(machine, frame, node.id)
    if owner is not None and owner.born.stage is not v.Stage.TRACED:
        if not owner.is_watched:
            owner.is_watched = True
            machine.log.frames.append(owner)
        place = _defined(machine, owner, node.id)
        _note(machine, frame, node, node.id, (owner, node.id), place)


def attribute_read(
    machine: Machine, frame: Frame, node: n.Node, base: v.Value, name: str, value: v.Value
) -> None:
    """Note that compiled code reads an attribute of an object from outside, or of a module."""
    if machine.log.running is None or isinstance(value, _FIXED):
        return
    if isinstance(base, v.Instance) and "scoped" in base.cls.traits:
        return
    if isinstance(base, v.Instance) and base.home == 0:
        _note(machine, frame, node, name, (base.cls, name), (base.cls, name))
    elif isinstance(base, v.Class):
        _note(machine, frame, node, name, (base, name), (base, name))
    elif isinstance(base, v.ModuleValue):
        state = machine.states.get(base.name)
        if state is not None:
            state.frame.is_watched = True
            _note(machine, frame, node, name, (state.frame, name), _defined(machine, state.frame, name))


def item_read(machine: Machine, container: n.Expr, index: v.Value) -> None:
    """Of a container that was read only the item under a constant key was meant."""
    running = machine.log.running
    read = machine.log.reads[running].get(container) if running in machine.log.reads else None
    if read is not None and isinstance(index, v.Const):
        read.key = index.value


def part_read(machine: Machine, whole: n.Expr, name: str) -> None:
    """Of an object only a field is meant that all objects have which were made of it, such as `apply_fn`."""
    if name in _kept_fields():
        not_read(machine, whole)


@cache
def _kept_fields() -> frozenset[str]:
    """The fields of a training state that its updates leave alone, by whatever name the state goes."""
    state = fields("flax.training.train_state.TrainState") or ()
    return frozenset(name for name, kind in state if kind == Result("static", ""))


def not_read(machine: Machine, container: n.Expr) -> None:
    """Compiled code has only put something into a container."""
    running = machine.log.running
    if running in machine.log.reads:
        machine.log.reads[running].pop(container, None)


def _note(
    machine: Machine, frame: Frame, node: n.Node, name: str, variable: Variable, content: Variable
) -> None:
    log = machine.log
    assert log.running is not None
    if variable in log.written:
        return
    reads = log.reads.setdefault(log.running, {})
    if node not in reads:
        read = reads[node] = Read(node, frame, name)
        log.variables.setdefault(variable, []).append(read)
        log.variables.setdefault(_content(content), []).append(read)


def _content(variable: Variable) -> Variable:
    """What stands for the object in a variable, which may change without the variable."""
    return (variable[0], f"{variable[1]}[]")


def _defined(machine: Machine, owner: Frame, name: str) -> Variable:
    """The variable of another module that a name was imported from, or the variable itself."""
    for _ in range(MAX_IMPORTS):
        value = owner.env.get(name)
        if not isinstance(value, ImportedName) or value.module not in machine.states:
            break
        owner, name = machine.states[value.module].frame, value.name
    return (owner, name)


def _owner(machine: Machine, frame: Frame, name: str) -> Frame | None:
    """The frame that a variable which is not local belongs to."""
    if name in frame.code.bound:
        return None
    scope = frame.closure if name not in frame.code.global_names else None
    while scope is not None:
        if name in scope.env:
            return scope
        scope = scope.closure
    state = machine.states.get(frame.module.name)
    return state.frame if state is not None and name in state.frame.env else None


# --- changes -------------------------------------------------------------------------------------


def name_bound(machine: Machine, frame: Frame, target: n.Name, value: v.Value) -> None:
    """Note that a variable gets another value while nothing is compiled."""
    log = machine.log
    if not log.reads or log.running is not None:
        return
    is_outside = target.id in frame.code.global_names or target.id in frame.code.nonlocal_names
    owner = _owner_outside(machine, frame, target.id) if is_outside else frame
    if owner is None or not owner.is_watched:
        return
    if not (isinstance(value, v.Const) and owner.env.get(target.id) == value):
        _changed(log, (owner, target.id), v.Place(frame.module, target))


def _owner_outside(machine: Machine, frame: Frame, name: str) -> Frame | None:
    if name in frame.code.global_names:
        state = machine.states.get(frame.module.name)
        return state.frame if state is not None else None
    scope = frame.closure
    while scope is not None and name not in scope.env:
        scope = scope.closure
    return scope


def attribute_bound(machine: Machine, frame: Frame, target: n.Expr, base: v.Value, name: str) -> None:
    """Note that an attribute gets another value while nothing is compiled."""
    log = machine.log
    if log.running is not None and isinstance(base, v.Instance):
        log.written.add((base.cls, name))
    if not log.reads or log.running is not None or name in _filled_once(frame.code):
        return
    if isinstance(base, v.Instance) and frame.code.name not in _FIRST:
        _changed(log, (base.cls, name), v.Place(frame.module, target))
    elif isinstance(base, v.Class):
        _changed(log, (base, name), v.Place(frame.module, target))
    elif isinstance(base, v.ModuleValue) and base.name in machine.states:
        _changed(log, (machine.states[base.name].frame, name), v.Place(frame.module, target))


def may_differ(
    frame: Frame, target: n.Attribute, base: v.Value, value: v.Value, right: n.Node | None
) -> bool:
    """Whether a value that is stored shows that it is another one than before.

    A number that is computed anew of settings is as likely the same: nothing is known but that it is one.
    """
    before = base.get(target.attr) if isinstance(base, v.Instance) else None
    if not isinstance(value, v.Static) or before not in (value, v.UNKNOWN):
        return True
    if not isinstance(right, (n.Binary, n.Call)) or varies(frame, right):
        return True
    return any(
        node.attr == target.attr
        if isinstance(node, n.Attribute)
        else isinstance(node, n.Call) and last_name(node.func) not in _ARITHMETIC
        for node in walk(right)
    )


def _filled_once(code: n.Code) -> frozenset[str]:
    """Attributes that a function sets where they are None, ``if self._index is None: self._index = …``."""

    def find(code: n.Code) -> frozenset[str]:
        tests = (node.test for node in walk(code) if isinstance(node, n.If))
        return frozenset(
            test.left.attr
            for test in tests
            if isinstance(test, n.Compare)
            and test.ops == ("is",)
            and isinstance(test.left, n.Attribute)
            and isinstance(test.rights[0], n.LiteralValue)
            and test.rights[0].value is None
        )

    return code.remember("filled once", find)


def container_changed(
    machine: Machine, frame: Frame, node: n.Node, container: n.Expr, value: v.Value, key: v.Value | None
) -> None:
    """Note that a list or dict changes while nothing is compiled; ``key`` None means as a whole.

    An item of a dict whose key is no constant is taken for a new one: tables are filled like that.
    """
    log = machine.log
    if not log.reads or log.running is not None:
        return
    if isinstance(value, v.Dict) and key is not None and not isinstance(key, v.Const):
        return
    while isinstance(container, n.Subscript):
        container, key = container.value, None
    variable = _variable(machine, frame, container)
    if variable is not None:
        is_item = isinstance(value, v.Dict) and isinstance(key, v.Const)
        item = key.value if is_item and isinstance(key, v.Const) else _WHOLE
        _changed(log, _content(variable), v.Place(frame.module, node), item)


def _variable(machine: Machine, frame: Frame, path: n.Expr) -> Variable | None:
    if isinstance(path, n.Name):
        owner = frame if path.id in frame.env else _owner(machine, frame, path.id)
        return None if owner is None else _defined(machine, owner, path.id)
    if isinstance(path, n.Attribute):
        base = machine.peek(frame, path.value)
        if isinstance(base, v.Instance):
            return (base.cls, path.attr)
        if isinstance(base, v.ModuleValue) and base.name in machine.states:
            return _defined(machine, machine.states[base.name].frame, path.attr)
    return None


def _changed(log: Log, variable: Variable, place: v.Place, key: Any = _WHOLE) -> None:
    for read in log.variables.get(variable, ()):
        if key is _WHOLE or read.key is _WHOLE or read.key == key:
            read.changed = read.changed or place
