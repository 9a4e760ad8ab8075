"""Keeps what went wrong, and chooses values in the place of those that do not exist."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType

from jaxlint.tracing.protocol import Problem
from jaxlint.tracing.worker.places import Files

MAX_TURNS = 4
"""How often a test at one place comes out false before it turns: `while not done` must end as well."""

MAX_ASKED = 64
"""How often a test at one place is answered at all."""

MAX_MESSAGE = 600

_OURS = "__jaxlint_recorded__"


class EndlessLoop(BaseException):
    """Ends a run in which chosen values keep a loop going; no handler of the user's catches it."""


class TooLong(EndlessLoop):
    """Ends a run that takes too long, such as a training; what it has come to counts."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End what takes longer, as soon as Python has its turn."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TooLong(f"it takes longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(slots=True)
class Choices:
    """The outcomes of tests on tracers: those that are planned, then false; what was asked is kept."""

    plan: tuple[bool, ...] = ()
    asked: list[tuple[str, int]] = field(default_factory=list)
    taken: list[bool] = field(default_factory=list)

    def decide(self, place: tuple[str, int]) -> bool:
        """The outcome of one test."""
        number, before = len(self.asked), self.asked.count(place)
        if before >= MAX_ASKED:
            raise EndlessLoop(f"a loop at row {place[1]} does not end with chosen values")
        planned = number < len(self.plan)
        outcome = self.plan[number] if planned else before >= MAX_TURNS and before % 2 == 0
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
    is_strict: bool = False
    """Whether nothing is chosen: where JAX raises, the exception is the user's."""
    conversions: int = 0
    """How many values were chosen; if any, what was traced is not the user's program any more."""

    def note(self, error: BaseException, place: tuple[str, int] | None) -> None:
        """Keep an exception, once for each place."""
        if place is None or getattr(error, _OURS, False):
            return
        with contextlib.suppress(AttributeError, TypeError):
            setattr(error, _OURS, True)
        problem = describe(error, place, is_sure=self.is_sure, is_first=not self.conversions)
        self.problems.setdefault((*place, problem.error), problem)

    def note_traceback(self, error: BaseException) -> bool:
        """Keep an exception that ended a run; False where no line of the user's is to blame.

        After a value was chosen it may be the choice's fault, unless it speaks of tracing itself.
        """
        place = self.files.place(error.__traceback__)
        if not self.conversions or describe(error, ("", 0)).is_about_tracing:
            self.note(error, place)
        return place is not None

    def at(self, error: BaseException, frame: FrameType | None) -> tuple[str, int] | None:
        """Keep an exception raised for code of the user's; None where the program expects it."""
        user = self.files.frame(frame)
        if self.is_strict or user is None or self.files.is_guarded(user):
            return None
        place = (user.f_code.co_filename, user.f_lineno)
        self.note(error, place)
        self.conversions += 1
        return place


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a user's exception may fail to write itself
        return ""


def describe(
    error: BaseException, place: tuple[str, int], *, is_sure: bool = True, is_first: bool = True
) -> Problem:
    """An exception as a record: JAX's own class and message, without the part that explains the class."""
    message = _text(error).split("\nSee https://", 1)[0].strip()[:MAX_MESSAGE]
    bases = tuple(kind.__name__ for kind in type(error).__mro__)
    return Problem(
        place[0], place[1], type(error).__name__, message, bases, is_sure, _by_jax(error), is_first
    )


def _by_jax(error: BaseException) -> bool:
    """Whether the innermost frame is JAX's."""
    trace, name = error.__traceback__, ""
    while trace is not None:
        name, trace = trace.tb_frame.f_code.co_filename.replace("\\", "/"), trace.tb_next
    return "/jax/" in name or "/jaxlib/" in name
