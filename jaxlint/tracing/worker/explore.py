"""Traces one target: finds arguments that fit, and follows both arms of each branch."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import time
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import jax
import jax.numpy as jnp

from jaxlint.tracing.measure import measure
from jaxlint.tracing.measure.call import Call
from jaxlint.tracing.measure.extrapolation import extrapolated
from jaxlint.tracing.protocol import Attempt, Problem, Request, Target, Traced
from jaxlint.tracing.signatures import parse_word
from jaxlint.tracing.worker import main, values
from jaxlint.tracing.worker.callables import Callables, Candidate
from jaxlint.tracing.worker.checks import checked
from jaxlint.tracing.worker.fitting import fitted
from jaxlint.tracing.worker.reached import Arguments, Given, Reached
from jaxlint.tracing.worker.recorder import Choices, EndlessLoop, Recorder, TooLong, limited
from jaxlint.tracing.worker.registry import Made, Registry
from jaxlint.tracing.worker.scaling import Scale, needed, scaled

if TYPE_CHECKING:
    from jaxlint.tracing.worker.run import Current

MAX_ITEMS = 8
"""Values of a generator, and functions in a result, that are looked at."""

PATIENCE = 15.0
"""Seconds after which no further guess is made for a target."""

FIRST = 5
"""Guesses that are tried before arrays are made to fit the objects beside them."""

RUN = 15.0
"""Seconds after which a run is ended, and counts as far as it came."""

DECORATOR = "decorator"
"""The source of arguments of tests that a decorator gives parameters."""

_ABSTRACT = frozenset({"jit", "pmap", "shard_map", "checkpoint", "remat"})
"""Transformations under which everything is abstract, so that nothing need be computed."""


@dataclass(slots=True)
class Run:
    """What one set of arguments gave.

    ``ended`` is the exception that ended the first run; ``fits`` tells whether the arguments are such as
    the function expects.
    """

    attempt: Attempt
    function: Callable[..., Any]
    reached: Reached
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ended: str | None = None
    fits: bool = False
    is_cut: bool = False
    """Whether it took too long, and was ended."""
    scale: Scale = field(default_factory=dict)
    """How long axes were made short, where the program would be huge."""


class Explorer:
    """Traces the targets of one module."""

    def __init__(
        self, request: Request, module: types.ModuleType, registry: Registry, current: Current
    ) -> None:
        self._request = request
        self._module = module
        self._registry = registry
        self._callables = Callables(request, module, registry)
        self._current = current
        self._places = frozenset((request.path, target.first) for target in request.targets)
        self._entered: dict[tuple[str, int], tuple[str, Arguments, Given]] = {}
        self._callers_run: set[int] = set()
        self._around: dict[int, list[Run]] = {}
        """The runs of functions for the sake of those inside."""

    def trace(self, number: int) -> Traced:
        """Trace one target with arguments of its own, and where these do not do by what the program does."""
        target = self._request.targets[number]
        if target.main:
            return self._main(number, self._request.path, target.main, self._module)
        answer = self._called(number, target)
        if answer.reason is not None and self._run_callers(target):
            answer = self._called(number, target)
        if answer.reason is not None and (seen := self._entered.get((self._request.path, target.first))):
            answer = replace(answer, source=seen[0], arguments=_told(seen[1]), reason=None)
        if self._is_settled(target, answer):
            return answer
        for module, path, rows in self._programs(target):
            shown = self._main(number, path, rows, module)
            came = any(target.first <= row <= target.last for _, row, _ in shown.reached)
            if answer.reason is not None and came:
                answer = replace(answer, source=shown.source, reason=None)
            reached = Reached.together([_seen(answer), _seen(shown)])
            problems = _distinct((*answer.problems, *shown.problems))
            answer = replace(answer, problems=problems, reached=reached)
            if self._is_settled(target, answer):
                break
        return answer

    def _run_callers(self, target: Target) -> bool:
        """Run what calls a target, once; tell whether one was run."""
        new = [index for index in target.callers if index not in self._callers_run]
        self._callers_run.update(new)
        for index in new:
            caller = self._request.targets[index]
            self._explore(caller, self._callables.of(caller))
        return bool(new)

    def _programs(self, target: Target) -> Iterator[tuple[types.ModuleType, str, tuple[int, ...]]]:
        """The main blocks that use a target, with the rows of the statements that do."""
        name, path = target.name.partition(".")[0], self._request.path
        if rows := main.rows_about(path, name):
            yield self._module, path, rows
        for module, script, between in self._request.scripts:
            found = main.rows_about(script, name, self._request.module)
            for other in between:
                found = found or main.rows_about(script, None, other)
            if rows := found:
                # A script that cannot be imported shows nothing.
                with contextlib.suppress(Exception, SystemExit):
                    yield importlib.import_module(module), script, rows

    def _is_settled(self, target: Target, answer: Traced) -> bool:
        """Whether each finding in a target that JAX can confirm is confirmed, or there is none."""
        shown = {one.row for one in answer.problems if one.path == self._request.path}
        wanted = self._request.rows.get(self._request.path, {})
        rows = {row for row, errors in wanted.items() if errors and target.first <= row <= target.last}
        return rows <= shown and (answer.reason is None or not target.has_findings)

    def _called(self, number: int, target: Target) -> Traced:
        """Trace with the first arguments that fit, or with all that somebody stated."""
        callables = self._callables.of(target)
        around: list[Run] = []
        if not callables and target.outer is not None:
            outer = self._request.targets[target.outer]
            if target.outer not in self._around:
                self._around[target.outer] = self._explore(outer, self._callables.of(outer))
            around = runs = self._around[target.outer]
            callables = self._callables.of(target)
            if not callables and runs:
                return self._answer(number, runs)
            if not any(run.fits and run.attempt.is_sure for run in runs):
                target = replace(target, attempts=tuple(map(_unsure, target.attempts)))
        if not callables:
            return Traced(number, reason="it is not reachable from the module")
        answer = self._answer(number, self._explore(target, callables))
        before = (problem for run in around if run.attempt.is_sure for problem in run.problems)
        return replace(answer, problems=_distinct((*answer.problems, *before)))

    def _main(self, number: int, path: str, rows: Sequence[int], module: types.ModuleType) -> Traced:
        reached = self._watch()
        with reached.watching():
            problems = main.run(module, path, rows, self._current.renew())
        return Traced(number, "main block", (), None, problems, reached.as_tuples())

    def _answer(self, number: int, runs: list[Run]) -> Traced:
        good = [run for run in runs if run.fits or run.attempt.is_sure]
        if not good:
            last = next((run.ended for run in reversed(runs) if run.ended), None)
            reason = "no arguments found" + (f" ({last})" if last else "")
            # What a static finding announces is believed even where the arguments do not fit otherwise.
            expected = [one for run in runs for one in run.problems if self._is_announced(one)]
            return Traced(number, reason=reason, problems=_distinct(expected))
        best = next((run for run in good if run.fits), good[0])
        return Traced(
            number,
            best.attempt.source,
            _told(best.attempt.arguments),
            None,
            _distinct(problem for run in good for problem in run.problems),
            Reached.together([run.reached for run in good]),
            self._measured(best),
        )

    def _measured(self, run: Run) -> dict[str, Any] | None:
        if run.ended is not None or run.is_cut or run.problems or not self._request.options.measure:
            return None
        call = Call(run.function, run.args, run.kwargs)
        self._current.renew().is_strict = True
        try:
            measured = measure(call, self._request.options, files=frozenset(self._request.files))
            return extrapolated(measured, call, run.scale) if run.scale else measured
        except Exception:  # noqa: BLE001 - what cannot be measured was traced all the same
            return None

    def _watch(self) -> Reached:
        return Reached(self._request.rows, self._places)

    def _explore(self, target: Target, callables: Iterable[Candidate]) -> list[Run]:
        """Run a target with the first arguments that fit; remember what functions in it were given."""
        runs = self._runs(target, callables)
        for run in runs:
            if run.fits or run.attempt.is_sure or not run.attempt.arguments:
                for place, arguments in run.reached.entered.items():
                    source = f"call in `{target.name.rpartition('.')[2]}`"
                    self._entered.setdefault(place, (source, arguments, run.reached.given[place]))
        return runs

    def _runs(self, target: Target, callables: Iterable[Candidate]) -> list[Run]:
        runs: list[Run] = []
        for attempt in (one for one in target.attempts if one.is_sure):
            runs += [self._run(*candidate, attempt) for candidate in self._callables.called(target, attempt)]
        if any(run.fits for run in runs):
            return runs
        seen = self._entered.get((self._request.path, target.first))
        if seen is not None:
            first = int(target.owner is not None)  # an object is made anew
            attempt = Attempt(seen[0], seen[1][first:], is_sure=False, is_inner=True)
            runs += [self._run(*one, attempt, seen[2][first:]) for one in list(callables)[-1:]]
            if any(run.fits for run in runs):
                return runs
        for function in self._callables.decorated(target):
            runs.append(self._run(function, None, Attempt(DECORATOR, (), is_sure=False)))
            if runs[-1].fits:
                return runs
        patience = time.monotonic() + PATIENCE
        guesses = [one for one in target.attempts if not one.is_sure]
        for candidate in callables:
            like_others = fitted(candidate[0], guesses, lambda: self._callables.held(target))
            for attempt in itertools.chain(guesses[:FIRST], _in_turn(guesses[FIRST:], like_others)):
                if runs and time.monotonic() > patience:
                    return runs
                told = (
                    self._callables.called(target, attempt)[:1] if attempt.steps is not None else [candidate]
                )
                runs += [self._run(*one, attempt) for one in told]
                if runs and runs[-1].fits:
                    break
        return runs

    def _run(
        self, function: Callable[..., Any], made: Made | None, attempt: Attempt, given: Given | None = None
    ) -> Run:
        """Run a function with the arguments of an attempt, or with values that were given to it elsewhere."""
        run = Run(attempt, function, self._watch())
        try:
            run.args, run.kwargs = self._arguments(attempt, made, given)
        except Exception as error:  # noqa: BLE001 - objects are made by the user's code
            run.ended = _headline(error)
            return run
        is_abstract = made is not None and made.transform in _ABSTRACT
        if self._request.options.measure:
            self._current.renew()
            run.scale = needed(function, run.args, run.kwargs, runs=not is_abstract)
            run.args, run.kwargs = scaled((run.args, run.kwargs), run.scale)
        recorder = self._current.renew(is_sure=attempt.is_sure)

        def arguments() -> tuple[tuple[Any, ...], dict[str, Any]]:
            # They may be donated, and are then gone: each run has its own.
            return cast("tuple[Any, Any]", scaled(self._arguments(attempt, made, given), run.scale))

        def once() -> None:
            if is_abstract:
                jax.eval_shape(lambda: _drop(function(*run.args, **run.kwargs)))
            else:
                args, kwargs = arguments()
                self._returned(function(*args, **kwargs))

        with run.reached.watching():
            try:
                with limited(RUN):
                    run.ended = follow(once, recorder, 1)
            except TooLong:
                run.is_cut = True
            run.problems = list(recorder.problems.values())
            run.fits = (run.ended is None or bool(run.problems)) and all(map(self._is_expected, run.problems))
            if (run.fits or attempt.is_sure) and not run.is_cut:
                follow(once, recorder, self._request.options.explorations)
                run.problems = list(recorder.problems.values())
                run.problems += checked(
                    function, arguments, self._request.rows, recorder, self._registry.lanes
                )
        return run

    def _returned(self, result: Any) -> None:
        """Take note of functions that a function returns, and run a generator for a while."""
        if isinstance(result, types.GeneratorType):
            result = list(itertools.islice(result, MAX_ITEMS))
        for leaf in jax.tree_util.tree_leaves(result)[:MAX_ITEMS]:
            if callable(leaf):
                self._registry.found(leaf)

    def _arguments(
        self, attempt: Attempt, made: Made | None, given: Given | None = None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if given is None:
            words = [(name, parse_word(word)) for name, word in attempt.arguments if word is not None]
            given = tuple((name, values.make(word)) for name, word in words)
        args = tuple(values.concrete(value) for name, value in given if name is None)
        kwargs = {name: values.concrete(value) for name, value in given if name is not None}
        if attempt.is_inner:
            for layer in self._callables.layers(made):
                lanes = jax.local_device_count() if layer.transform == "pmap" else 2
                args = tuple(_batched(value, _axis(layer, index), lanes) for index, value in enumerate(args))
                kwargs = {name: _batched(value, 0, lanes) for name, value in kwargs.items()}
        return args, kwargs

    def _is_expected(self, problem: Problem) -> bool:
        """Whether nothing but tracing itself went wrong."""
        return problem.is_about_tracing or self._is_announced(problem)

    def _is_announced(self, problem: Problem) -> bool:
        """Whether a static finding on that row announces such an exception."""
        expected = self._request.rows.get(problem.path, {}).get(problem.row, ())
        return any(name in problem.bases for name in expected)


def follow(once: Callable[[], None], recorder: Recorder, limit: int) -> str | None:
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
        except TooLong:
            raise
        except (KeyboardInterrupt, EndlessLoop):
            pass
        except BaseException as error:  # noqa: BLE001 - what the user's code raises is what we came for
            recorder.note_traceback(error)
            first = first or (_headline(error) if number == 0 else None)
        if recorder.conversions != before:
            jax.clear_caches()  # what was traced with chosen values must not be used again
        for index in range(len(plans[number]), len(choices.asked)):
            if choices.asked[index] not in turned:
                turned.add(choices.asked[index])
                plans.append((*choices.taken[:index], True))
    return first


def _in_turn(*many: Iterable[Attempt]) -> Iterator[Attempt]:
    """The first of each, then the second of each, as time may end before any is at its end."""
    return (one for together in itertools.zip_longest(*many) for one in together if one is not None)


def _headline(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}".rstrip(": ")


def _distinct(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """One problem for each place and class, those with stated arguments first."""
    found: dict[tuple[str, int, str], Problem] = {}
    for problem in sorted(problems, key=lambda one: not one.is_sure):
        found.setdefault((problem.path, problem.row, problem.error), problem)
    return tuple(found.values())


def _drop(_value: Any) -> None:
    """What a function returns is of no interest here."""


def _unsure(attempt: Attempt) -> Attempt:
    """Arguments for a function that closes over guessed values."""
    return replace(attempt, is_sure=False)


def _seen(answer: Traced) -> Reached:
    """The rows that an answer tells of."""
    return Reached({}, seen={(path, row): traced for path, row, traced in answer.reached})


def _told(arguments: Arguments) -> tuple[tuple[str, str], ...]:
    """Arguments as the parent is told."""
    return tuple((name or "", word or "?") for name, word in arguments)


def _axis(layer: Made, index: int) -> Any:
    axes = layer.options.get("in_axes", 0)
    if isinstance(axes, (tuple, list)):
        return axes[index] if index < len(axes) else 0
    return axes


def _batched(value: Any, axis: Any, lanes: int) -> Any:
    if not isinstance(axis, int):
        return value
    return jax.tree_util.tree_map(lambda leaf: jnp.stack([jnp.asarray(leaf)] * lanes, axis=axis), value)
