"""JAX901 to JAX903: what the targeted version of JAX no longer has, soon will not have, or never offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaxlint.checks.base import Finding, Remark, check, finding
from jaxlint.diagnostics import Level
from jaxlint.events import ListedName, PrivateName
from jaxlint.knowledge.versions import Change, Part, changes


@check(ListedName)
def outdated(event: ListedName) -> Iterator[Finding]:
    """A name, module, argument, method or option that the targeted version lacks or warns of."""
    change = changes()[event.name]
    code = "JAX901" if event.is_gone else "JAX902"
    version = change.removed if event.is_gone else change.deprecated
    release = f"{_LIBRARIES.get(change.library, change.library)} {version}"
    found = finding(code, event, what=_what(change), release=release, instead=_instead(change))
    if event.is_gone and not event.is_evaluated:
        remark = Remark("only type checkers look it up here: Python does not evaluate it")
        found = replace(found, level=Level.WARNING, remarks=(remark,))
    yield found


_LIBRARIES = {"jax": "JAX"}


def _what(change: Change) -> str:
    """The thing as a message names it."""
    if change.part is Part.ARGUMENT:
        function, _, argument = change.name.removesuffix("=)").partition("(")
        return f"argument `{argument}` of `{function}`"
    if change.part is Part.METHOD:
        own = change.name.rpartition(".")[2]
        return f"`.{own}()` of arrays" if change.called else f"`.{own}` of arrays"
    if change.part is Part.MODULE:
        return f"module `{change.name}`"
    if change.part is Part.STATEMENT:
        return "`with mesh:`"
    if change.part is Part.OPTION:
        return f"option `{change.name.removeprefix('option ')}`"
    return f"`{change.name}`"


def _instead(change: Change) -> str:
    if change.use is None:
        return "it has no public replacement"
    return f"write {change.use}" if "`" in change.use else f"write `{change.use}`"


@check(PrivateName)
def private(event: PrivateName) -> Iterator[Finding]:
    """A module or name of JAX that starts with an underscore."""
    yield finding("JAX903", event, name=event.name)
