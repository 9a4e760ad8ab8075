"""Keeps what went wrong, and chooses values in the place of those that do not exist."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from types import FrameType

from jaxlint.tracing.protocol import Problem
from jaxlint.tracing.worker.places import Files

MAX_TURNS = 3
"""How often a test at one place may come out true before it is false for good: loops must end."""

MAX_MESSAGE = 600

_OURS = "__jaxlint_recorded__"


@dataclass(slots=True)
class Choices:
    """The outcomes of tests on tracers: those that are planned, then false; what was asked is kept."""

    plan: tuple[bool, ...] = ()
    asked: list[tuple[str, int]] = field(default_factory=list)
    taken: list[bool] = field(default_factory=list)

    def decide(self, place: tuple[str, int]) -> bool:
        """The outcome of one test."""
        number = len(self.asked)
        outcome = self.plan[number] if number < len(self.plan) else False
        if (
            outcome
            and sum(self.taken[i] for i, asked in enumerate(self.asked) if asked == place) >= MAX_TURNS
        ):
            outcome = False
        self.asked.append(place)
        self.taken.append(outcome)
        return outcome


@dataclass(slots=True)
class Recorder:
    """The problems of one target."""

    files: Files
    problems: dict[tuple[str, int, str], Problem] = field(default_factory=dict)
    choices: Choices = field(default_factory=Choices)
    is_sure: bool = True
    conversions: int = 0
    """How many values were chosen; if any, what was traced is not the user's program any more."""

    def note(self, error: BaseException, place: tuple[str, int] | None) -> None:
        """Keep an exception, once for each place."""
        if place is None or getattr(error, _OURS, False):
            return
        with contextlib.suppress(AttributeError, TypeError):
            setattr(error, _OURS, True)
        # What goes wrong after a value was chosen may be the choice's fault.
        is_sure = self.is_sure and (not self.conversions or is_about_tracing(error))
        problem = describe(error, place, is_sure=is_sure)
        self.problems.setdefault((*place, problem.error), problem)

    def note_traceback(self, error: BaseException) -> bool:
        """Keep an exception that ended a run; False where no line of the user's is to blame."""
        place = self.files.place(error.__traceback__)
        self.note(error, place)
        return place is not None

    def at(self, error: BaseException, frame: FrameType | None) -> tuple[str, int] | None:
        """Keep an exception raised for code of the user's; None where the program expects it."""
        user = self.files.frame(frame)
        if user is None or self.files.is_guarded(user):
            return None
        place = (user.f_code.co_filename, user.f_lineno)
        self.note(error, place)
        self.conversions += 1
        return place


_ABOUT_TRACING = ("ConcretizationTypeError", "NonConcreteBooleanIndexError", "UnexpectedTracerError")


def is_about_tracing(error: BaseException) -> bool:
    """Whether an exception says that a tracer stands where a value is needed."""
    return any(kind.__name__ in _ABOUT_TRACING for kind in type(error).__mro__) or "Tracer" in str(error)


def describe(error: BaseException, place: tuple[str, int], *, is_sure: bool = True) -> Problem:
    """An exception as a record: JAX's own class and message, without the part that explains the class."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a user's exception may fail to write itself
        message = ""
    message = message.split("\nSee https://", 1)[0].strip()[:MAX_MESSAGE]
    bases = tuple(kind.__name__ for kind in type(error).__mro__)
    return Problem(place[0], place[1], type(error).__name__, message, bases, is_sure)
