"""The parts of the tracing mode that need no JAX: words, functions, guesses, arguments, verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.diagnostics import Position, Span
from jaxlint.traced import Application, FunctionCall
from jaxlint.tracing.arguments import Sources, attempts
from jaxlint.tracing.functions import FunctionInfo, functions
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import (
    Attempt,
    Imported,
    Problem,
    Request,
    Step,
    Target,
    Traced,
    read_event,
    read_request,
    write_event,
)
from jaxlint.tracing.record import read_records
from jaxlint.tracing.signatures import SignatureError, parse_signature, parse_word
from jaxlint.tracing.verdicts import evidence, judged, unexplained

WORDS = [
    "f32[8,3]",
    "i32[]",
    "key",
    "key[4]",
    "numpy:f64[2]",
    "static:3",
    "static:'relu'",
    "None",
    "-1.5",
    "ref:jax.nn.relu",
    "new:pkg.mod.Net",
    "new:pkg.mod.Net(3, width=f32[2])",
    "(f32[3],)",
    "[key, (1, 2)]",
    "{'w': f32[3,2], 'static:': numpy:i32[4]}",
]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_written_as_it_is_read(word: str) -> None:
    """Reports show what users can write."""
    assert str(parse_word(word)) == word


@pytest.mark.parametrize(
    "word", ["f99[3]", "f32[-1]", "f32[x]", "print(1)", "static:x", "", "f32[3", "numpy:key"]
)
def test_what_is_no_word_is_refused(word: str) -> None:
    """Nothing is evaluated, and the message quotes the word."""
    with pytest.raises(SignatureError, match="`"):
        parse_word(word)


def test_words_are_split_outside_of_brackets() -> None:
    """A signature has one word for each argument, by position or name."""
    parsed = parse_signature("f32[8,3], (key, 1), n=static:3")
    assert [(name, str(word)) for name, word in parsed] == [
        (None, "f32[8,3]"),
        (None, "(key, 1)"),
        ("n", "static:3"),
    ]


TEXT = """
import jax

@jax.jit  # jaxlint: trace(f32[8,3], key)
def commented(x, key):
    def inner(y):
        return y
    return inner(x)

class Net:
    def __call__(self, x, *, train):
        return x

    @staticmethod
    def scale(x, factor=2.0):
        return x

