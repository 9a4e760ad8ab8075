"""Keys that a program uses twice on purpose: to compare, to undo, to start over, to compile a function."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from jaxlint.interpreter.comparisons import (
    are_compared,
    are_copies,
    are_results_compared,
    are_rows,
    bindings,
    is_evaluation,
    is_gradient,
    is_only_checked,
    is_target,
)
from jaxlint.interpreter.conditions import key_of
from jaxlint.interpreter.fates import is_without_effect
from jaxlint.interpreter.histories import STREAM
from jaxlint.knowledge.keys import is_key_function
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name, names_in
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.histories import Use

_BACKWARD = re.compile(r"(inverse|invert|inv|undo|un)_?")
_SIGNS = {"pos": "neg", "positive": "negative", "plus": "minus", "p": "n"}
_SAME = re.compile(r"(?i)(^|_)(re-?use|same|shared?|common|paired)($|_)")
_RESULTS = re.compile(
    r"(?i)(^|_)(results?|metrics|stats|statistics|scores?|loss(es)?|elbos?|rewards?|returns|accurac(y|ies)|errors?|"
    r"summary|summaries|timings?|report)($|_)"
)
_STARTING = re.compile(r"_?(init|reset|restart|start)")


def on_purpose(frame: Frame, first: Use, later: Use) -> bool:
    """Whether ``later`` uses a key again that ``first`` has used up, and is meant to do so."""
    if any(is_without_effect(one.trail, is_test=frame.is_test) for one in (first, later)):
        return True
    if frame.is_test and not (_is_own(frame, first) and _is_own(frame, later)):
        return True  # what the code under test does with its keys is no concern of the test
    if _is_chosen(later):
        return True
    if first.is_of_earlier_round(later):
        if not first.is_at(later):
            return False
        if is_evaluation(frame.code, later.call) or _is_over_methods(frame, first, later):
            return True
        return frame.is_test and _is_over_cases(frame, first, later)
    if are_compared(frame.code, first.call, later.call):
        return True
    if is_copy(frame, first, later):
        return True
    if _are_comparable(frame.code, first, later):
        return True
    if are_rows(first.call, later.call) or _are_augmented_alike(first.call, later.call):
        return True
    if _are_inverse(first.call, later.call) or _are_antithetic(frame.code, first.call, later.call):
        return True
    if _is_dropped(frame.code, first.call) or _is_dropped(frame.code, later.call):
        return True
    if _starts_over(frame, first, later):
        return True
    return frame.is_test and _is_for_test(frame.code, first, later)


def is_copy(frame: Frame, first: Use, later: Use) -> bool:
    """Whether ``later`` makes again what ``first`` has made: the same weights, for a target network, say."""
    is_start = first.is_initial and later.is_initial and are_copies(first.call, later.call)
    return is_start or is_target(frame.code, first.call, later.call)


_AUGMENTING = ("augment", "crop", "cutout", "flip", "rotat", "shuffl", "translat")


def _are_augmented_alike(first: n.Node, later: n.Node) -> bool:
    """Whether two arrays are cropped, turned or the like in the same random way: an image and its depth."""
    names = {last_name(one.func) if isinstance(one, n.Call) else "" for one in (first, later)}
    return len(names) == 1 and any(word in name for name in names for word in _AUGMENTING)


def _is_chosen(use: Use) -> bool:
    """Whether a flag asks for the same numbers: ``if reuse_key: …``."""
    return any(one.holds and _says_same(one.subject) for one in use.conditions)


def _says_same(subject: Hashable) -> bool:
    """Whether a test mentions a variable that says so."""
    if isinstance(subject, tuple):
        return any(map(_says_same, subject))
    return isinstance(subject, str) and _SAME.search(subject) is not None


def _is_own(frame: Frame, use: Use) -> bool:
    """Whether a test draws numbers itself, or functions of its file do; networks and such are under test."""
    call = use.site[1]
    if isinstance(call, n.Call) and is_key_function(last_name(call.func)):
        return True  # it is called as the functions of `jax.random` are
    whole = frame.module.code
    own = whole.remember("<functions>", _functions) if whole is not None else frozenset()
    is_network = use.effect == STREAM or use.by.startswith("haiku.")
    return not is_network and all(code in own for code, _ in use.trail)


def _functions(code: n.Code) -> frozenset[n.Code]:
    return frozenset(node for node in (code, *walk(code)) if isinstance(node, n.Code))


def _are_of_one_function(first: n.Node, later: n.Node) -> bool:
    if not isinstance(first, n.Call) or not isinstance(later, n.Call):
        return False
    return key_of(first.func) == key_of(later.func)


def _are_comparable(code: n.Code, first: Use, later: Use) -> bool:
    """Whether two calls evaluate two models, or take the gradient of one function at two points."""
    if is_gradient(first.call) and is_gradient(later.call):
        are_different = key_of(first.call) != key_of(later.call)  # type: ignore[arg-type]  # they are calls
        functions = [[code for code, _ in one.trail[-2:-1]] for one in (first, later)]
        return are_different and functions[0] == functions[1]
    return _are_of_one_function(first.call, later.call) and is_evaluation(code, later.call)


def _is_for_test(code: n.Code, first: Use, later: Use) -> bool:
    """Whether a test needs the same numbers, or does nothing with some of them but to check them."""
    if first.argument is None and later.argument is None:
        return True  # the function under test holds the key, so that its results can be told apart
    if is_only_checked(code, first.call) or is_only_checked(code, later.call):
        return True
    targets = _targets(code).get(first.call, [])
    if targets and _written(targets) == _written(_targets(code).get(later.call, [])):
        # The next case begins with the same numbers, unless it goes on with what it has.
        return not {name for target in targets for name in names_in(target)} & set(names_in(later.call))
    return are_results_compared(code, first.call, later.call)


def _are_inverse(first: n.Node, later: n.Node) -> bool:
    """Whether one of two functions undoes what the other does, as ``rotate`` and ``inverse_rotate``."""
    if not isinstance(first, n.Call) or not isinstance(later, n.Call):
        return False
    one, other = last_name(first.func), last_name(later.func)
    return one != other and _BACKWARD.sub("", one, count=1) == _BACKWARD.sub("", other, count=1)


def _are_antithetic(code: n.Code, first: n.Node, later: n.Node) -> bool:
    """Whether one function is called for both signs of a perturbation, as the names of the results say."""
    if not _are_of_one_function(first, later):
        return False
    pairs = list(zip(_names_of(code, first), _names_of(code, later), strict=False))
    return any(_are_opposite(one, other) or _are_opposite(other, one) for one, other in pairs)


def _names_of(code: n.Code, call: n.Node) -> list[str]:
    return [name for target in _targets(code).get(call, ()) for name in names_in(target)]


def _are_opposite(one: str, other: str) -> bool:
    """Whether names differ in a sign only, as ``pos_loss`` and ``neg_loss``."""
    words = one.split("_")
    return one != other and [_SIGNS.get(word, word) for word in words] == other.split("_")


def _is_dropped(code: n.Code, call: n.Node) -> bool:
    """Whether the result of a call goes to variables named ``_`` only, as of a run to compile something."""
    targets = _targets(code).get(call, ())
    return bool(targets) and all(set(names_in(target)) == {"_"} for target in targets)


def _starts_over(frame: Frame, first: Use, later: Use) -> bool:
    """Whether the very same is made again and takes the place of what was made first: a game, a model.

    Outside of tests the name of the function has to say so.
    """
    one, other = first.call, later.call
    if not isinstance(one, n.Call) or not isinstance(other, n.Call) or key_of(one) != key_of(other):
        return False
    name = last_name(other.func)
    if is_key_function(name) or not (frame.is_test or _STARTING.match(name)):
        return False
    targets = _targets(frame.code)
    if other not in targets or _written(targets.get(one, [])) != _written(targets[other]):
        return False
    changing = {name for argument in other.args for name in names_in(argument.value)} & _bound_twice(
        frame.code
    )
    return changing <= set(names_in(later.argument))


def _loop_between(frame: Frame, first: Use, later: Use) -> n.For | None:
    """The loop whose rounds two uses are in; None for a comprehension, or a mapped function."""
    loops = [guard.node for guard in frame.guards if guard.test is None]
    between = [mine < other for mine, other in zip(first.rounds, later.rounds, strict=False)].index(True)
    loop = loops[between] if between < len(loops) else None
    return loop if isinstance(loop, n.For) else None


def _is_over_cases(frame: Frame, first: Use, later: Use) -> bool:
    """Whether the loop between two uses goes over cases that are written out, each of which is a test."""
    loop = _loop_between(frame, first, later)
    return loop is not None and _is_written_out(loop.iter)


def _is_over_methods(frame: Frame, first: Use, later: Use) -> bool:
    """Whether a loop compares methods: what each of them gives is kept under its name, beside the others."""
    loop, name = _loop_between(frame, first, later), last_name(getattr(later.call, "func", None))
    if loop is None or is_key_function(name) or _STARTING.match(name):
        return False
    if isinstance(loop.iter, n.Call) and last_name(loop.iter.func) in (
        "range",
        "enumerate",
        "arange",
        "trange",
    ):
        return False
    names = set(names_in(loop.target))
    targets = (target for node in walk(loop) if isinstance(node, n.Assign) for target in node.targets)
    return any(_is_result(target, names) for target in targets)


def _is_result(target: n.Expr, names: set[str]) -> bool:
    """Whether something is assigned to an entry of results, as ``scores[name]``, of one of the names."""
    is_named = False
    while isinstance(target, n.Subscript):
        is_named |= not names.isdisjoint(names_in(target.index))
        target = target.value
    return is_named and _RESULTS.search(last_name(target)) is not None


def _is_written_out(cases: n.Expr) -> bool:
    if isinstance(cases, n.Call) and last_name(cases.func) in ("zip", "enumerate", "product"):
        return any(_is_written_out(argument.value) for argument in cases.args)
    return isinstance(cases, n.Display)


def _targets(code: n.Code) -> dict[n.Node, list[n.Expr]]:
    """What the results of calls are assigned to."""
    return code.remember("<targets>", _find_targets)


def _find_targets(code: n.Code) -> dict[n.Node, list[n.Expr]]:
    found: dict[n.Node, list[n.Expr]] = {}
    for value, target in bindings(code):
        found.setdefault(value, []).append(target)
    return found


def _written(targets: list[n.Expr]) -> list[Hashable]:
    """The targets as a program writes them, those in tuples one by one."""
    parts = (
        part
        for target in targets
        for part in (target.elements if isinstance(target, n.Display) else (target,))
    )
    return [*map(key_of, parts)]


def _bound_twice(code: n.Code) -> set[str]:
    """The variables that get more than one value in the course of a function."""
    return code.remember("<bound twice>", _find_bound_twice)


def _find_bound_twice(code: n.Code) -> set[str]:
    return {name for name, times in Counter(_bound(code)).items() if times > 1}


def _bound(code: n.Code) -> Iterator[str]:
    yield from (param.name for param in code.params)
    yield from (name for _, target in bindings(code) for name in names_in(target))
