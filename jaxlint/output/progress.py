"""A progress bar for runs that take long enough to make a person wonder."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from typing_extensions import Self

PATIENCE = 1.0
"""Seconds that a run may take before a bar appears."""


class LateBar:
    """A bar on standard error that appears after a while and disappears at the end.

    It is called with the number of files done and of all files. Rich is imported only when the bar
    appears, so short runs do not pay for it.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        """Start the clock."""
        self._due = time.monotonic() + patience
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe the bar, however the run ended."""
        if self._bar is not None:
            self._bar[0].stop()

    @property
    def visible(self) -> bool:
        """Whether the bar has appeared."""
        return self._bar is not None

    def __call__(self, done: int, total: int) -> None:
        """Take note of the progress."""
        if self._bar is None and time.monotonic() >= self._due:
            self._bar = self._start()
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=done, total=total)

    def _start(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        progress.start()
        return progress, progress.add_task("Checking", total=None)