square = jax.jit(lambda x: x * x)
"""


def by_name(text: str) -> dict[str, FunctionInfo]:
    """The functions of a text."""
    return {info.name: info for info in functions(text)}


def test_functions_are_found_with_their_rows() -> None:
    """Names are qualified, rows include decorators, methods know their class and nested ones their outer."""
    found = by_name(TEXT)
    assert list(found) == ["commented", "commented.<locals>.inner", "Net.__call__", "Net.scale", "<lambda>"]
    assert (found["commented"].first, found["commented"].row) == (4, 5)
    assert found["commented.<locals>.inner"].outermost is found["commented"]
    assert [arg.arg for arg in found["Net.__call__"].required] == ["x"]
    assert [arg.arg for arg in found["Net.__call__"].required_keywords] == ["train"]
    assert [arg.arg for arg in found["Net.scale"].required] == ["x"]


def tried(text: str, config: Config | None = None, *calls: FunctionCall, **recorded: object) -> list[Attempt]:
    """What is tried for the first function of a text in the module `mod`."""
    records = {name.replace("__", ":"): value for name, value in recorded.items()}
    return list(attempts(functions(text)[0], calls, Sources(config or Config(), ("mod",), records)))


def words(attempt: Attempt) -> list[str | None]:
    """The words of an attempt."""
    return [word for _, word in attempt.arguments]


def call(*arguments: str | None, application: Application | None = None) -> FunctionCall:
    """A call by position."""
    applications = () if application is None else (application,)
    return FunctionCall(Path("mod.py"), "f", 1, applications, tuple((None, word) for word in arguments))


def test_sources_of_arguments_have_an_order() -> None:
    """Configuration before comment before recorded calls before call sites before guesses."""
    text = "def f(x):  # jaxlint: trace(f32[1])\n    return x\n"
    plain = "def f(x):\n    return x\n"
    config = Config(trace={"mod:f": {"args": ("f32[2]",)}})
    recorded = {"calls": [{"arguments": [[None, "f32[3]"]]}]}
    assert [(one.source, *words(one)) for one in tried(text, config)] == [("configuration", "f32[2]")]
    assert [(one.source, *words(one)) for one in tried(text)] == [("comment", "f32[1]")]
    found = tried(plain, None, call("f32[4]"), mod__f=recorded)
    assert [(one.source, *words(one)) for one in found[:2]] == [
        ("recorded call", "f32[3]"),
        ("call site", "f32[4]"),
    ]
    assert all(one.source == "search" and not one.is_sure for one in found[2:])


def test_a_call_site_of_which_a_part_is_known_fills_guesses() -> None:
    """What a call tells is kept, the rest is guessed, and the guess is not sure."""
    first = tried("def f(x, y):\n    return x\n", None, call("f32[7]", None))[0]
    assert words(first) == ["f32[7]", "f32[3]"]
    assert not first.is_sure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(key): return jax.random.normal(key)", ["key"]),
        ("def f(seed): return jax.random.normal(seed)", ["key"]),
        ("def f(x):\n    n, d = x.shape", ["f32[3,3]"]),
        ("def f(x): return x[:, None, 0]", ["f32[3,3]"]),
        ("def f(x): return jnp.linalg.inv(x)", ["f32[3,3]"]),
        ("def f(p): return p['w'] @ p['b']", ["{'w': f32[3,3], 'b': f32[3]}"]),
        ("def f(layers):\n    for w, b in layers: pass", ["[(f32[3], f32[3],), (f32[3], f32[3],)]"]),
        ("def f(g, x): return g(x)", ["function", "f32[3]"]),
        ("def f(mode, x):\n    if mode == 'train': return x", ["'train'", "f32[3]"]),
        ("def f(n): return jnp.zeros((n, 2))", ["3"]),
        ("def f(x: Float[Array, 'b 3'], y: Float[Array, 'b']): pass", ["f32[3,3]", "f32[3]"]),
        ("def f(x: 'Int[Array, \"\"]', k: PRNGKeyArray): pass", ["i32[]", "key"]),
        ("def f(x: jax.Array, n: int, flag: bool | None): pass", ["f32[3]", "1", "True"]),
        ("def f(a: tuple[float, jax.Array]): pass", ["(f32[], f32[3],)"]),
    ],
)
def test_arguments_are_guessed_from_annotations_and_uses(text: str, expected: list[str]) -> None:
    """The first guess is what a reader of the function would try."""
    assert words(tried(text + "\n")[0]) == expected


def test_static_parameters_are_not_arrays() -> None:
    """A parameter that the transformation holds static gets a Python value."""
    application = Application("jax.jit", (("static_argnames", ("n",)),))
    found = tried("def f(x, n): return x\n", None, call(None, None, application=application))
    assert words(found[0]) == ["f32[3]", "static:2"]


def test_the_search_is_bounded() -> None:
    """However many parameters there are, a few dozen guesses are made."""
    names = ", ".join(f"a{number}" for number in range(30))
    assert len(tried(f"def f({names}): pass\n")) <= 24


def test_requests_and_events_survive_the_way(tmp_path: Path) -> None:
    """What is written is what is read, and a line that is no event is none."""
    target = Target(
        "f", 1, 2, 3, None, None, None, (), (Step("jax.jit"),), (Attempt("use", ((None, "key"),), False),)
    )
    rows = {"/m.py": {3: ("TypeError",)}}
    makers = {"State": ("m:new",)}
    request = Request("m", "/m.py", ("/",), ("/m.py",), rows, (target,), (0,), makers=makers)
    request.write(tmp_path / "request.json")
    assert read_request(tmp_path / "request.json") == request
    problem = Problem("/m.py", 3, "TypeError", "no", ("TypeError",))
    for event in (
        Imported((problem,)),
        Traced(0, "use", (("", "key"),), None, (problem,), (("/m.py", 3, True),)),
    ):
        assert read_event(write_event(event)) == event
    assert read_event(b'["Traced", {"tar') is None
    assert read_event(b"user output") is None


PATH = Path("/m.py")


def verdict(code: str, *traced: Traced, imported: Imported | None = None) -> str | None:
    """The verdict on a finding at row 3 of a module with one function."""
    target = Target("f", 1, 1, 5, None)
    request = Request("m", str(PATH), (), (), {}, (target,), (0,))
    outcome = Outcome(request, imported, {one.target: one for one in traced})
    span = Span(PATH, Position(3, 1), Position(3, 5))
    rule = catalogue()[code]
    names: dict[str, Any] = dict.fromkeys(
        "keyword source function what index container kind size reason release instead".split(), "x"
    )
    (found,) = judged([rule.diagnostic(span, **names)], evidence([outcome]))
    return found.verdict


BOOL = Problem(str(PATH), 3, "TracerBoolConversionError", "m", ("TracerBoolConversionError", "TypeError"))


def test_verdicts() -> None:
    """An exception confirms, a quiet run refutes, and what did not run says nothing."""
    assert verdict("JAX301", Traced(0, problems=(BOOL,))) == "confirmed"
    assert verdict("JAX301", Traced(0, reached=((str(PATH), 3, True),))) == "not reproduced"
    assert verdict("JAX301", Traced(0, reached=((str(PATH), 3, False),))) == "not reached"
    assert verdict("JAX301", Traced(0)) == "not reached"
    assert verdict("JAX301", Traced(0, reason="no arguments found")) == "no arguments found"
    assert verdict("JAX301", imported=Imported(failure=BOOL)) == "no arguments found"


def test_what_speaks_of_tracers_confirms_whatever_the_arguments_were() -> None:
    """A tracer has no hash, and a guess cannot be to blame; but no tracer says that a name is gone."""
    unhashable = Problem(
        str(PATH), 3, "TypeError", "unhashable type: 'DynamicJaxprTracer'", ("TypeError",), is_sure=False
    )
    assert verdict("JAX308", Traced(0, problems=(unhashable,))) == "confirmed"
    assert (
        verdict("JAX308", Traced(0, problems=(replace(unhashable, message="not callable"),))) != "confirmed"
    )
    bases = ("TracerBoolConversionError", "ConcretizationTypeError", "TypeError")
    assert verdict("JAX902", Traced(0, problems=(replace(BOOL, bases=bases),))) is None


def unexplained_rows(problem: Problem) -> list[int]:
    """Rows of the findings that tracing adds for one problem."""
    request = Request("m", str(PATH), (), (), {}, (), ())
    found = evidence([Outcome(request, None, {0: Traced(0, problems=(problem,))})])
    return [one.span.start.row for one in unexplained([], found, frozenset({PATH}))]


def test_only_sure_errors_of_jax_are_findings_of_their_own() -> None:
    """Guessed arguments, chosen values and the user's own exceptions make no JAX751."""
    assert unexplained_rows(BOOL) == [3]
    for doubt in ({"is_sure": False}, {"by_jax": False}, {"is_first": False}):
        values = {name: getattr(BOOL, name) for name in ("path", "row", "error", "message", "bases")}
        assert unexplained_rows(Problem(**{**values, **doubt})) == []


def test_records_are_read_from_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file beside the configuration counts; without one there are no records."""
    monkeypatch.chdir(tmp_path)
    assert read_records(tmp_path) == {}
    (tmp_path / ".jaxlint-trace.json").write_text(json.dumps({"m:f": {"calls": []}}), encoding="utf-8")
    assert read_records(tmp_path) == {"m:f": {"calls": []}}
