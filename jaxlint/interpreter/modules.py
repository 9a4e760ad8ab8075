"""Neural-network modules: what calling ``apply`` or ``init``, or asking for a parameter, runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import filtered, pytrees
from jaxlint.interpreter.attributes import get_attribute
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import set_up
from jaxlint.interpreter.subscripts import get_item

if TYPE_CHECKING:
    from jaxlint.interpreter.frameworks import LibraryCall

_OPTIONS = ("capture_intermediates", "method", "mutable", "rngs")


def _run_method(call: LibraryCall) -> v.Value:
    """The method of the module that ``apply`` or ``init`` names, ``__call__`` where it names none."""
    receiver, args = call.receiver, call.rest(*_OPTIONS)
    method = call.args.kw.get("method", v.Const(None))
    if receiver is None:
        return v.UNKNOWN
    if isinstance(receiver, v.Instance):
        receiver = set_up(call.machine, call.frame, receiver, call.node)
    if method == v.Const(None):
        return call.machine.call(call.frame, receiver, args, call.node)
    if isinstance(method, v.Const) and isinstance(method.value, str):
        found = get_attribute(call.machine, call.frame, receiver, method.value, call.node)
        return call.machine.call(call.frame, found, args, call.node)
    if isinstance(method, v.Bound):
        return call.machine.call(call.frame, method, args, call.node)
    return call.machine.call(call.frame, method, args.prepend(receiver), call.node)


def _apply(call: LibraryCall) -> v.Value:
    """``model.apply(variables, x)`` runs the module on ``x``; with ``mutable`` it gives the state as well."""
    result = _run_method(call)
    mutable = call.args.kw.get("mutable", v.Const(value=False))
    if call.args.star_star is not None and "mutable" not in call.args.kw:
        return v.UNKNOWN
    if mutable == v.Const(value=False):
        return result
    is_given = isinstance(mutable, v.Const) or (isinstance(mutable, v.Seq) and mutable.items != ())
    return v.Seq("tuple", (result, call.tree())) if is_given else v.UNKNOWN


def _init(call: LibraryCall) -> v.Value:
    """``model.init(key, x)`` runs the module on ``x`` and gives its variables."""
    result = _run_method(call)
    return v.Seq("tuple", (result, call.tree())) if call.name == "init_with_output" else call.tree()


def _param(call: LibraryCall) -> v.Value:
    """``self.param(name, init_fn, *args)`` is what ``init_fn(key, *args)`` makes."""
    init = call.get("init_fn")
    if init is None:
        return call.array()
    args = call.rest("unbox")
    made = call.machine.call(call.frame, init, args.prepend(call.array()), call.node)
    if made is v.UNKNOWN:
        return call.array()
    return pytrees.returned(made, call.stage, call.origin)


def _variable(call: LibraryCall) -> v.Value:
    """``self.variable(collection, name, init_fn, *args)`` holds what ``init_fn(*args)`` makes."""
    init = call.get("init_fn")
    made = v.UNKNOWN if init is None else call.machine.call(call.frame, init, call.rest("unbox"), call.node)
    value = call.tree() if made is v.UNKNOWN else pytrees.returned(made, call.stage, call.origin)
    return v.LibraryInstance("flax.linen.Variable", (("value", value),))


def _item(call: LibraryCall) -> v.Value:
    """``variable[...]`` is the value of a variable, ``variable[0]`` a part of that."""
    value, key = call.get("value"), call.get("key") or v.UNKNOWN
    if value is None or value is v.UNKNOWN:
        value = call.tree()
    return value if key == v.Const(...) else get_item(call.machine, call.frame, call.node, value, key)


def _kept(call: LibraryCall) -> v.Value:
    """A decorator that changes nothing of how a function runs, or a call that gives such a decorator."""
    is_decorated = bool(call.args.pos) and isinstance(call.args.pos[0], (v.Function, v.Transformed, v.Bound))
    return call.args.pos[0] if is_decorated else v.Library("jaxlint.keep")


def _stateful(call: LibraryCall) -> v.Value:
    """Equinox's normalisations give an array, and the state beside it where one was passed."""
    x = call.get("x")
    shape = x.shape if isinstance(x, v.Array) else None
    state = call.get("state")
    return call.array(shape) if state is None else v.Seq("tuple", (call.array(shape), state))


