"""Imports go one way: from the command line down to the records, never up and never in circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "jaxlint"

_READING = {"errors", "diagnostics", "catalogue", "options", "config", "source", "files", "relevance"}
_MEANING = {
    "syntax",
    "knowledge",
    "project",
    "values",
    "inspection",
    "indexing",
    "leaves",
    "events",
    "interpreter",
}
_FINDING = {"locate", "edits", "checks"}
_SHOWING = {"errors", "diagnostics", "catalogue", "config", "files", "engine", "__init__", "output"}

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "diagnostics": set(),
    "catalogue": {"errors", "diagnostics"},
    "options": {"errors", "diagnostics", "catalogue"},
    "config": {"errors", "diagnostics", "catalogue", "options"},
    "source": {"errors", "diagnostics"},
    "knowledge": set(),
    "relevance": {"knowledge"},
    "roots": set(),
    "exclusions": {"errors", "config", "options", "roots"},
    "files": {"errors", "config", "roots", "exclusions"},
    "syntax": set(),
    "edits": {"syntax"},
    "locate": {"diagnostics", "source", "syntax", "edits"},
    "traced": set(),
    "requirements": {"knowledge"},
    "project": {"syntax"},
    "values": {"syntax", "knowledge"},  # the dtypes that the tables speak of are part of a value
    "display": {"values", "knowledge"},
    "inspection": {"values"},
    "indexing": {"values", "knowledge"},
    "leaves": {"values", "knowledge"},
    "events": {"syntax", "values", "knowledge"},
    "interpreter": _MEANING - {"interpreter"},
    # Which conversions raise for which tracer is a table that the interpreter need not have applied.
    "checks": {"diagnostics", "edits"} | _MEANING - {"project", "interpreter"},
    "calls": {"syntax", "knowledge", "values", "traced", "interpreter"},
    "analysis": _READING | _MEANING | _FINDING | {"traced", "calls", "requirements"},
    "report": _READING - {"relevance"},
    "fixing": {"diagnostics", "source"},
    "engine": {"diagnostics", "config", "files", "source", "analysis", "report", "traced"},
    "repair": {"diagnostics", "files", "source", "analysis", "engine", "fixing"},
    "__init__": {"config", "diagnostics", "engine"},
    "output": {"diagnostics", "catalogue"},
    # The worker is another program: what it shares with its parent is the language between them.
    "tracing.shared": set(),
    "tracing.measure": {"tracing.shared"},
    "tracing.worker": {"tracing.shared", "tracing.measure", "knowledge"},
    "tracing.recording": {"tracing.shared"},
    "tracing": _READING | {"traced", "output", "knowledge", "tracing.shared"},
    "session": _SHOWING | {"source", "repair", "tracing"},
    "command": set(),
    "cli": _SHOWING | {"session", "command"},
    "flake8_plugin": _SHOWING,
    "lsp": _SHOWING | {"fixing"},
    "__main__": {"cli"},
}
"""What each module or folder may import besides its own folder; the lowest first."""

_LIBRARIES_UNDER_STUDY = {"jax", "jaxlib", "numpy", "scipy", "flax", "optax", "equinox", "haiku", "numpyro"}


_SHARED = {"protocol", "signatures", "words", "laws", "model"}
_WITH_JAX = {"worker", "measure", "recording"}
"""Modules that the programs of the tracing mode share; folders that run in the user's programs."""


_RUNNING = {f"tracing.{folder}" for folder in _WITH_JAX}


def unit(path: Path) -> str:
    """The row of the table that a file belongs to."""
    return _row(*(part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts))


def _row(head: str, part: str = "", *_: str) -> str:
    """The row of a module by the parts of its name; the folder `tracing` has several."""
    if head != "tracing":
        return head
    return "tracing.shared" if part in _SHARED else f"tracing.{part}" if part in _WITH_JAX else head


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            assert node.module is not None
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def first_party(name: str) -> str | None:
    """The row of the table that a dotted name belongs to; None for other packages."""
    package, _, rest = name.partition(".")
    if package != "jaxlint":
        return None
    head = rest.partition(".")[0]
    return _row(*rest.split(".")) if head in ALLOWED or (PACKAGE / head).is_dir() else "__init__"


FILES = [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path in sorted(PACKAGE.rglob("*.py"))]


def test_the_table_has_no_circles() -> None:
    """Each row imports only rows above it."""
    rows = list(ALLOWED)
    for number, (row, below) in enumerate(ALLOWED.items()):
        assert below <= set(rows[:number]), row


@pytest.mark.parametrize("path", FILES)
def test_imports_follow_the_table(path: Path) -> None:
    """Imports inside functions and for types only count as well."""
    mine = unit(path)
    assert mine in ALLOWED, f"{mine} has no row in the table"
    wrong = [
        f"{path}:{line}: {mine} imports {target}"
        for line, name in imported(path)
        if (target := first_party(name)) not in {None, mine} and target not in ALLOWED[mine]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "path",
    [param for param in FILES if unit(Path(str(param.values[0]))) not in _RUNNING],
)
def test_the_static_analysis_imports_no_library_under_study(path: Path) -> None:
    """It works where JAX is not installed, and starts fast where it is."""
    wrong = [name for _, name in imported(path) if name.partition(".")[0] in _LIBRARIES_UNDER_STUDY]
    assert wrong == []
