"""What parent and worker say to each other: one request as a JSON file, then a JSON line for each event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RUN_VARIABLE = "JAXLINT_TRACE_RUN"
"""Environment variable that marks every process that a worker starts, so that none is left behind."""


PARTIAL = "functools.partial"
"""Stands among the steps for arguments that are bound before; its options are words."""

LIKELY = "jaxlint.likely"
"""Stands there for the compilation by those who use the function."""


@dataclass(frozen=True, slots=True)
class Step:
    """A transformation to apply, with the options that are known."""

    transform: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the transformation's name."""
        return self.transform.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Arguments to try, as pairs of a keyword (or None) and a word, and where they come from.

    A word that is None is to be inferred. ``is_sure`` when somebody stated them; errors of guessed ones
    may be the guess's own. ``is_inner`` when they are those of the function itself, before ``vmap`` gives
    them an axis more.
    """

    source: str
    arguments: tuple[tuple[str | None, str | None], ...]
    is_sure: bool
    is_inner: bool = False
    steps: tuple[Step, ...] | None = None
    """The transformations of the function that was called so, where that is known."""
    receiver: str | None = None
    """The word for the object whose method was called so."""


@dataclass(frozen=True, slots=True)
class Target:
    """A function to trace: where its definition stands, how it is transformed, what to call it with."""

    name: str
    first: int
    row: int
    last: int
    outer: int | None
    """Index of the target that defines this one when it runs, or None at the top level."""
    owner: str | None = None
    """The class that a method belongs to."""
    receiver: str | None = None
    """The word for the object that a method is called on."""
    main: tuple[int, ...] = ()
    """For the main block in the place of a function: the rows whose statements are to be run."""
    steps: tuple[Step, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    is_entry: bool = False
    """Whether a transformation is applied to the function; others are only run for findings in them."""
    has_findings: bool = False
    """Whether a finding stands in it, or says that tracing starts there."""
    callers: tuple[int, ...] = ()
    """Indices of targets that call this one by its name."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to trace."""

    platform: str | None = None
    compile: bool = False
    measure: bool = True
    explorations: int = 12

    @property
    def wants_device(self) -> bool:
        """Whether workers may start JAX on other devices than the CPU."""
        return self.compile and self.platform not in {None, "cpu"}


@dataclass(frozen=True, slots=True)
class Request:
    """One module's work for a worker."""

    module: str
    path: str
    roots: tuple[str, ...]
    files: tuple[str, ...]
    rows: Mapping[str, Mapping[int, tuple[str, ...]]]
    """Rows with findings by file, each with the exceptions that JAX is expected to raise there."""
    targets: tuple[Target, ...]
    todo: tuple[int, ...]
    options: Options = field(default_factory=Options)
    scripts: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Module name and path of other files whose main blocks may use what this module defines.

    With them stand the modules that they import, and that in turn use this one.
    """
    makers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What gives objects of the project's classes, by their names, as ``module:qualified.name``."""

    def write(self, path: Path) -> None:
        """Put the request into a file for the worker."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def read_request(path: Path) -> Request:
    """Read the request that the parent wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    targets = tuple(_target(item) for item in data["targets"])
    return Request(
        module=data["module"],
        path=data["path"],
        roots=tuple(data["roots"]),
        files=tuple(data["files"]),
        rows={
            name: {int(row): tuple(raises) for row, raises in rows.items()}
            for name, rows in data["rows"].items()
        },
        targets=targets,
        todo=tuple(data["todo"]),
        options=Options(**data["options"]),
        scripts=tuple((module, file, tuple(via)) for module, file, via in data["scripts"]),
        makers={name: tuple(places) for name, places in data["makers"].items()},
    )


def _target(data: dict[str, Any]) -> Target:
    steps = tuple(Step(**step) for step in data.pop("steps"))
    attempts = tuple(map(_attempt, data.pop("attempts")))
    main, callers = tuple(data.pop("main")), tuple(data.pop("callers"))
    return Target(steps=steps, attempts=attempts, main=main, callers=callers, **data)


def _attempt(data: dict[str, Any]) -> Attempt:
    arguments = tuple((name, word) for name, word in data.pop("arguments"))
    steps = data.pop("steps")
    made = None if steps is None else tuple(Step(**step) for step in steps)
    return Attempt(arguments=arguments, steps=made, **data)


_TRACING_ERRORS = {"ConcretizationTypeError", "NonConcreteBooleanIndexError", "UnexpectedTracerError"}
_TRACING_WORDS = ("Tracer", "Traced<", "JAX arrays are immutable")


@dataclass(frozen=True, slots=True)
class Problem:
    """An exception of JAX (or of the user's code) at a line of the user's."""

    path: str
    row: int
    error: str
    message: str
    bases: tuple[str, ...] = ()
    is_sure: bool = True
    by_jax: bool = True
    """Whether JAX raised it, rather than a line of the user's own."""
    is_first: bool = True
    """Whether the program comes there by itself, not only after values were chosen."""

    @property
    def headline(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def is_about_tracing(self) -> bool:
        """Whether it says that a tracer stands where a value is needed, whatever that value is."""
        return not _TRACING_ERRORS.isdisjoint(self.bases) or any(
            word in self.message for word in _TRACING_WORDS
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """JAX is imported; from here on the user's code is what takes time."""

    version: str


@dataclass(frozen=True, slots=True)
class Imported:
    """The module was imported, perhaps with failures; ``missing`` names a module that was not found."""

    problems: tuple[Problem, ...] = ()
    failure: Problem | None = None
    missing: str | None = None
    reached: tuple[tuple[str, int, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """The worker turns to a target; if it dies now, this one is to blame."""

    target: int


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of one target.

    ``source`` and ``arguments`` tell what it was traced with; ``reason`` why it could not be.
    ``reached`` are the wanted rows that ran, each with whether a tracer was there.
    """

    target: int
    source: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    reason: str | None = None
    problems: tuple[Problem, ...] = ()
    reached: tuple[tuple[str, int, bool], ...] = ()
    measurement: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The worker has done all it was asked for."""


Event = Ready | Imported | Started | Traced | Finished

_KINDS: dict[str, type] = {kind.__name__: kind for kind in (Ready, Imported, Started, Traced, Finished)}


def write_event(event: Event) -> bytes:
    """Return an event as one line."""
    return json.dumps([type(event).__name__, asdict(event)], default=str).encode() + b"\n"


def read_event(line: bytes) -> Event | None:
    """Read an event; None for a line that is none, such as one cut short by a crash."""
    try:
        kind, data = json.loads(line)
        for name in ("problems",):
            if name in data:
                data[name] = tuple(_problem(item) for item in data[name])
        if data.get("failure") is not None:
            data["failure"] = _problem(data["failure"])
        for name in ("reached", "arguments"):
            if name in data:
                data[name] = tuple(tuple(item) for item in data[name])
        event: Event = _KINDS[kind](**data)
    except (ValueError, TypeError, KeyError):
        return None
    return event


def _problem(data: dict[str, Any]) -> Problem:
    return Problem(**{**data, "bases": tuple(data["bases"])})
