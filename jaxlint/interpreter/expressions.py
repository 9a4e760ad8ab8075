"""Evaluating expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from jaxlint import values as v
from jaxlint.events import Conversion, PythonIndex, Role
from jaxlint.inspection import truth_of
from jaxlint.interpreter import (
    donation,
    host,
    keys,
    operators,
    outdated,
    staleness,
    stores,
    subscripts,
    timing,
    unrolling,
)
from jaxlint.interpreter.attributes import get_attribute
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.conditions import Guard, of_whole
from jaxlint.interpreter.flags import note_array
from jaxlint.interpreter.frames import differing
from jaxlint.interpreter.functions import make_function
from jaxlint.interpreter.identities import either, forgotten, in_round
from jaxlint.interpreter.iteration import element_of, items_of, size_of
from jaxlint.interpreter.paths import names_in
from jaxlint.interpreter.repetition import loop_over
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Env, Frame
    from jaxlint.interpreter.machine import Machine


MAX_UNROLLED = 2
"""Comprehensions inside each other whose elements are evaluated one by one."""

MAX_CONNECTED = 50
"""Operands of an ``and`` or ``or`` from which refinements are drawn."""


def _name(machine: Machine, frame: Frame, node: n.Name) -> v.Value:
    if machine.has_donations:
        donation.on_read(machine, frame, node)
    value = machine.lookup(frame, node.id)
    if frame.trace.stage is v.Stage.TRACED and node.id not in frame.env:
        staleness.name_read(machine, frame, node, value)
    return v.UNKNOWN if value is v.GIVEN else value


def _literal(_machine: Machine, _frame: Frame, node: n.LiteralValue) -> v.Value:
    return v.Const(node.value)


def _fstring(machine: Machine, frame: Frame, node: n.FString) -> v.Value:
    values = []
    for part in node.parts:
        value = machine.eval(frame, part.value)
        timing.on_use(machine, (value,))
        values.append(value)
        for spec in part.spec or ():
            machine.eval(frame, spec)
        host.report_sync(machine, frame, value, "an f-string", part.value)
        if part.spec is not None and not part.has_conversion:
            machine.report(Conversion(part.value, frame, value, "format", "TypeError"))
    return host.text_of(*values)


def _display(machine: Machine, frame: Frame, node: n.Display) -> v.Value:
    items: list[v.Value] = []
    is_known = True
    for element in node.elements:
        if isinstance(element, n.Starred):
            value = machine.eval(frame, element.value)
            known = items_of(value)
            is_known = is_known and known is not None
            items.extend(known if known is not None else (element_of(machine, frame, value, element),))
        else:
            items.append(machine.eval(frame, element))
    if node.kind == "set":
        _report_hashed(machine, frame, node.elements, items, "set")
        return v.Seq("set", None, v.join_all(items))
    if is_known and len(items) <= operators.MAX_ITEMS:
        return v.Seq(node.kind, tuple(items))
    return v.Seq(node.kind, None, v.join_all(items), length=len(items) if is_known else None)


def _report_hashed(
    machine: Machine, frame: Frame, nodes: tuple[n.Expr, ...], values: list[v.Value], container: str
) -> None:
    for element, value in zip(nodes, values, strict=False):
        machine.report(PythonIndex(element, frame, value, container))


def _dict_display(machine: Machine, frame: Frame, node: n.DictDisplay) -> v.Value:
    entries: dict[Any, v.Value] = {}
    rest: v.Value | None = None
    for key_node, value_node in node.items:
        if key_node is None:
            other = machine.eval(frame, value_node)
            if isinstance(other, v.Dict):
                entries.update(other.items)
                rest = rest if other.rest is None else other.rest
            else:
                rest = v.UNKNOWN
            continue
        key, value = machine.eval(frame, key_node), machine.eval(frame, value_node)
        machine.report(PythonIndex(key_node, frame, key, "dict key"))
        if isinstance(key, v.Const):
            entries[key.value] = value
        else:
            rest = value if rest is None else v.join(rest, value)
    return v.Dict(tuple(entries.items()), rest)


def _starred(machine: Machine, frame: Frame, node: n.Starred) -> v.Value:
    return machine.eval(frame, node.value)


def _binary(machine: Machine, frame: Frame, node: n.Binary) -> v.Value:
    left, right = machine.eval(frame, node.left), machine.eval(frame, node.right)
    if node.op == "%" and operators.is_text(left):
        _report_percent(machine, frame, node, left, right)
        return host.text_of(right)
    if isinstance(right, v.Clock) and isinstance(left, v.Clock) and node.op == "-":
        return timing.elapsed(machine, frame, node, left, right)
    value = operators.binary(machine, frame, node, left, right)
    if node.op == "@" and isinstance(value, v.Array):
        timing.on_dispatch(machine, frame, node)
    return value


class Asking(NamedTuple):
    """Who needs the truth of an expression: the role, the keyword, the node to report (None: the operand)."""

    role: Role
    keyword: str
    whole: n.Expr | None = None


def condition(machine: Machine, frame: Frame, node: n.Expr, role: Role, keyword: str) -> v.Value:
    """Evaluate the condition of a statement; a truth that its parts need is needed by the statement."""
    return _ask(machine, frame, node, Asking(role, keyword, node))


def _ask(machine: Machine, frame: Frame, node: n.Expr, asking: Asking) -> v.Value:
    """Evaluate an expression whose truth is needed."""
    if isinstance(node, n.Boolean):
        return _connective(machine, frame, node, asking)
    if isinstance(node, n.Unary) and node.op == "not":
        inner = asking if asking.whole is not None else Asking(Role.BOOLEAN, "not")
        return _negated(_ask(machine, frame, node.operand, inner))
    if isinstance(node, n.Compare) and len(node.ops) > 1:
        value = _comparison(machine, frame, node, asking if asking.whole is not None else None)
    else:
        value = machine.eval(frame, node)
    machine.test(frame, asking.whole or node, value, asking.role, asking.keyword)
    return value


def _unary(machine: Machine, frame: Frame, node: n.Unary) -> v.Value:
    if node.op == "not":
        return _negated(_ask(machine, frame, node.operand, Asking(Role.BOOLEAN, "not")))
    return operators.unary(machine, frame, node.op, machine.eval(frame, node.operand))


def _negated(value: v.Value) -> v.Value:
    truth = truth_of(value)
    if truth is not None:
        return v.Const(not truth)
    return v.UNKNOWN if _is_traced(value) else v.Static("bool")


_PERCENT = re.compile(r"%[-+ #0-9.*]*([a-zA-Z%])")


def _report_percent(machine: Machine, frame: Frame, node: n.Binary, text: v.Value, right: v.Value) -> None:
    """``"%d" % x`` needs a number; ``"%s" % x`` writes a tracer as it is."""
    if not (isinstance(text, v.Const) and isinstance(text.value, str)):
        return
    letters = [letter for letter in _PERCENT.findall(text.value) if letter != "%"]
    parts = right.items if isinstance(right, v.Seq) and right.items is not None else (right,)
    for letter, part in zip(letters, parts, strict=False):
        if letter not in "sra":
            function = "%d" if letter in "dixXoc" else "%"
            machine.report(Conversion(node, frame, part, function, "TypeError"))


def _is_traced(value: v.Value) -> bool:
    return any(isinstance(option, v.Array) and option.stage for option in v.options(value))


def _boolean(machine: Machine, frame: Frame, node: n.Boolean) -> v.Value:
    return _connective(machine, frame, node, None)


def _connective(machine: Machine, frame: Frame, node: n.Boolean, asking: Asking | None) -> v.Value:
    """``left op right``; ``asking`` needs the truth of the whole, so that of ``right`` as well."""
    is_statement = asking is not None and asking.whole is not None
    left = _ask(
        machine, frame, node.left, asking if is_statement and asking else Asking(Role.BOOLEAN, node.op)
    )
    truth = truth_of(left)
    goes_on = node.op == "and"
    if truth is (not goes_on):
        return left
    before = frame.env
    frame.env = dict(before)
    is_feasible = _is_long(node) or machine.narrow(frame, node.left, holds=goes_on)
    right = left
    if is_feasible:
        right = _ask(machine, frame, node.right, asking) if asking else machine.eval(frame, node.right)
    _keep_walrus(frame, before)
    if truth is goes_on or not is_feasible:
        return right
    if _is_traced(left):
        # The truth of ``left`` was reported; to report what follows from it would be to say it twice.
        return v.UNKNOWN
    short = [
        v.Const(not goes_on) if option == v.Static("bool") else option
        for option in v.options(left)
        if truth_of(option) is not goes_on
    ]
    return v.join(v.join_all(short), right) if short else right


def _is_long(node: n.Boolean) -> bool:
    """Whether so many operands are connected that refining by each of them again would take too long."""
    count = 0
    left: n.Expr = node
    while isinstance(left, n.Boolean) and count <= MAX_CONNECTED:
        left = left.left
        count += 1
    return count > MAX_CONNECTED


def _keep_walrus(frame: Frame, before: dict[str, v.Value]) -> None:
    """Go back to the variables before a refinement, but keep what the expression itself has bound."""
    inner = frame.env
    frame.env = {**inner, **before} if len(inner) > len(before) else before
    keys.keep_history(frame, inner)


def _compare(machine: Machine, frame: Frame, node: n.Compare) -> v.Value:
    return _comparison(machine, frame, node, None)


def _comparison(machine: Machine, frame: Frame, node: n.Compare, asking: Asking | None) -> v.Value:
    """A comparison; one with several operators needs the truth of all but the last."""
    role, keyword, whole = asking or Asking(Role.BOOLEAN, "chained comparison", node)
    left = machine.eval(frame, node.left)
    if left is v.UNKNOWN and isinstance(node.left, n.Name):
        left = machine.lookup(frame, node.left.id)
    result: v.Value | None = None
    for index, (op, right_node) in enumerate(zip(node.ops, node.rights, strict=True)):
        right = machine.eval(frame, right_node)
        if op not in ("in", "not in", "is", "is not"):
            operators.report_sequence(machine, frame, node, op, left, right)
        outcome = operators.compare(machine, frame, node, op, left, right)
        if index < len(node.ops) - 1:
            machine.test(frame, whole or node, outcome, role, keyword)
            if _is_traced(outcome):
                outcome = v.UNKNOWN
        if isinstance(outcome, v.Const) and not outcome.value:
            return outcome
        result = outcome if result is None or truth_of(result) is True else v.join(result, outcome)
        left = right
    return v.UNKNOWN if result is None else result


def _conditional(machine: Machine, frame: Frame, node: n.Conditional) -> v.Value:
    test = condition(machine, frame, node.test, Role.BRANCH, "conditional expression")
    truth = truth_of(test)
    if truth is not None:
        machine.session.pruned.add(frame.code)
    results: list[v.Value] = []
    before = frame.env
    ends: list[Env] = []
    for holds, arm in ((True, node.body), (False, node.orelse)):
        if truth is (not holds):
            continue
        frame.env = dict(before)
        if machine.narrow(frame, node.test, holds=holds):
            with keys.where(frame, Guard(node, node.test, arm, holds)):
                results.append(machine.eval(frame, arm))
        ends.append(frame.env)
    frame.env = before
    for end in ends:
        if len(end) > len(before):
            frame.env = {**end, **frame.env}
    keys.keep_history(frame, *ends)
    _keep_changed_objects(frame, ends, node.test)
    if len(results) == 1:
        return results[0]
    left, right = results or (v.UNKNOWN, v.UNKNOWN)
    return either(left, right, v.join(left, right), partial(of_whole, node.test))


def _keep_changed_objects(frame: Frame, ends: list[Env], test: n.Expr) -> None:
    """Let objects stay as an arm has changed them; what the test says of a variable ends with the arms."""
    before = frame.env
    changed = {
        name
        for end in ends
        for name in differing(before, end)
        if isinstance(before.get(name), v.Instance) and isinstance(end.get(name), v.Instance)
    }
    if not changed:
        return
    frame.env = dict(before)
    for name in changed:
        left, right = ends[0][name], ends[-1][name]
        frame.env[name] = either(left, right, v.join(left, right), partial(of_whole, test))


def _lambda(machine: Machine, frame: Frame, node: n.Lambda) -> v.Value:
    return make_function(machine, frame, node.code)


def _call(machine: Machine, frame: Frame, node: n.Call) -> v.Value:
    callee = machine.eval(frame, node.func)
    if isinstance(node.func, n.Attribute) and node.func.attr in outdated.CALLED:
        receiver = machine.eval(frame, node.func.value)
        outdated.note_called_attribute(machine, frame, receiver, node.func.attr, node)
    args = evaluate_arguments(machine, frame, node.args)
    value = machine.call(frame, callee, args, node)
    if isinstance(value, (v.Array, v.Seq, v.Dict)):
        note_array(machine, frame, value, node)
    return value


def evaluate_arguments(machine: Machine, frame: Frame, nodes: tuple[n.Argument, ...]) -> Args:
    """Evaluate the arguments of a call in order."""
    args = Args()
    pos: list[v.Value] = []
    pos_nodes: list[n.Node | None] = []
    for argument in nodes:
        value = machine.eval(frame, argument.value)
        if argument.star == "*":
            items = items_of(value)
            if args.star is not None:
                args.star = v.UNKNOWN
            elif items is not None:
                pos.extend(items)
                pos_nodes.extend([None] * len(items))
            else:
                args.star = element_of(machine, frame, value, argument.value)
        elif argument.star == "**":
            _spread_keywords(args, value)
        elif argument.keyword is not None:
            args.kw[argument.keyword] = value
            args.kw_nodes[argument.keyword] = argument.value
        elif args.star is not None:
            args.star = v.UNKNOWN  # behind a sequence of unknown length, nobody knows for which parameter
        else:
            pos.append(value)
            pos_nodes.append(argument.value)
    args.pos, args.pos_nodes = tuple(pos), tuple(pos_nodes)
    return args


def _spread_keywords(args: Args, value: v.Value) -> None:
    if isinstance(value, v.Dict) and all(isinstance(key, str) for key, _ in value.items):
        args.kw.update(value.items)
        if value.rest is not None:
            args.star_star = value.rest
    else:
        args.star_star = v.UNKNOWN


def _attribute(machine: Machine, frame: Frame, node: n.Attribute) -> v.Value:
    if machine.has_donations:
        donation.on_read(machine, frame, node)
    base = machine.eval(frame, node.value)
    if machine.log.running is not None:
        staleness.part_read(machine, node.value, node.attr)
    return get_attribute(machine, frame, base, node.attr, node)


def _slice(machine: Machine, frame: Frame, node: n.Slice) -> v.Value:
    bounds = (node.lower, node.upper, node.step)
    lower, upper, step = (
        machine.eval(frame, bound) if bound is not None else v.Const(None) for bound in bounds
    )
    return v.SliceValue(lower, upper, step)


def _subscript(machine: Machine, frame: Frame, node: n.Subscript) -> v.Value:
    base = machine.eval(frame, node.value)
    index = machine.eval(frame, node.index)
    if frame.trace.stage is v.Stage.TRACED:
        staleness.item_read(machine, node.value, index)
    return subscripts.get_item(machine, frame, node, base, index)


def _comprehension(machine: Machine, frame: Frame, node: n.Comprehension) -> v.Value:
    before = frame.env
    frame.env = dict(before)
    depth = len(frame.loops)
    bindings = _run_generators(machine, frame, node)
    items = _known_elements(machine, frame, node, bindings)
    element = _element(machine, frame, node, bindings) if items is None else v.UNKNOWN
    if node.key is not None:
        machine.eval(frame, node.key)
    if frame.trace.stage is v.Stage.TRACED:
        unrolling.after_comprehension(machine, frame, v.join_all(items) if items else element, node)
    del frame.loops[depth:]
    targets = frame.env
    frame.env = before
    _keep_comprehension_walrus(frame, node, targets)
    keys.keep_history(frame, targets)
    keys.end_loop(frame)
    if node.kind == "dict":
        return v.Dict((), element)
    if node.kind == "generator":
        return v.Iter(v.join_all(items) if items is not None else element, items)
    if node.kind == "set":
        return v.Seq("set", None, v.join_all(items) if items is not None else element)
    return v.Seq("list", items, element, length=bindings.size if items is None else None)


class Bindings(NamedTuple):
    """What generators give: one element of each; all elements of the only one, or their number."""

    elements: tuple[v.Value, ...]
    known: tuple[v.Value, ...] | None
    size: int | None = None


def _run_generators(machine: Machine, frame: Frame, node: n.Comprehension) -> Bindings:
    """Bind the targets, and evaluate the tests."""
    known: tuple[v.Value, ...] | None = None
    size: int | None = None
    elements: list[v.Value] = []
    for generator in node.generators:
        iterable = machine.eval(frame, generator.iter)
        if len(node.generators) == 1 and not generator.tests:
            known, size = items_of(iterable, limit=8), size_of(iterable)
        elements.append(element_of(machine, frame, iterable, generator.iter))
        stores.assign(machine, frame, generator.target, in_round(elements[-1], (*frame.rounds, 0)))
        loop = loop_over(node, generator.target, generator.iter, iterable)
        loop.start = machine.timeline.now
        frame.loops.append(loop)
        for test in generator.tests:
            condition(machine, frame, test, Role.BRANCH, "comprehension condition")
            machine.narrow(frame, test, holds=True)
    return Bindings(tuple(elements), known if known is not None and len(known) <= 8 else None, size)


def _element(machine: Machine, frame: Frame, node: n.Comprehension, bindings: Bindings) -> v.Value:
    """One element; it is made twice where that does things to keys, which the second time may mind."""
    before = keys.history_of(frame)
    with keys.round_of(frame, 0):
        element = machine.eval(frame, node.element)
    if keys.history_of(frame) != before and bindings.size != 1:
        with keys.round_of(frame, 1):
            for generator, one in zip(node.generators, bindings.elements, strict=True):
                stores.assign(machine, frame, generator.target, in_round(one, frame.rounds))
            machine.eval(frame, node.element)
    return forgotten(element)


def _known_elements(
    machine: Machine, frame: Frame, node: n.Comprehension, bindings: Bindings
) -> tuple[v.Value, ...] | None:
    if bindings.known is None or node.kind == "dict" or machine.unrolled >= MAX_UNROLLED:
        return None
    items = []
    machine.unrolled += 1
    for number, value in enumerate(bindings.known):
        with keys.round_of(frame, number):
            stores.assign(machine, frame, node.generators[0].target, value)
            items.append(machine.eval(frame, node.element))
    machine.unrolled -= 1
    return tuple(items)


def _keep_comprehension_walrus(frame: Frame, node: n.Comprehension, inner: dict[str, v.Value]) -> None:
    names = {name for generator in node.generators for name in names_in(generator.target)}
    bound = {name: inner[name] for name in differing(frame.env, inner) if name not in names}
    if bound:
        frame.env = {**frame.env, **bound}


def _yield(machine: Machine, frame: Frame, node: n.Yield) -> v.Value:
    value = machine.eval(frame, node.value) if node.value is not None else v.Const(None)
    frame.yields.append(element_of(machine, frame, value, node) if node.is_from else value)
    return v.UNKNOWN


def _await(machine: Machine, frame: Frame, node: n.Await) -> v.Value:
    machine.eval(frame, node.value)
    return v.UNKNOWN


def _walrus(machine: Machine, frame: Frame, node: n.Walrus) -> v.Value:
    value = machine.eval(frame, node.value)
    stores.assign(machine, frame, node.target, value)
    return value


EVALUATORS: dict[type[n.Expr], Callable[[Any, Any, Any], v.Value]] = {
    n.Name: _name,
    n.LiteralValue: _literal,
    n.FString: _fstring,
    n.Display: _display,
    n.DictDisplay: _dict_display,
    n.Starred: _starred,
    n.Binary: _binary,
    n.Unary: _unary,
    n.Boolean: _boolean,
    n.Compare: _compare,
    n.Conditional: _conditional,
    n.Lambda: _lambda,
    n.Call: _call,
    n.Attribute: _attribute,
    n.Slice: _slice,
    n.Subscript: _subscript,
    n.Comprehension: _comprehension,
    n.Yield: _yield,
    n.Await: _await,
    n.Walrus: _walrus,
}
"""How each kind of expression is evaluated."""
