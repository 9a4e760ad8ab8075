"""Where arguments come from, in order: configuration, comment, records, call sites, annotations, use."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jaxlint.config import Config
from jaxlint.errors import ConfigError
from jaxlint.knowledge.samples import sample_of_type
from jaxlint.traced import PARTIAL, FunctionCall
from jaxlint.tracing.functions import FunctionInfo
from jaxlint.tracing.inference import guesses, parameter_names
from jaxlint.tracing.protocol import Attempt, Step
from jaxlint.tracing.signatures import ArrayWord, SignatureError, parse_signature, parse_word

MAX_CALLS = 4
"""Call sites, and recorded calls, of one function that are traced."""

CONFIGURATION, COMMENT, RECORDED, CALL_SITE = ("configuration", "comment", "recorded call", "call site")


_SAY_NOTHING = frozenset("typing collections jax jaxlib numpy chex jaxtyping builtins Any Array".split())
"""Modules and names whose types are either known otherwise or say nothing."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known about the functions of a module from outside of their own text.

    ``recorded`` are calls by ``module:function``; ``classes`` the names of the module's classes.
    """

    config: Config
    modules: tuple[str, ...]
    recorded: Mapping[str, Any]
    classes: frozenset[str] = frozenset()
    functions: Mapping[str, ast.FunctionDef] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)

    def names(self, info: FunctionInfo) -> list[str]:
        """What the configuration and the records may call a function."""
        return [f"{module}:{info.name.replace('.<locals>', '')}" for module in self.modules]

    @property
    def packages(self) -> frozenset[str]:
        """The packages that the module is part of or imports."""
        return frozenset(name.partition(".")[0] for name in (*self.modules, *self.imports.values()))

    def class_word(self, name: str) -> str | None:
        """The word for an object of a class that an annotation names."""
        if name in self.classes:
            return f"new:{self.modules[0]}.{name}"
        head, _, rest = name.partition(".")
        target = self.imports.get(head, "")
        if target.startswith(".") or target.partition(".")[0] in _SAY_NOTHING or not name[:1].isalpha():
            return None
        last = name.rpartition(".")[2]
        if target and (sample := sample_of_type(f"{target}.{rest}" if rest else target)):
            return sample
        is_class = target != "" and last[:1].isupper() and last not in _SAY_NOTHING
        return f"new:{target}{'.' if rest else ''}{rest}" if is_class else None


def attempts(info: FunctionInfo, calls: Sequence[FunctionCall], sources: Sources) -> tuple[Attempt, ...]:
    """Arguments to try for a function, the best first.

    What somebody states is all there is; where nobody does, there are calls, then guesses.
    """
    for name in sources.names(info):
        if name in sources.config.trace:
            return (_configured(name, sources.config.trace[name]["args"]),)
    if info.comment is not None:
        return (_commented(info.comment),)
    called = (*_recorded(info, sources), *_called(info, (call for call in calls if not call.is_likely)))
    return (*called, *_guessed(info, calls, sources))


def _configured(name: str, words: Iterable[str]) -> Attempt:
    try:
        return _stated(CONFIGURATION, ",".join(words))
    except SignatureError as error:
        raise ConfigError(f"trace: `{name}`: {error}") from None


def _commented(text: str) -> Attempt:
    try:
        return _stated(COMMENT, text)
    except SignatureError:
        return Attempt(COMMENT, ((None, text),), is_sure=True)  # the worker says what is wrong with it


def _stated(source: str, text: str) -> Attempt:
    return Attempt(source, tuple((name, str(word)) for name, word in parse_signature(text)), is_sure=True)


def _recorded(info: FunctionInfo, sources: Sources) -> Iterator[Attempt]:
    """Calls that `jaxlint record` saw."""
    records = [sources.recorded[name] for name in sources.names(info) if name in sources.recorded]
    calls = [
        tuple((name, word) for name, word in call["arguments"][_receivers(info, call) :])
        for one in records
        for call in one["calls"]
    ]
    usable = [call for call in dict.fromkeys(calls) if all(_is_word(word) for _, word in call)]
    for arguments in usable[:MAX_CALLS]:
        yield Attempt(RECORDED, arguments, is_sure=True)


def _receivers(info: FunctionInfo, call: Mapping[str, Any]) -> int:
    """How many arguments of a recorded call stand for ``self``."""
    arguments = call["arguments"]
    is_method = info.owner is not None and not info.is_static_method
    return int(is_method and bool(arguments) and str(arguments[0][1]).startswith("<"))


def _is_word(word: str | None) -> bool:
    try:
        parse_word(word or "")
    except SignatureError:
        return False
    return True


def _called(info: FunctionInfo, calls: Iterable[FunctionCall]) -> Iterator[Attempt]:
    """The calls in the project of which every argument is known."""
    needs_none = not info.required and not info.required_keywords
    known = [call for call in calls if call.arguments or needs_none or _bound(call)]
    complete = [call for call in known if all(word is not None for _, word in call.arguments)]
    distinct = {(call.arguments, call.applications, call.receiver): call for call in complete}
    for call in list(distinct.values())[:MAX_CALLS]:
        is_sure = call.is_exact and not _is_static_made_up(info, call)
        yield Attempt(
            CALL_SITE, call.arguments, is_sure=is_sure, steps=steps_of(call), receiver=call.receiver
        )


def _is_static_made_up(info: FunctionInfo, call: FunctionCall) -> bool:
    """Whether a static argument is known by its type alone, as a number of NumPy's is."""
    static = set(_static(info, [call]))
    names = [parameter.arg for parameter in info.parameters]
    return any(
        (name or "".join(names[index : index + 1])) in static
        and isinstance(parse_word(word or ""), ArrayWord)
        for index, (name, word) in enumerate(call.arguments)
    )


