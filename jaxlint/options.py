"""The options of the configuration: each declared once, and how their values are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jaxlint.catalogue import DEFAULT, select
from jaxlint.diagnostics import Level
from jaxlint.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

OFF = "off"
"""The level that switches a rule off."""

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One option, declared once for parsing, ``--show-settings`` and the documentation.

    ``key`` is its name in TOML; the field of Config is the same with underscores. ``kind`` is its shape
    and ``check`` looks at each value (and, for tables, at each key) and raises ConfigError.
    """

    key: str
    kind: str
    default: Any
    help: str
    example: str
    check: Callable[[str, str], None]

    @property
    def field(self) -> str:
        """The field of Config that holds the value."""
        return self.key.replace("-", "_")


def _anything(_key: str, _value: str) -> None:
    """Accept every string."""


def _selector(_key: str, value: str) -> None:
    select([value])


def _glob(_key: str, value: str) -> None:
    Globs([value])


def _glob_and_selector(key: str, value: str) -> None:
    Globs([key.removeprefix("!")])
    select([value])


def _selector_and_level(key: str, value: str) -> None:
    select([key])
    levels = [*(level.value for level in Level), OFF]
    if value not in levels:
        raise ConfigError(f"`{value}` is no level{nearest(value, levels) or f'; one of {levels}'}")


def _version(_key: str, value: str) -> None:
    if not re.fullmatch(r"\d+(\.\d+){1,3}", value):
        raise ConfigError(f'`{value}` is no JAX version such as "0.4.30"')


def _limit(key: str, _value: str) -> None:
    if key not in TRACE_LIMITS:
        raise ConfigError(f"`{key}` is no limit{nearest(key, TRACE_LIMITS) or f'; one of {TRACE_LIMITS}'}")


def _dotted(key: str, value: str) -> None:
    for name in filter(None, (key, value)):
        if not all(part.isidentifier() for part in name.split(".")):
            raise ConfigError(f"`{name}` is no dotted name")


BOOLEAN, NUMBER, STRING, STRINGS, TABLE, TABLE_OF_STRINGS, TABLE_OF_TABLES, TABLE_OF_NUMBERS = (
    "true or false",
    "a positive integer",
    "a string",
    "a list of strings",
    "a table of strings",
    "a table of lists of strings",
    "a table of tables that hold lists of strings",
    "a table of numbers",
)

TRACE_LIMITS = ("equations", "growth-size", "compile-seconds", "constant-bytes", "retraces")
"""What `jaxlint trace` measures and compares with a limit; the defaults are in `jaxlint.tracing.costs`."""

OPTIONS: tuple[Option, ...] = (
    Option(
        "select",
        STRINGS,
        (DEFAULT,),
        "Rules that are on: codes, prefixes, names, ALL, or DEFAULT (all but those of level info).",
        'select = ["JAX3", "key-reuse"]',
        _selector,
    ),
    Option(
        "extend-select",
        STRINGS,
        (),
        "Rules that are on besides those of `select`.",
        'extend-select = ["JAX606"]',
        _selector,
    ),
    Option(
        "ignore",
        STRINGS,
        (),
        "Rules that are off. Where a rule is selected and ignored, the more specific selector wins.",
        'ignore = ["JAX306"]',
        _selector,
    ),
    Option(
        "per-file-ignores",
        TABLE_OF_STRINGS,
        {},
        "Rules that are off in files that match a pattern (as in .gitignore, from the project's root; "
        "with `!` in front: in all other files).",
        'per-file-ignores = { "tests/" = ["JAX2"], "legacy.py" = ["ALL"] }',
        _glob_and_selector,
    ),
    Option(
        "levels",
        TABLE,
        {},
        "Levels other than the catalogue's: error, warning, info, or off. A level does not switch on a "
        "rule that is not selected.",
        'levels = { JAX301 = "warning" }',
        _selector_and_level,
    ),
    Option(
        "exclude",
        STRINGS,
        DEFAULT_EXCLUDE,
        "Files and folders to leave out (patterns as in .gitignore). A file named on the command line is "
        "linted all the same.",
        'exclude = ["third_party/"]',
        _glob,
    ),
    Option(
        "extend-exclude",
        STRINGS,
        (),
        "Files and folders to leave out besides those of `exclude`.",
        'extend-exclude = ["*_pb2.py"]',
        _glob,
    ),
    Option(
        "fix",
        BOOLEAN,
        False,
        "Fix what can be fixed, as `--fix` does.",
        "fix = true",
        _anything,
    ),
    Option(
        "unsafe-fixes",
        BOOLEAN,
        False,
        "Also apply, and list as available, fixes that may change what the program does.",
        "unsafe-fixes = true",
        _anything,
    ),
    Option(
        "src",
        STRINGS,
        (".", "src"),
        "Folders, from the project's root, in which top-level modules and packages lie.",
        'src = ["python"]',
        _anything,
    ),
    Option(
        "target-jax",
        STRING,
        None,
        "The JAX version that the code is for. Without it: the newest that the project's own requirements "
        "allow.",
        'target-jax = "0.4.30"',
        _version,
    ),
    Option(
        "transforms",
        TABLE,
        {},
        "Your own transformations: the dotted name of each, and the one of JAX that it works like.",
        'transforms = { "mylib.fast_jit" = "jax.jit" }',
        _dotted,
    ),
    Option(
        "traced",
        STRINGS,
        (),
        "Dotted names of functions that are traced although no code of the project shows it.",
        'traced = ["mylib.losses.elbo"]',
        lambda _key, value: _dotted("", value),
    ),
    Option(
        "trace",
        TABLE_OF_TABLES,
        {},
        "Arguments for `jaxlint trace`: for a function, as `module:function`, a table with the list `args`.",
        'trace = { "pkg.mod:step" = { args = ["f32[128,64]", "key", "static:3"] } }',
        _anything,
    ),
    Option(
        "unroll-limit",
        NUMBER,
        32,
        "From how many rounds on a Python loop in traced code is reported (JAX705).",
        "unroll-limit = 100",
        _anything,
    ),
    Option(
        "trace-limits",
        TABLE_OF_NUMBERS,
        {},
        "What a function may cost before `jaxlint trace` reports it: `equations`, `growth-size`, "
        "`compile-seconds`, `constant-bytes`, `retraces`. See docs/measurements.md for the defaults.",
        "trace-limits = { equations = 20000, compile-seconds = 60 }",
        _limit,
    ),
)

