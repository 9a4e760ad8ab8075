"""Which versions of JAX and the libraries around it a project runs on, by its own files.

A lower bound says nothing about names that are gone; what counts is how new a version may be. Every file is
read as data: nothing is executed, and one that cannot be read says nothing.
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jaxlint.knowledge.versions import NEWEST, Bound, parse_version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIBRARIES = {"jax": "jax", "jaxlib": "jax", "flax": "flax", "optax": "optax", "dm-haiku": "haiku"}
"""Distributions whose bounds count, with the library whose names they bound."""

_REQUIREMENT = re.compile(
    r"""^\s*(?P<name>jax|jaxlib|flax|optax|dm[-_]haiku)\s*(?:\[[^\]]*\])?\s*
        (?P<bounds>\(?[=<>!~^\d*][^;#]*)?\s*(?P<marker>;[^#]*)?(?:\#.*)?$""",
    re.VERBOSE | re.IGNORECASE,
)
_CLAUSE = re.compile(r"(===?|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(\d[\w.+*]*)")


def required(root: Path) -> dict[str, Bound]:
    """The newest version of each library that the files in a project's root allow."""
    found: dict[str, Bound] = {}
    for lines in _sources(root):
        for library, bound in _bounds_of(lines).items():
            found[library] = found.get(library, NEWEST).lower(bound)
    return {library: bound for library, bound in found.items() if bound.version is not None}


def _bounds_of(requirements: Iterable[str]) -> dict[str, Bound]:
    """The bounds in one file; lines that hold on some platforms only bound what no other line does."""
    strict: dict[str, Bound] = {}
    loose: dict[str, list[Bound]] = {}
    for text in requirements:
        match = _REQUIREMENT.match(text)
        if match is None:
            continue
        library = LIBRARIES[match["name"].lower().replace("_", "-")]
        bound = upper_bound(match["bounds"] or "")
        if match["name"].lower() == "jaxlib" and bound.version is not None and bound.version < (0, 3):
            continue  # jaxlib had numbers of its own then
        if match["marker"]:
            loose.setdefault(library, []).append(bound)
        else:
            strict[library] = strict.get(library, NEWEST).lower(bound)
    for library, bounds in loose.items():
        if strict.get(library, NEWEST) == NEWEST:
            strict[library] = _highest(bounds)
    return strict


def _highest(bounds: list[Bound]) -> Bound:
    highest = bounds[0]
    for bound in bounds[1:]:
        highest = bound if highest.lower(bound) == highest else highest
    return highest if NEWEST not in bounds else NEWEST


def upper_bound(clauses: str) -> Bound:
    """How new a version may be that meets ``>=0.4,<0.5``, ``==0.4.*``, ``^0.4.1`` or a bare ``0.4.30``."""
    bound = NEWEST
    for operator, text in _CLAUSE.findall(clauses):
        bound = bound.lower(_clause(operator, text))
    return bound


def _clause(operator: str, text: str) -> Bound:
    version = parse_version(text)
    if operator in (">=", ">", "!=") or not version:
        return NEWEST
    if operator == "<":
        return Bound(version, inclusive=False)
    if operator == "<=":
        return Bound(version)
    if operator == "^":
        fixed = next((index for index, number in enumerate(version) if number), len(version) - 1)
        return _below(version, fixed)
    if operator == "~=":
        return _below(version, max(len(version) - 2, 0))
    if operator == "~":
        return _below(version, min(1, len(version) - 1))
    if "*" in text or (operator == "=" and len(version) < 3):
        return _below(version, len(version) - 1)
    return Bound(version)


def _below(version: tuple[int, ...], position: int) -> Bound:
    """Everything that has the same numbers up to and with ``position``."""
    return Bound((*version[:position], version[position] + 1), inclusive=False)


# --- the files -----------------------------------------------------------------------------------


def _sources(root: Path) -> Iterator[list[str]]:
    """The requirements in each file of a project's root."""
    for path in (root / "pyproject.toml", root / "Pipfile"):
        if (table := _toml(path)) is not None:
            yield list(_requirements_in(table))
    for name in ("uv.lock", "poetry.lock", "pdm.lock"):
        if (table := _toml(root / name)) is not None:
            yield list(_locked(table.get("package")))
    yield list(_pipenv(root / "Pipfile.lock"))
    for path in sorted((*root.glob("*requirements*.txt"), *root.glob("requirements/*.txt"))):
        yield _text(path).splitlines()
    yield list(_setup_cfg(root / "setup.cfg"))
    yield list(_setup_py(root / "setup.py"))
    for path in sorted((*root.glob("environment*.yml"), *root.glob("environment*.yaml"))):
        yield [line.strip().removeprefix("- ").strip("\"'") for line in _text(path).splitlines()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _toml(path: Path) -> dict[str, Any] | None:
    text = _text(path)
    try:
        return tomllib.loads(text) if text else None
    except tomllib.TOMLDecodeError:
        return None


def _requirements_in(table: object) -> Iterator[str]:
    """Requirements anywhere in a table: strings in lists, and entries that are named for a distribution."""
    if isinstance(table, Mapping):
        for key, value in table.items():
            if key.lower().replace("_", "-") in LIBRARIES:
                yield from _entry(key, value)
            elif key not in ("build-system", "tool.jaxlint"):
                yield from _requirements_in(value)
    elif isinstance(table, list):
        for item in table:
            if isinstance(item, str):
                yield item
            else:
                yield from _requirements_in(item)


def _entry(name: str, value: object) -> Iterator[str]:
    """``jax = "^0.4"`` and ``jax = {version = "^0.4", markers = "..."}``, as Poetry or Pipenv write it."""
    if isinstance(value, str):
        yield f"{name} {value}"
    elif isinstance(value, Mapping) and isinstance(value.get("version"), str):
        is_conditional = any(key in value for key in ("markers", "platform", "python"))
        yield f"{name} {value['version']}" + ("; conditional" if is_conditional else "")
    elif isinstance(value, list):
        for item in value:
            yield from (f"{text}; conditional" for text in _entry(name, item))


def _locked(packages: object) -> Iterator[str]:
    """``name`` and ``version`` of locked packages; several versions are for several platforms."""
    for package in packages if isinstance(packages, list) else ():
        name, version = package.get("name"), package.get("version")
        if isinstance(name, str) and isinstance(version, str) and name in LIBRARIES:
            yield f"{name}=={version}; locked"


def _pipenv(path: Path) -> Iterator[str]:
    try:
        table = json.loads(_text(path) or "{}")
    except ValueError:
        return
    if isinstance(table, dict):
        for section in table.values():
            yield from _requirements_in(section)


def _setup_cfg(path: Path) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return
    for section in parser.sections():
        if section in ("options", "options.extras_require"):
            for _, value in parser.items(section):
                yield from value.splitlines()


def _setup_py(path: Path) -> Iterator[str]:
    """Every string of the script that reads like a requirement."""
    try:
        tree = ast.parse(_text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.splitlines()
