"""When things happen while the program is run: what is made, what is sent to a device, what is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from jaxlint.interpreter.conditions import Guard
from jaxlint.interpreter.functions import enclosing_function
from jaxlint.syntax.nodes import Code, Node
from jaxlint.values import Place

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame


@dataclass(frozen=True, slots=True)
class Made:
    """When a function was defined or a transformation applied, in which function and on which path of it."""

    time: int
    code: Code
    guards: tuple[Guard, ...]


@dataclass(slots=True, eq=False)
class Timeline:
    """A counter of what happens, and the last time at which something happened."""

    now: int = 0
    made: dict[Node, Made] = field(default_factory=dict)
    dispatched: int = 0
    dispatch: Place | None = None
    waited: int = 0

    def tick(self) -> int:
        """One step further."""
        self.now += 1
        return self.now

    def make(self, frame: Frame, node: Node) -> None:
        """A function is defined, or a transformation applied, by ``node``.

        A module is run once, even if it is in a loop that something of it is first wanted.
        """
        if not frame.trace.stage and (frame.loops or enclosing_function(frame) is not None):
            self._note(node, Made(self.tick(), frame.code, frame.guards))

    def _note(self, node: Node, made: Made) -> None:
        self.made.pop(node, None)  # so that the latest stand last
        self.made[node] = made

    def since(self, start: int) -> Happened:
        """What has happened after ``start``."""
        if self.now == start:
            return NOTHING
        recent = takewhile(lambda item: item[1].time > start, reversed(self.made.items()))
        made = tuple(reversed(tuple(recent)))
        dispatch = self.dispatch if self.dispatched > max(start, self.waited) else None
        return Happened(made, dispatch, is_waited_for=self.waited > start)

    def again(self, happened: Happened) -> None:
        """The same happens once more, because a function is called whose result is remembered."""
        for node, one in happened.made:
            self._note(node, Made(self.tick(), one.code, one.guards))
        if happened.is_waited_for:
            self.waited = self.tick()
        if happened.dispatch is not None:
            self.dispatched, self.dispatch = self.tick(), happened.dispatch


@dataclass(frozen=True, slots=True)
class Happened:
    """What a call brought about; ``dispatch`` is the last that it has not waited for."""

    made: tuple[tuple[Node, Made], ...] = ()
    dispatch: Place | None = None
    is_waited_for: bool = False


NOTHING = Happened()
