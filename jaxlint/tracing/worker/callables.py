"""What to call for a target: what transformations made of the function, or the function itself."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from jaxlint.tracing.measure.constants import outside
from jaxlint.tracing.protocol import LIKELY, PARTIAL, Attempt, Request, Step, Target
from jaxlint.tracing.signatures import parse_word
from jaxlint.tracing.worker import values
from jaxlint.tracing.worker.instances import as_function, compiled, instance, owned
from jaxlint.tracing.worker.registry import Made, Registry, innermost

MAX_CALLABLES = 3
"""Different transformations of one function that are traced."""

Candidate = tuple[Callable[..., Any], "Made | None"]


class Callables:
    """Finds the callables of one module's targets."""

    def __init__(self, request: Request, module: types.ModuleType, registry: Registry) -> None:
        self._request = request
        self._module = module
        self._registry = registry

    def of(self, target: Target) -> list[Candidate]:
        """The callables of a target, each with the transformation that made it; none while there is none.

        Where too little is known of the transformations, the function as it is.
        """
        made = self._made(target)
        if made:
            return made[-MAX_CALLABLES:]
        candidate = self._applied(target, target.steps) or self._applied(target, ())
        return [] if candidate is None else [candidate]

    def _made(self, target: Target) -> list[Candidate]:
        """What the program itself has made of the target by transformations."""
        made = self._registry.made.get((self._request.path, target.first), [])
        return [(self._bound(one.callable, target), one) for one in made]

    def called(self, target: Target, attempt: Attempt) -> list[Candidate]:
        """The callables that a call with these arguments can mean."""
        if attempt.receiver is not None:
            target = replace(target, receiver=attempt.receiver)
        if attempt.steps is None:
            return self.of(target)
        names = [step.name for step in attempt.steps]
        same = [one for one in self._made(target) or self.of(target) if self._names(one[1]) == names]
        told = attempt.steps[-1].options if attempt.steps else {}
        alike = [one for one in same if _agree(one[1], told)]
        if alike:
            return alike[-MAX_CALLABLES:]
        candidate = self._applied(target, attempt.steps)
        return same[-MAX_CALLABLES:] if candidate is None else [candidate]

    def _applied(self, target: Target, steps: tuple[Step, ...]) -> Candidate | None:
        """The function with transformations applied to it, unless its name stands for the result already."""
        named = self._named(target)
        if named is not None and named is not innermost(named):
            return self._continued(self._bound(named, target), named, steps)
        function = named or self._registry.functions.get((self._request.path, target.first))
        return None if function is None else self._transformed(self._bound(function, target), steps)

    def _continued(
        self, function: Callable[..., Any], named: Any, steps: tuple[Step, ...]
    ) -> Candidate | None:
        """What a name stands for that a decorator has transformed already, with the steps that are left."""
        made = next((one for one in self._registry.every if one.callable is named), None)
        done = [layer.transform for layer in self._chain(made)]
        if made is None and any(step.transform == LIKELY for step in steps):
            return self._transformed(function, steps)  # nothing in the project has transformed it
        if made is None:
            return (function, None) if len(steps) <= 1 else None
        if [step.name for step in steps[: len(done)]] != done:
            return None
        rest = steps[len(done) :]
        return self._transformed(function, rest) if rest else (function, made)

    def decorated(self, target: Target) -> list[Callable[..., Any]]:
        """A test with the parameters that a decorator gives it; none where there is no such decorator."""
        if target.owner is None:
            return _with_marks(self._named(target))
        owner: Any = self._module
        for part in target.owner.split("."):
            owner = getattr(owner, part, None)
        last = target.name.rpartition(".")[2]
        method = getattr(owner, last, None)
        if method is not None:
            return [self._bound(one, target) for one in _with_marks(method)]
        # absl puts a method for each set of parameters in the place of the decorated one.
        names = [name for name in dir(owner) if name.startswith(last) and last.startswith("test")]
        return [self._bound(getattr(owner, name), target) for name in names[:MAX_CALLABLES]]

    def layers(self, made: Made | None) -> Iterator[Made]:
        """The ``vmap`` layers of a callable, the innermost first."""
        yield from (one for one in self._chain(made) if one.transform in {"vmap", "pmap"})

    def _names(self, made: Made | None) -> list[str]:
        """The transformations of a callable by name, with the arguments that are bound between them."""
        names: list[str] = []
        for layer in self._chain(made):
            names += ["partial", layer.transform] if isinstance(layer.inner, partial) else [layer.transform]
        return names

    def _chain(self, made: Made | None) -> Iterator[Made]:
        """The transformations of a callable, the innermost first."""
        if made is None:
            return
        inner = next((one for one in self._registry.every if one.callable is made.inner), made.before)
        yield from self._chain(inner)
        yield made

    def _transformed(self, function: Callable[..., Any], steps: tuple[Step, ...]) -> Candidate | None:
        """The function, transformed as the program does it in a place that was not reached.

        None where too little is known of how.
        """
        result: Any = function
        last: Made | None = None
        for step in steps:
            try:
                if step.transform == PARTIAL:
                    numbered, named = _held(step)
                    result = partial(result, *numbered, **named)
                    continue
                if step.transform == LIKELY:
                    inner, result = result, compiled(result)
                    last = Made("jit", result, inner, {}, last)
                    continue
                transform = "jax.jit" if step.name == "make_jaxpr" else step.transform  # it traces alike
                inner, result = result, as_function(values.named(transform)(result, **step.options))
            except (TypeError, ValueError, ImportError, AttributeError):  # too little is known of it
                return None
            name = transform.rpartition(".")[2]
            last = Made(name, result, inner, step.options, last)
        return result, last

    def _named(self, target: Target) -> Any:
        """The object that the module's names lead to."""
        value: Any = self._module
        for part in target.name.split("."):
            value = getattr(value, part, None)
            if value is None:
                return None
        code = getattr(innermost(value), "__code__", None)
        if code is None or code.co_filename != self._request.path:
            return None
        return value if target.first <= code.co_firstlineno <= target.row else None

    def held(self, target: Target) -> Iterator[Any]:
        """What a target takes from elsewhere: the variables around it, and the object it is a method of."""
        function = innermost(
            self._named(target) or self._registry.functions.get((self._request.path, target.first))
        )
        yield from outside(function).values()
        if target.owner is not None:
            with contextlib.suppress(Exception):  # it is made by the user's code
                yield instance(self._owner(target.owner), values.made_of)

    def _owner(self, name: str) -> Any:
        value: Any = self._module
        for part in name.split("."):
            value = getattr(value, part)
        return value

    def _bound(self, function: Any, target: Target) -> Any:
        """A method bound to an object of its class; what is bound already, and functions, as they are."""
        if target.owner is None or _is_bound(function):
            return function
        owner = self._owner(target.owner)
        kind = owner.__dict__.get(target.name.rpartition(".")[2])
        if isinstance(kind, staticmethod):
            return function
        return owned(owner, function, kind, target.receiver, values.made_of)


