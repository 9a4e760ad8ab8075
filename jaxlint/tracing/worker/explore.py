"""Traces one target: finds the callable and arguments that fit, and follows both arms of each branch."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from jaxlint.tracing.measure import measure
from jaxlint.tracing.measure.labels import labels
from jaxlint.tracing.protocol import Attempt, Options, Problem, Request, Target, Traced
from jaxlint.tracing.signatures import SignatureError, parse_word
from jaxlint.tracing.worker import values
from jaxlint.tracing.worker.reached import Reached
from jaxlint.tracing.worker.recorder import Choices, Recorder
from jaxlint.tracing.worker.registry import Made, Registry, innermost

if TYPE_CHECKING:
    from jaxlint.tracing.worker.run import Current

MAX_CALLABLES = 3
"""Different transformations of one function that are traced."""

_ABSTRACT = frozenset({"jit", "pmap", "checkpoint", "remat"})
"""Transformations under which everything is abstract, so that nothing need be computed."""

_ABOUT_TRACING = ("ConcretizationTypeError", "NonConcreteBooleanIndexError", "UnexpectedTracerError")


@dataclass(slots=True)
class Run:
    """What one set of arguments gave."""

    attempt: Attempt
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    ended: str | None = None
    """The exception that ended the first run, if one did."""
    fits: bool = False


class Explorer:
    """Traces the targets of one module."""

    def __init__(
        self, request: Request, module: types.ModuleType, registry: Registry, current: Current
    ) -> None:
        self._request = request
        self._module = module
        self._registry = registry
        self._current = current

    def trace(self, number: int) -> Traced:
        """Trace one target with the first arguments that fit, or with all that somebody stated."""
        target = self._request.targets[number]
        reached = Reached(self._request.rows)
        callables = self._callables(target)
        if not callables and target.outer is not None:
            with reached.watching():
                self._explore(
                    self._request.targets[target.outer], self._callables(self._request.targets[target.outer])
                )
            callables = self._callables(target)
        if not callables:
            return Traced(number, reason="it is not reachable from the module", reached=reached.as_tuples())
        with reached.watching():
            runs = self._explore(target, callables)
        return self._answer(number, runs, reached)

    def _answer(self, number: int, runs: list[Run], reached: Reached) -> Traced:
        good = [run for run in runs if run.fits or run.attempt.is_sure]
        if not good:
            last = next((run.ended for run in reversed(runs) if run.ended), None)
            reason = "no arguments found" + (f" ({last})" if last else "")
            return Traced(number, reason=reason, reached=reached.as_tuples())
        problems = {(p.path, p.row, p.error): p for run in good for p in run.problems}
        best = next((run for run in good if run.fits), good[0])
        return Traced(
            number,
            best.attempt.source,
            tuple((name or "", word or "?") for name, word in best.attempt.arguments),
            None,
            tuple(problems.values()),
            reached.as_tuples(),
            self._measured(best) if best.ended is None else None,
        )

    # --- what to call ----------------------------------------------------------------------------

    def _callables(self, target: Target) -> list[tuple[Callable[..., Any], Made | None]]:
        """What transformations made of the function; else the function, transformed as the program does."""
        made = self._registry.made.get((self._request.path, target.first), [])
        if made:
            return [(self._bound(one.callable, target), one) for one in made[-MAX_CALLABLES:]]
        function = self._registry.functions.get((self._request.path, target.first)) or self._named(target)
        if function is None:
            return []
        result: Any = function
        last: Made | None = None
        for step in target.steps:
            transform = getattr(jax, step.transform.rpartition(".")[2], None)
            if transform is None:
                return [(function, None)]
            inner, result = result, transform(result, **step.options)
            last = Made(step.transform.rpartition(".")[2], result, inner, step.options)
        return [(self._bound(result, target), last)]

    def _named(self, target: Target) -> Any:
        """The object that the module's names lead to."""
        value: Any = self._module
        for part in target.name.split("."):
            value = getattr(value, part, None)
            if value is None:
                return None
        code = getattr(innermost(value), "__code__", None)
        is_it = (
            code is not None
            and code.co_filename == self._request.path
            and target.first <= code.co_firstlineno <= target.row
        )
        return value if is_it else None

    def _bound(self, function: Any, target: Target) -> Any:
        """A method bound to an instance made without arguments; other functions as they are."""
        if target.owner is None:
            return function
        owner: Any = self._module
        for part in target.owner.split("."):
            owner = getattr(owner, part)
        kind = owner.__dict__.get(target.name.rpartition(".")[2])
        if isinstance(kind, staticmethod):
            return function

        def bound(*args: Any, **kwargs: Any) -> Any:
            return function(owner if isinstance(kind, classmethod) else owner(), *args, **kwargs)

        return bound

    # --- what to call it with --------------------------------------------------------------------

    def _explore(self, target: Target, callables: list[tuple[Callable[..., Any], Made | None]]) -> list[Run]:
        runs: list[Run] = []
        for function, made in callables:
            for attempt in target.attempts:
                run = self._run(function, made, attempt)
                runs.append(run)
                if run.fits and not attempt.is_sure:
                    break
        return runs

    def _run(self, function: Callable[..., Any], made: Made | None, attempt: Attempt) -> Run:
        try:
            args, kwargs = self._arguments(attempt, made)
        except (SignatureError, ImportError, AttributeError, TypeError, ValueError) as error:
            return Run(attempt, function, (), {}, ended=f"{type(error).__name__}: {error}")
        run = Run(attempt, function, args, kwargs)
        recorder = self._current.recorder = Recorder(self._current.recorder.files, is_sure=attempt.is_sure)
        is_abstract = made is not None and made.transform in _ABSTRACT

        def once() -> None:
            if is_abstract:
                jax.eval_shape(lambda: _drop(function(*args, **kwargs)))
            else:
                function(*args, **kwargs)

        first = _follow(once, recorder, 1)
        run.ended = first
        run.problems = list(recorder.problems.values())
        run.fits = self._fits(run)
        if run.fits or attempt.is_sure:
            _follow(once, recorder, self._request.options.explorations)
            run.problems = list(recorder.problems.values())
        return run

    def _arguments(self, attempt: Attempt, made: Made | None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        words = [(name, parse_word(word)) for name, word in attempt.arguments if word is not None]
        args = tuple(values.make(word) for name, word in words if name is None)
        kwargs = {name: values.make(word) for name, word in words if name is not None}
        if attempt.is_inner:
            for layer in self._layers(made):
                args = tuple(_batched(value, _axis(layer, index)) for index, value in enumerate(args))
                kwargs = {name: _batched(value, 0) for name, value in kwargs.items()}
        return args, kwargs

    def _layers(self, made: Made | None) -> Iterator[Made]:
        """The ``vmap`` layers of a callable, the innermost first."""
        if made is None:
            return
        inner = next((one for one in self._registry.every if one.callable is made.inner), None)
        yield from self._layers(inner)
        if made.transform in {"vmap", "pmap"}:
            yield made

    def _fits(self, run: Run) -> bool:
        """Whether the arguments are such as the function expects: nothing but tracing itself went wrong."""
        return all(self._is_expected(problem) for problem in run.problems) and (
            run.ended is None or bool(run.problems)
        )

    def _is_expected(self, problem: Problem) -> bool:
        if any(name in problem.bases for name in _ABOUT_TRACING) or "Tracer" in problem.message:
            return True
        expected = self._request.rows.get(problem.path, {}).get(problem.row, ())
        return any(name in problem.bases for name in expected)

    # --- what it costs ---------------------------------------------------------------------------

    def _measured(self, run: Run) -> dict[str, Any] | None:
        """What `measure` says of the function with these arguments."""
        options: Options = self._request.options
        if not options.measure:
            return None
        leaves, tree = jax.tree_util.tree_flatten((run.args, run.kwargs))
        dynamic = [leaf for leaf in leaves if _is_array(leaf)]

        def function(*arrays: Any) -> Any:
            given = iter(arrays)
            filled = [next(given) if _is_array(leaf) else leaf for leaf in leaves]
            args, kwargs = jax.tree_util.tree_unflatten(tree, filled)
            return run.function(*args, **kwargs)

        abstract = tuple(jax.ShapeDtypeStruct(jnp.shape(leaf), leaf.dtype) for leaf in dynamic)
        names = labels(run.function, run.args, run.kwargs)
        return measure(
            function,
            abstract,
            options,
            files=frozenset(self._request.files),
            labels=[name for name, leaf in zip(names, leaves, strict=True) if _is_array(leaf)],
        )


def _drop(_value: Any) -> None:
    """What a function returns is of no interest here."""


def _is_array(leaf: Any) -> bool:
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype")


def _axis(layer: Made, index: int) -> Any:
    axes = layer.options.get("in_axes", 0)
    if isinstance(axes, (tuple, list)):
        return axes[index] if index < len(axes) else 0
    return axes


def _batched(value: Any, axis: Any) -> Any:
    if not isinstance(axis, int):
        return value
    return jax.tree_util.tree_map(lambda leaf: jnp.stack([jnp.asarray(leaf)] * 2, axis=axis), value)


def _follow(once: Callable[[], None], recorder: Recorder, limit: int) -> str | None:
    """Run, then again with each test on a tracer coming out true once; return what ended the first run."""
    plans: list[tuple[bool, ...]] = [()]
    turned: set[tuple[str, int]] = set()
    first: str | None = None
    for number in range(limit):
        if number >= len(plans):
            break
        choices = recorder.choices = Choices(plans[number])
        before = recorder.conversions
        try:
            once()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - what the user's code raises is what we came for
            recorder.note_traceback(error)
            if number == 0:
                first = f"{type(error).__name__}: {str(error).split(chr(10), 1)[0][:200]}"
        if recorder.conversions != before:
            jax.clear_caches()  # what was traced with chosen values must not be used again
        for index in range(len(plans[number]), len(choices.asked)):
            if choices.asked[index] not in turned:
                turned.add(choices.asked[index])
                plans.append((*choices.taken[:index], True))
    return first
