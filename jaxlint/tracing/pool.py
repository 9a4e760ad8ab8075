"""Worker processes: one for each module, with limits on time and memory, and none left behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from jaxlint.tracing.protocol import (
    RUN_VARIABLE,
    Event,
    Finished,
    Imported,
    Ready,
    Request,
    Started,
    Traced,
    read_event,
)

OUTPUT_LIMIT = 64 * 1024 * 1024
"""Bytes that a worker may write into one file, its own output included."""

MAX_RESTARTS = 8
"""Workers that one module may use up, one for each function that ended one."""

START = 120.0
"""Seconds that Python and JAX may take to start on a busy machine."""

_LINE_LIMIT = 16 * 1024 * 1024
_GRACE = 5.0
_POLL = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use: seconds for the import and for each function, and gibibytes of memory."""

    seconds: float = 60.0
    gibibytes: float = 8.0


@dataclass(slots=True)
class Outcome:
    """What a module's workers said, and what happened to them.

    ``output`` is the end of what the user's code wrote.
    """

    request: Request
    imported: Imported | None = None
    traced: dict[int, Traced] = field(default_factory=dict)
    accident: str | None = None
    version: str | None = None
    output: str = ""


Progress = Callable[[int, int], None]


def run_all(
    requests: Sequence[Request], limits: Limits, jobs: int, progress: Progress | None = None
) -> list[Outcome]:
    """Run every request in workers of its own, at most ``jobs`` at a time; the order is kept."""
    if any(request.options.platform == "tpu" and request.options.wants_device for request in requests):
        jobs = 1  # a TPU belongs to one process at a time
    total = sum(len(request.todo) for request in requests)
    count = _Count(total, progress)
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as executor:
        return list(executor.map(lambda request: run_module(request, limits, count.step), requests))


class _Count:
    """Counts functions over all workers for the progress bar."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def step(self) -> None:
        """One more function is done."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def run_module(request: Request, limits: Limits, step: Callable[[], None] = lambda: None) -> Outcome:
    """Run one request; where a function ends the worker, another one goes on with the rest."""
    outcome = Outcome(request)
    todo = list(request.todo)
    for _ in range(MAX_RESTARTS):
        current, accident = _run_worker(replace(request, todo=tuple(todo)), limits, outcome, step)
        if accident is None:
            return outcome
        if current is None:
            outcome.accident = accident
            return outcome
        outcome.traced[current] = Traced(current, reason=accident)
        step()
        todo = [target for target in todo if target not in outcome.traced]
        if not todo:
            return outcome
    outcome.accident = f"gave up after {MAX_RESTARTS} workers"
    return outcome


def _run_worker(
    request: Request, limits: Limits, outcome: Outcome, step: Callable[[], None]
) -> tuple[int | None, str | None]:
    """Run one worker to its end; return the target that it was at, and what went wrong, if anything."""
    with tempfile.TemporaryDirectory(prefix="jaxlint-trace-") as folder:
        path = Path(folder)
        request.write(path / "request.json")
        with _worker(path, request, limits) as (process, events):
            current: int | None = None
            finished = False
            accident: str | None = None
            for event in _events(process, events, limits.seconds):
                if isinstance(event, Finished):
                    finished = True
                    break
                if isinstance(event, Ready):
                    outcome.version = event.version
                elif isinstance(event, Imported):
                    outcome.imported = event
                elif isinstance(event, Started):
                    current = event.target
                elif isinstance(event, Traced):
                    outcome.traced[event.target] = event
                    current = None
                    step()
                else:
                    what = "the import" if outcome.imported is None else "tracing"
                    accident = f"{what} took longer than {limits.seconds:g} s"
            if not finished and accident is None:
                accident = _ending(_wait(process))
        outcome.output = _tail(path / "stderr") or _tail(path / "stdout")
        if not finished and outcome.imported is None and current is None and accident:
            return None, accident
        return current, None if finished else accident


def _ending(code: int | None) -> str:
    if code is None:
        return "the process stopped answering"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"the process was ended by {name}"
    return f"the process left with exit code {code}"


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        return None


@contextlib.contextmanager
def _worker(path: Path, request: Request, limits: Limits) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a worker; whatever happens, it and all that it started are gone at the end."""
    reading, writing = os.pipe()
    run = uuid.uuid4().hex
    command = [sys.executable, "-m", "jaxlint.tracing.worker", str(path / "request.json"), str(writing)]
    try:
        with (path / "stdout").open("wb") as out, (path / "stderr").open("wb") as err:
            process = subprocess.Popen(  # noqa: S603 - the command is ours
                [*command, str(int(limits.gibibytes * 2**30)), str(OUTPUT_LIMIT)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=_environment(request, run),
                pass_fds=(writing,),
                start_new_session=True,
            )
        os.close(writing)
        writing = -1
        try:
            yield process, reading
        finally:
            _end(process, run)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


def _environment(request: Request, run: str) -> dict[str, str]:
    """Set what must be set before JAX is imported."""
    environment = dict(os.environ)
    environment[RUN_VARIABLE] = run
    if request.options.wants_device:
        # JAX takes what it finds; workers that run at a time share the memory of one GPU.
        environment.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    else:
        environment["JAX_PLATFORMS"] = "cpu"
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parent.parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    return environment


def _end(process: subprocess.Popen[bytes], run: str) -> None:
    """End a worker, its process group, and what it started outside of that."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pid in _marked(run):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _marked(run: str) -> Iterator[int]:
    """Processes that carry the mark of a run in their environment (where the system shows that)."""
    mark = f"{RUN_VARIABLE}={run}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue


def _events(process: subprocess.Popen[bytes], descriptor: int, seconds: float) -> Iterator[Event | None]:
    """Yield events until the worker ends or closes the pipe; None when it is silent for too long."""
    buffer = b""
    due = time.monotonic() + max(seconds, START)
    while True:
        wait = min(max(due - time.monotonic(), 0), _POLL)
        ready, _, _ = select.select([descriptor], [], [], wait)
        if not ready:
            # A process that the worker forked may hold the pipe open after it.
            if process.poll() is not None:
                return
            if time.monotonic() >= due:
                yield None
                return
            continue
        data = os.read(descriptor, 65536)
        if not data or len(buffer) > _LINE_LIMIT:
            return
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            event = read_event(line)
            if event is not None:
                due = time.monotonic() + seconds
                yield event


def _tail(path: Path, size: int = 2000) -> str:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - size, 0))
            return file.read().decode(errors="replace").strip()
    except OSError:
        return ""
