"""The style of every message: in the pages, and as the analyzer fills them in for the pages' own programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from support.blocks import Block, python_blocks

from jaxlint import check_source
from jaxlint.catalogue import Rule, catalogue
from jaxlint.diagnostics import Diagnostic

LONGEST = 110
RULES = list(catalogue().values())
BLOCKS = [block for rule in RULES for block in python_blocks(rule.code, rule.text)]
TRACED = ("JAX3", "JAX4")
"""Families that speak of traced values, and so must say why these are traced."""

LONG_NAMES = """\
import jax

@jax.jit
def f(first_argument_with_a_long_name, second_argument_with_a_long_name):
    if (
        first_argument_with_a_long_name + second_argument_with_a_long_name
        > first_argument_with_a_long_name * second_argument_with_a_long_name  # why
        + first_argument_with_a_long_name - second_argument_with_a_long_name
    ):
        return first_argument_with_a_long_name
    return second_argument_with_a_long_name
"""


@dataclass(frozen=True)
class Text:
    """A text that users read, with its longest length."""

    kind: str
    text: str
    longest: int = LONGEST


def faults(item: Text) -> Iterator[str]:
    """Say what in a text is against the style."""
    text = item.text
    outside = re.sub(r"`[^`]*`", "`x`", text)
    checks = {
        "is empty": not text.strip(),
        "has more than one line": "\n" in text,
        "has blanks at an end": text != text.strip(),
        "has two blanks in a row": "  " in outside,
        "ends with a period": text.endswith(".") and not text.endswith("..."),
        "shouts": "!" in outside,
        "has an odd number of backticks": text.count("`") % 2 == 1,
        "has empty backticks": "``" in text,
        # The title of a fix is an entry in an editor's menu.
        "starts with a letter of the wrong case": re.match(
            "[a-z]" if item.kind == "fix" else "[A-Z][a-z]", text
        ),
        f"is longer than {item.longest}": len(text) > item.longest,
    }
    yield from (f"{item.kind} {fault}: {text!r}" for fault, found in checks.items() if found)


def of_rule(rule: Rule) -> Iterator[Text]:
    """Give the templates of a rule."""
    # Names of users make a headline longer, so the template stays well below.
    yield Text("message", rule.message, 90)
    if rule.help is not None:
        yield Text("help", rule.help)


def of_diagnostic(diagnostic: Diagnostic) -> Iterator[Text]:
    """Give all texts of a diagnostic."""
    yield Text("message", diagnostic.message)
    yield from (Text("note", note.message, 160) for note in diagnostic.notes)
    if diagnostic.help is not None:
        yield Text("help", diagnostic.help, 160)
    if diagnostic.fix is not None:
        yield Text("fix", diagnostic.fix.message)


@cache
def found(text: str) -> tuple[Diagnostic, ...]:
    """Lint one program alone."""
    return tuple(check_source(text))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_templates(rule: Rule) -> None:
    """Message and help of a page keep the style."""
    assert [fault for text in of_rule(rule) for fault in faults(text)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_templates_quote_names(rule: Rule) -> None:
    """What stands for the user's code is in backticks, unless it is a word or number of our own."""
    ours = {
        "what",
        "release",
        "instead",
        "keyword",
        "index",
        "axis",
        "size",
        "container",
        "effect",
        "reason",
        "kind",
        "dtypes",
        "number",
        "equations",
        "limit",
        "crossing",
        "seconds",
        "array",
        "type",
        "entries",
        "aspect",
        "forms",
    }
    for template in filter(None, (rule.message, rule.help)):
        outside = re.sub(r"`[^`]*`", "", template)
        assert set(re.findall(r"{(\w+)}", outside)) <= ours


def test_names() -> None:
    """A name is a few lower-case words, unique, that say what is wrong and not what is forbidden."""
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*){0,3}", name)
        assert not name.startswith(("no-", "disallow-", "avoid-"))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_diagnostics(block: Block) -> None:
    """What the analyzer says of the pages' programs keeps the style, too."""
    texts = [text for diagnostic in found(block.text) for text in of_diagnostic(diagnostic)]
    assert [fault for text in texts for fault in faults(text)] == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_diagnostics_are_complete(block: Block) -> None:
    """Every diagnostic has a place in the text and its rule's name; those about traced values say why."""
    rows = block.text.count("\n") + 1
    for diagnostic in found(block.text):
        rule = catalogue()[diagnostic.code]
        assert diagnostic.name == rule.name
        assert 1 <= diagnostic.span.start.row <= diagnostic.span.end.row <= rows + 1
        assert diagnostic.span.start <= diagnostic.span.end
        assert diagnostic.help or rule.help is None
        if diagnostic.code.startswith(TRACED):
            assert diagnostic.notes
            assert diagnostic.notes[0].span is not None


def test_long_expressions_are_shortened() -> None:
    """A long expression of several lines is shortened in the headline, and stays on one line."""
    (diagnostic,) = found(LONG_NAMES)
    assert [fault for text in of_diagnostic(diagnostic) for fault in faults(text)] == []
