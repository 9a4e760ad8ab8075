"""One request from beginning to end: import the module, then trace one target after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

from jaxlint.tracing.protocol import Event, Request, Started, Traced
from jaxlint.tracing.worker.calling import caller_for
from jaxlint.tracing.worker.explore import Explorer
from jaxlint.tracing.worker.importing import import_module
from jaxlint.tracing.worker.makers import PROJECT
from jaxlint.tracing.worker.patches import patched
from jaxlint.tracing.worker.places import Files
from jaxlint.tracing.worker.reached import Reached
from jaxlint.tracing.worker.recorder import Recorder
from jaxlint.tracing.worker.registry import Registry, watched


class Current:
    """Holds the recorder of the target that is being traced."""

    def __init__(self, files: Files) -> None:
        self.recorder = Recorder(files)

    def get(self) -> Recorder:
        """The recorder that problems go to now."""
        return self.recorder

    def renew(self, *, is_sure: bool = True) -> Recorder:
        """Start a new recorder, and return it."""
        self.recorder = Recorder(self.recorder.files, is_sure=is_sure)
        return self.recorder


def run(request: Request, send: Callable[[Event], None]) -> None:
    """Do what the request says; each event is sent when it happens."""
    sys.setrecursionlimit(10_000)
    files = Files(frozenset(request.files))
    current = Current(files)
    registry = Registry(files)
    PROJECT.places = request.makers
    reached = Reached(request.rows)
    with ExitStack() as stack:
        stack.enter_context(patched(current.get))
        stack.enter_context(watched(registry))
        with reached.watching():
            module, imported = import_module(
                request.module,
                request.path,
                request.roots,
                files,
                current.recorder,
                caller_for(current.get, registry.lanes),
            )
        send(type(imported)(imported.problems, imported.failure, imported.missing, reached.as_tuples()))
        if module is None:
            return
        explorer = Explorer(request, module, registry, current)
        for number in request.todo:
            send(Started(number))
            try:
                send(explorer.trace(number))
            except BaseException as error:  # noqa: BLE001 - whatever it is, the next target has its turn
                send(Traced(number, reason=f"{type(error).__name__}: {error}"))