def _is_bound(function: Any) -> bool:
    """Whether somewhere under the wrappers there is a bound method."""
    for _ in range(8):
        if isinstance(function, types.MethodType):
            return True
        function = getattr(function, "__wrapped__", None)
    return False


def _with_marks(function: Any) -> list[Callable[..., Any]]:
    """A function of pytest's with the first parameters of each ``parametrize`` mark."""
    given: dict[str, Any] = {}
    for mark in getattr(function, "pytestmark", ()):
        if mark.name != "parametrize" or len(mark.args) < 2 or not mark.args[1]:
            continue
        names, first = mark.args[0], next(iter(mark.args[1]))
        first = getattr(first, "values", first)
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        given |= {names[0]: first} if len(names) == 1 else dict(zip(names, first, strict=False))
    return [partial(function, **given)] if given else []


def _agree(made: Made | None, told: Mapping[str, Any]) -> bool:
    """Whether a transformation was applied with the options that the call's has."""
    if made is None:
        return True
    given = {name: _plain(value) for name, value in made.options.items() if name in told}
    extra = made.options.keys() & {"static_argnums", "static_argnames"} - told.keys()
    return not extra and given == {name: _plain(value) for name, value in told.items()}


def _plain(value: Any) -> tuple[Any, ...]:
    """An option that may be one value or a sequence of them, as a tuple."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _held(step: Step) -> tuple[list[Any], dict[str, Any]]:
    """What a ``partial`` holds, by position and by name."""
    made = {name: values.make(parse_word(word or "")) for name, word in step.options.items()}
    numbered = [value for name, value in made.items() if name.isdecimal()]
    return numbered, {name: value for name, value in made.items() if not name.isdecimal()}
