"""Every fixture program: what jaxlint reports on it, and what the real JAX says to it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import fixtures
from support.displays import disagreement, short_name, split
from support.fixtures import Case, Program

CASES = fixtures.collect()

RULES = Path(__file__).parents[1] / "rules"


@pytest.fixture(scope="module")
def raises() -> dict[str, str]:
    """The exception that each rule's page announces."""
    return {
        page.stem: match[1]
        for page in RULES.glob("JAX*.md")
        if (match := re.search(r"^raises: (\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE))
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fixture_lints(case: Case, tmp_path: Path) -> None:
    """The diagnostics start on the marked lines, have the marked codes, and there are no others."""
    from jaxlint.catalogue import catalogue
    from jaxlint.config import Config
    from jaxlint.diagnostics import Level
    from jaxlint.engine import check_paths

    target = case.write(tmp_path)
    # A project may come with a configuration of its own; around a lone file there must be none, but that it
    # asks for the rules that it is about where they are off otherwise.
    named = {code for _, _, code in case.expected()}.union(*(one.cleared for one in case.programs))
    asked = {code for code in named if catalogue()[code].level is Level.INFO}
    config = None if case.is_project else Config(select=("DEFAULT", *sorted(asked)))
    found = {
        (d.span.path.resolve().relative_to(tmp_path.resolve()).as_posix(), d.span.start.row, d.code)
        for d in check_paths([target], config)
    }

    assert found == case.expected()


ENOUGH = 6
COUNTED = re.compile("JAX(1|5|7[01]|8|9)")


def test_each_rule_has_wrong_and_right_lines() -> None:
    """Programs show each rule at work, and what only looks as if it should be reported, often enough."""
    from jaxlint.catalogue import catalogue

    programs = [program for case in CASES for program in case.programs]
    wrong = Counter(code for one in programs for mark in one.markers.values() for code in mark.codes)
    right = Counter(code for one in programs for code in one.cleared)

    codes = [code for code in catalogue() if COUNTED.match(code)]
    assert len(codes) == 37
    assert {code: wrong[code] for code in codes if wrong[code] < ENOUGH} == {}
    assert {code: right[code] for code in codes if right[code] < ENOUGH} == {}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fixture_runs(case: Case, raises: dict[str, str]) -> None:
    """The real JAX raises on the marked lines what their rules announce, and nothing elsewhere."""
    trees = [program.tree for program in case.programs]
    for library in ("jax", *fixtures.libraries(*trees)):
        pytest.importorskip(library, reason=f"{library} is not installed")

    assert fixtures.disagreements(case, fixtures.run(case), raises) == []


def case_of(text: str) -> Case:
    """A fixture of one file that is not on disk."""
    path = Path("made_up.py")
    return Case("made_up", path, (Program(path, text),))


RAISES = {"JAX201": "TypeError", "JAX203": "none"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[][0]\n", "made_up.py:1 raised IndexError, which no marker announces"),
        ("def f():\n    ()[0] = 1\n#: f()\n", "made_up.py:2 raised TypeError, which no marker"),
        ("def f():\n    return 1  # JAX203\n", "the fixture calls nothing"),
        ("def f():\n    return 1  # JAX203\n#: 1\n", "made_up.py:2 has a marker and was not reached"),
        ("def f():\n    return 1  # JAX201\n#: f()\n", "made_up.py:2 raised none, not TypeError"),
        ("def f():\n    return [][0]  # JAX201\n#: f()\n", "made_up.py:2 raised IndexError, not"),
        ("def f(): pass\n#: f(1)\n", "TypeError outside of the fixture"),
        ("def f(x):\n    reveal(x)  # value: static 2\n#: f(3)\n", "made_up.py:2 is not `static 2`"),
        ("def f(x):\n    reveal(x)  # value: static 2\n#: 1\n", "made_up.py:2 reveals a value and was"),
    ],
)
def test_runner_sees_broken_promises(text: str, problem: str) -> None:
    """A fixture whose markers are wrong does not pass."""
    pytest.importorskip("jax")
    case = case_of(text)

    problems = fixtures.disagreements(case, fixtures.run(case), RAISES)

    assert any(found.startswith(problem) for found in problems), problems


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    x[0] = 1  # JAX201\n\nif __name__ == '__main__':\n    f(())\n    f(())\n",
        "def f(x):\n    return x.pop()  # JAX201 JAX203 -> IndexError\n#: f([])\n",
        "@id  # JAX203\ndef f(x):\n    pass\n#: 1\n",
        "def f(x):\n    if x:\n        pass\n    elif 1:  # JAX203\n        pass\n#: f(0)\n",
        "#: for n in range(3):\n#:     reveal(n)\n",
        "def f(x):\n    reveal(\n        x\n    )  # value: static 2 | static 3\n#: f(2), f(3)\n",
    ],
)
def test_runner_accepts_kept_promises(text: str) -> None:
    """A fixture that does what its markers say passes."""
    pytest.importorskip("jax")
    case = case_of(text)

    assert fixtures.disagreements(case, fixtures.run(case), RAISES) == []


