"""Configuration: the options, where they are read from, and what they mean for a rule and a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxlint.catalogue import DEFAULT, catalogue, select
from jaxlint.errors import ConfigError
from jaxlint.options import DEFAULT_EXCLUDE, OFF, OPTIONS, Globs, line_of, parse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONFIG_FILES = ("jaxlint.toml", "pyproject.toml")
"""Where options are read from, the first that has any."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the command line says about the selection of rules; ``select`` is None where it is silent."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one project: one field per option of OPTIONS, and where they come from."""

    select: tuple[str, ...] = (DEFAULT,)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    fix: bool = False
    unsafe_fixes: bool = False
    src: tuple[str, ...] = (".", "src")
    target_jax: str | None = None
    transforms: Mapping[str, str] = field(default_factory=dict)
    traced: tuple[str, ...] = ()
    trace: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    unroll_limit: int = 32
    trace_limits: Mapping[str, float] = field(default_factory=dict)
    source: Path | None = None
    command_line: Selection = Selection()

    def with_overrides(self, overrides: Mapping[str, Any]) -> Config:
        """Return this configuration with options of the command line, by option key, put over it.

        ``select`` replaces the selection of the file (with its extend-select and ignore);
        ``extend-select`` and ``ignore`` add to it and win over it; any other option is replaced.
        """
        values = parse(overrides, lambda message, _key, _value: ConfigError(message))
        selection = {key: values.pop(key) for key in ("select", "extend_select", "ignore") if key in values}
        if selection:
            values["command_line"] = replace(self.command_line, **selection)
        return replace(self, **values)

    def settings(self) -> dict[str, Any]:
        """Return the value of every option by its key, in the order of OPTIONS, as plain TOML types."""
        effective = self._selection()
        return {
            option.key: _plain(getattr(effective, option.field, getattr(self, option.field)))
            for option in OPTIONS
        }

    def enabled(self) -> dict[str, bool]:
        """Return the codes that are on; the value says whether info-level diagnostics are wanted too."""
        file = Selection(tuple(self.select), tuple(self.extend_select), tuple(self.ignore))
        on = _apply(self.command_line, _apply(file, {}))
        return {code: on[code] for code in catalogue() if code in on and self.level_of(code) != OFF}

    def level_of(self, code: str) -> str | None:
        """Return the configured level of a rule (``off`` included), or None where nothing is set."""
        best: tuple[int, str] | None = None
        for selector, level in self.levels.items():
            specificity = select([selector]).get(code)
            if specificity is not None and (best is None or specificity >= best[0]):
                best = (specificity, level)
        return None if best is None else best[1]

    def file_ignores(self) -> Callable[[str], frozenset[str]]:
        """Return a function from a path, relative to the root, to the codes ignored in that file."""
        table = [
            (Globs([pattern.removeprefix("!")]), pattern.startswith("!"), frozenset(select(selectors)))
            for pattern, selectors in self.per_file_ignores.items()
        ]

        def ignored(relative: str) -> frozenset[str]:
            return frozenset().union(
                *(codes for globs, negated, codes in table if globs.match(relative) is not negated)
            )

        return ignored

    def _selection(self) -> Selection:
        """Return the selection as the command line leaves it, for display."""
        given = self.command_line
        if given.select is not None:
            return given
        return Selection(
            tuple(self.select),
            (*self.extend_select, *given.extend_select),
            (*self.ignore, *given.ignore),
        )


def find(root: Path) -> Path | None:
    """Return the file in the folder ``root`` that configures jaxlint, or None."""
    for path in (root / name for name in CONFIG_FILES):
        if path.is_file() and (path.name == "jaxlint.toml" or _speaks_of_jaxlint(path)):
            return path
    return None


def _speaks_of_jaxlint(path: Path) -> bool:
    """Whether a ``pyproject.toml`` has a table for jaxlint; others may be broken, as test data is."""
    text = _read(path)
    return "jaxlint" in text and _table(text, path) is not None


def load(path: Path) -> Config:
    """Read the configuration in a ``pyproject.toml`` or ``jaxlint.toml``; an error is a ConfigError."""
    text = _read(path)
    table = _table(text, path) or {}

    def fail(message: str, key: str, value: str | None) -> ConfigError:
        line = line_of(text, key, value)
        place = f"{path}:{line}" if line else str(path)
        return ConfigError(f"{place}: {message}")

    return Config(source=path, **parse(table, fail))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _table(text: str, path: Path) -> dict[str, Any] | None:
    """Return jaxlint's table of a TOML text; None where ``pyproject.toml`` has none."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    if path.name != "pyproject.toml":
        return document
    tool = document.get("tool", {})
    table = tool.get("jaxlint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: `tool.jaxlint` must be a table")
    return table


def _plain(value: Any) -> Any:
    """Turn tuples into lists, as TOML and JSON have them."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _apply(layer: Selection, on: dict[str, bool]) -> dict[str, bool]:
    """Put one layer of selectors over the rules that are on so far.

    Within a layer the more specific selector wins, and ``ignore`` wins a tie, as in ruff.
    """
    result = dict(on) if layer.select is None else {}
    wanted = (*(layer.select or ()), *layer.extend_select)
    selected = select(wanted)
    explicit = select(selector for selector in wanted if selector.upper() != DEFAULT)
    ignored = select(layer.ignore)
    for code in {*selected, *ignored}:
        if ignored.get(code, -1) >= selected.get(code, -1):
            result.pop(code, None)
        else:
            result[code] = code in explicit
    return result