_BY_KEY = {option.key: option for option in OPTIONS}


class Globs:
    """Patterns as in ``.gitignore``, matched against paths with ``/`` relative to one folder."""

    __slots__ = ("_spec",)

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile the patterns; one that makes no sense is a ConfigError."""
        # Imported here: the command's start should not pay for it.
        from pathspec import GitIgnoreSpec

        try:
            self._spec = GitIgnoreSpec.from_lines(patterns)
        except ValueError as error:
            raise ConfigError(f"not a pattern as in .gitignore: {error}") from None

    def match(self, relative: str) -> bool:
        """Whether a file, or a folder written with a final ``/``, matches."""
        return self._spec.match_file(relative)

    def verdict(self, relative: str) -> bool | None:
        """As ``match``, but None where no pattern speaks of the path at all."""
        return self._spec.check_file(relative).include


def parse(table: Mapping[str, Any], fail: Callable[[str, str, str | None], ConfigError]) -> dict[str, Any]:
    """Return fields of Config from a table of options; ``fail`` makes the error for a key and value."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        option = _BY_KEY.get(key)
        if option is None:
            raise fail(f"`{key}` is no option of jaxlint{nearest(key, _BY_KEY)}", key, None)
        parsed = _shaped(option, value)
        if parsed is None:
            raise fail(f"`{key}` must be {option.kind}, as in `{option.example}`", key, None)
        for name, item in _items(parsed):
            try:
                option.check(name, item)
            except ConfigError as error:
                raise fail(f"{key}: {error.message}", key, item if name == "" else name) from None
        values[option.field] = parsed
    return values


def _shaped(option: Option, value: object) -> Any:
    """Return the value in the shape of the option's kind, or None where it has another."""
    if option.kind == BOOLEAN:
        return value if isinstance(value, bool) else None
    if option.kind == NUMBER:
        return value if type(value) is int and value > 0 else None
    if option.kind == STRING:
        return value if isinstance(value, str) else None
    if option.kind == STRINGS:
        return _strings(value)
    if not isinstance(value, dict):
        return None
    if option.kind == TABLE:
        return value if all(isinstance(item, str) for item in value.values()) else None
    if option.kind == TABLE_OF_NUMBERS:
        numbers = [type(item) in {int, float} and item >= 0 for item in value.values()]
        return value if all(numbers) else None
    if option.kind == TABLE_OF_TABLES:
        tables = {key: _arguments(item) for key, item in value.items()}
        return None if None in tables.values() else tables
    lists = {key: _strings(item) for key, item in value.items()}
    return None if None in lists.values() else lists


def _arguments(value: object) -> dict[str, tuple[str, ...]] | None:
    """The table of one function: ``args`` and nothing else."""
    if not isinstance(value, dict) or set(value) != {"args"}:
        return None
    args = _strings(value["args"])
    return None if args is None else {"args": args}


def _strings(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _items(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the strings in a value, each with its key in a table or an empty one."""
    if isinstance(value, int):
        return
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, tuple):
        yield from (("", item) for item in value)
    else:
        for key, item in value.items():
            if isinstance(item, (str, int, float)):
                yield key, str(item)
                continue
            values = item.values() if isinstance(item, dict) else (item,)
            yield from ((key, one) for group in values for one in group)


def line_of(text: str, key: str, value: str | None) -> int | None:
    """Find the line of a key, or of a string in its value; TOML's parser keeps no positions."""
    quoted = rf"""(?:"{re.escape(key)}"|'{re.escape(key)}'|{re.escape(key)})"""
    start = re.search(r"^\s*\[tool\.jaxlint\b", text, re.MULTILINE)
    pattern = rf"^[ \t]*(?:\[[^\]\n]*\.?{quoted}\s*\]|(?:tool\.jaxlint\.)?{quoted}\s*[.=])"
    match = re.compile(pattern, re.MULTILINE).search(text, start.start() if start else 0)
    if match is None:
        return None
    at = match.start()
    if value is not None:
        escaped = re.escape(value)
        inner = re.compile(rf"""["']{escaped}["']|\b{escaped}\s*=""").search(text, at)
        at = inner.start() if inner else at
    return text.count("\n", 0, at) + 1