def _run_transformed(call: LibraryCall) -> v.Value:
    """The function that ``haiku.transform`` was given, on the arguments behind parameters and random key."""
    function = call.get("f")
    if isinstance(function, v.LibraryInstance) and function.dotted == "haiku.Transformed":
        function = function.get("f")
    return call.machine.call(call.frame, function or v.UNKNOWN, call.rest(), call.node)


def _transformed_with_state(call: LibraryCall) -> v.Value:
    return v.Seq("tuple", (_run_transformed(call), call.tree()))


def _transformed_init(call: LibraryCall) -> v.Value:
    _run_transformed(call)
    is_pair = isinstance(call.receiver, v.LibraryInstance) and call.receiver.dotted.endswith("WithState")
    return v.Seq("tuple", (call.tree(), call.tree())) if is_pair else call.tree()


def _multi_init(call: LibraryCall) -> v.Value:
    """``haiku.multi_transform(f).init`` runs the first of the functions that ``f`` makes."""
    first, _ = _multi_parts(call)
    call.machine.call(call.frame, first, call.rest(), call.node)
    is_pair = isinstance(call.receiver, v.LibraryInstance) and call.receiver.dotted.endswith("WithState")
    return v.Seq("tuple", (call.tree(), call.tree())) if is_pair else call.tree()


def _multi_apply(call: LibraryCall) -> v.Value:
    """Each of the other functions that ``f`` makes is transformed like the one of ``haiku.transform``."""
    assert isinstance(call.receiver, v.LibraryInstance)
    kind = call.receiver.dotted.replace("Multi", "")
    return pytrees.map_leaves(
        _multi_parts(call)[1],
        lambda one: v.BoundLibrary(v.LibraryInstance(kind, (("f", one),)), "apply"),
    )


def _multi_parts(call: LibraryCall) -> tuple[v.Value, v.Value]:
    made = call.machine.call(call.frame, call.get("f") or v.UNKNOWN, Args(), call.node)
    if isinstance(made, v.Seq) and made.items is not None and len(made.items) == 2:
        return made.items[0], made.items[1]
    return v.UNKNOWN, v.UNKNOWN


def _split(call: LibraryCall) -> v.Value:
    """``nnx.split`` gives the structure of a module, from which ``nnx.merge`` makes it again, and a state."""
    graph = v.LibraryInstance("flax.nnx.GraphDef", (("node", call.get("node") or v.UNKNOWN),))
    count = max(len(call.args.pos) - 1, 1)
    return v.UNKNOWN if call.args.star is not None else v.Seq("tuple", (graph, *(call.tree(),) * count))


def _merged(call: LibraryCall) -> v.Value:
    graph = call.get("graphdef_or_graphstate")
    known = graph.get("node") if isinstance(graph, v.LibraryInstance) else None
    return (
        v.UNKNOWN if known is None else pytrees.returned(known, call.stage, call.origin, keeps_numbers=True)
    )


def _switch(call: LibraryCall) -> v.Value:
    """What a context variable holds: a flag is read as it is set at first."""
    default = call.receiver.get("default") if isinstance(call.receiver, v.LibraryInstance) else None
    is_flag = isinstance(default, v.Const) and isinstance(default.value, bool)
    return default if is_flag and default is not None else v.UNKNOWN


RULES: dict[str, Callable[[LibraryCall], v.Value]] = {
    "apply": _apply,
    **filtered.RULES,
    "item": _item,
    "kept": _kept,
    "merged": _merged,
    "split": _split,
    "init": _init,
    "multi_apply": _multi_apply,
    "multi_init": _multi_init,
    "param": _param,
    "stateful": _stateful,
    "switch": _switch,
    "variable": _variable,
    "transformed": _run_transformed,
    "transformed_with_state": _transformed_with_state,
    "transformed_init": _transformed_init,
}
"""What the tables call ``%word``."""