@pytest.mark.parametrize(
    ("display", "value"),
    [
        ("unknown", object()),
        ("static", "abc"),
        ("static 3", 3),
        ("static 'a | b' <- constant", "a | b"),
        ("static bool", True),
        ("static None | static 3", 3),
        ("tuple(static 3, list(static 'x,y'))", (3, ["x,y"])),
        ("tuple[static int]", (1, 2)),
        ("dict{'w': static 1, 'b': tuple()}", {"w": 1, "b": ()}),
        ("dict[static int]", {"w": 1}),
        ("set[static int]", {1}),
        ("iterator[static int]", iter([1])),
        ("function split", split),
        ("class Path", Path),
        ("instance Case", CASES[0]),
        ("library pathlib.Path", Path),
    ],
)
def test_display_agrees(display: str, value: object) -> None:
    """A display agrees with a value that it describes."""
    pytest.importorskip("jax")

    assert disagreement(display, value) is None


@pytest.mark.parametrize(
    ("display", "value", "problem"),
    [
        ("static 3", 4, "it is 4"),
        ("static int", True, "its type is bool"),
        ("array f32[3]", 3.0, "its level is static (float)"),
        ("tuple(static 3)", (3, 3), "it has 2 elements"),
        ("list(static 3)", [4], "element 0: it is 4"),
        ("dict{'w': static 1}", {"b": 1}, "its keys are 'b'"),
        ("function split", short_name, "it is the function short_name"),
        ("nonsense", 3, "`nonsense` is no display"),
    ],
)
def test_display_disagrees(display: str, value: object, problem: str) -> None:
    """A display that does not describe a value says what the value is instead."""
    pytest.importorskip("jax")

    assert disagreement(display, value) == problem


def test_display_of_arrays() -> None:
    """Level, dtype and known dimensions of an array are compared; unknown ones are not."""
    jax = pytest.importorskip("jax")
    problems: list[str | None] = []

    def note(*displays: str) -> Any:
        def total(x: Any) -> Any:
            problems.extend(disagreement(each, x) for each in displays)
            return x.sum()

        return total

    x = jax.numpy.ones((2, 3))
    jax.jit(note("traced f32[2,3]", "traced ?[...]", "array f32[2,3]"))(x)
    jax.grad(note("grad f32[?,3]", "grad tree", "traced f32[2,3]"))(x)
    jax.vmap(note("traced f32[3]", "traced f32[2,3]"))(x)
    problems += [disagreement("array i32[2,3]", x), disagreement("array key[]", jax.random.key(0))]

    assert problems == [
        None,
        None,
        "its level is traced (DynamicJaxprTracer)",
        None,
        None,
        "its level is grad (LinearizeTracer)",
        None,
        "its shape is (3,)",
        "its dtype is f32",
        None,
    ]


def test_project_runs(tmp_path: Path) -> None:
    """The modules of a project import each other; markers count in every file."""
    pytest.importorskip("jax")
    files = {
        "toy/__init__.py": "from .steps import step\n",
        "toy/steps.py": "from . import tables\n\ndef step(x):\n    return tables.clear(x)\n",
        "toy/tables.py": "def clear(x):\n    x[0] = 0  # JAX201\n    return x\n",
        "train.py": "from toy import step\n\nif __name__ == '__main__':\n    step((1, 2))\n",
        "pyproject.toml": "",
    }
    root = tmp_path / "projects" / "toy_project"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    (case,) = fixtures.collect(tmp_path)
    record = fixtures.run(case)
    copied = case.write(tmp_path / "copy")

    assert case.expected() == {("toy/tables.py", 2, "JAX201")}
    assert fixtures.disagreements(case, record, RAISES) == []
    assert fixtures.disagreements(case, record, {"JAX201": "ValueError"}) == [
        "tables.py:2 raised TypeError, not ValueError"
    ]
    assert sorted(p.relative_to(copied).as_posix() for p in copied.rglob("*.*")) == sorted(files)
    assert (copied / "toy/tables.py").read_text() == "def clear(x):\n    x[0] = 0\n    return x\n"
    assert "toy" not in sys.modules
