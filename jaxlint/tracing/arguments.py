"""Where arguments come from, in order: configuration, comment, records, call sites, annotations, use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jaxlint.config import Config
from jaxlint.traced import FunctionCall
from jaxlint.tracing.functions import FunctionInfo
from jaxlint.tracing.inference import guesses
from jaxlint.tracing.protocol import Attempt
from jaxlint.tracing.signatures import SignatureError, parse_signature

MAX_CALLS = 4
"""Call sites of one function that are traced."""

CONFIGURATION, COMMENT, RECORDED, CALL_SITE, ANNOTATIONS, INFERRED, SEARCH = (
    "configuration",
    "comment",
    "recorded call",
    "call site",
    "annotations",
    "use",
    "search",
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known about the functions of a module from outside of its text."""

    config: Config
    module: str
    recorded: Mapping[str, Sequence[Mapping[str, object]]]


def attempts(info: FunctionInfo, calls: Sequence[FunctionCall], sources: Sources) -> tuple[Attempt, ...]:
    """Arguments to try for a function, the best first.

    What somebody states is all there is; where nobody does, there are call sites, then guesses.
    """
    del sources
    if info.comment is not None:
        return (_stated(COMMENT, info.comment),)
    called = list(_called(info, calls))
    return (*called, *_guessed(info))


def _stated(source: str, text: str) -> Attempt:
    try:
        pairs = parse_signature(text)
    except SignatureError:
        return Attempt(source, ((None, text),), is_sure=True)
    return Attempt(source, tuple((name, str(word)) for name, word in pairs), is_sure=True)


def _called(info: FunctionInfo, calls: Iterable[FunctionCall]) -> Iterator[Attempt]:
    """The calls in the project of which every argument is known."""
    known = [call for call in calls if call.arguments or not (info.required or info.required_keywords)]
    complete = [call for call in known if all(word is not None for _, word in call.arguments)]
    # A call that the analysis made up for want of one says nothing.
    for call in complete[:MAX_CALLS]:
        yield Attempt(CALL_SITE, call.arguments, is_sure=True)


def _guessed(info: FunctionInfo) -> Iterator[Attempt]:
    for source, arguments in guesses(info):
        yield Attempt(source, arguments, is_sure=False, is_inner=True)