def steps_of(call: FunctionCall) -> tuple[Step, ...]:
    """The transformations of a call, as the worker is told."""
    return tuple(Step(one.transform, dict(one.options)) for one in call.applications)


def _bound(call: FunctionCall) -> tuple[tuple[str, object], ...]:
    """What a ``partial`` among the transformations holds."""
    return next((one.options for one in call.applications if one.transform == PARTIAL), ())


def _guessed(info: FunctionInfo, calls: Sequence[FunctionCall], sources: Sources) -> Iterator[Attempt]:
    static = frozenset(_static(info, calls))
    partly = [call.arguments for call in calls if call.arguments]
    held = {name for call in calls[:1] for name, _ in _bound(call)}
    for source, arguments in guesses(
        info, static, sources.class_word, held, sources.functions, sources.packages
    ):
        if partly:
            yield Attempt(source, _filled(arguments, partly[0]), is_sure=False, is_inner=True)
        yield Attempt(source, arguments, is_sure=False, is_inner=True)


def _filled(
    guess: tuple[tuple[str | None, str | None], ...], known: tuple[tuple[str | None, str | None], ...]
) -> tuple[tuple[str | None, str | None], ...]:
    """A guess with the words that a call site tells."""
    positional = [word for name, word in known if name is None]
    named = {name: word for name, word in known if name is not None}
    filled = []
    for index, (name, word) in enumerate(guess):
        told = named.get(name) if name is not None else None
        if name is None and index < len(positional):
            told = positional[index]
        filled.append((name, told or word))
    return tuple(filled)


def _static(info: FunctionInfo, calls: Iterable[FunctionCall]) -> Iterator[str]:
    """The parameters that some transformation of the function holds static."""
    names = parameter_names(info.node)
    for call in calls:
        for application in call.applications:
            options = dict(application.options)
            yield from _each(options.get("static_argnames"), str)
            for number in _each(options.get("static_argnums"), int):
                if -len(names) <= number < len(names):
                    yield names[number]


def _each(value: object, kind: type) -> list[Any]:
    return [item for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, kind)]
