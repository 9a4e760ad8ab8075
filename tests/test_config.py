"""Options: reading, errors, the command line on top, and what they mean for a rule and a file."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_catalogue import sample

import jaxlint.catalogue
from jaxlint.config import Config, find, load
from jaxlint.errors import ConfigError
from jaxlint.options import OPTIONS, TRACE_LIMITS, Globs


@pytest.fixture(autouse=True)
def rules(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work with JAX301 (error), JAX309 (info) and JAX401 (error) only."""
    folder = tmp_path_factory.mktemp("rules")
    sample(folder)
    monkeypatch.setattr(jaxlint.catalogue, "_pages", lambda: folder)
    jaxlint.catalogue.catalogue.cache_clear()
    yield
    jaxlint.catalogue.catalogue.cache_clear()


def written(folder: Path, text: str, name: str = "jaxlint.toml") -> Path:
    """Write a configuration file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_option_is_read(tmp_path: Path) -> None:
    """The example of each option's own documentation is valid, and ends up in its field."""
    examples = [option.example for option in OPTIONS]
    text = "\n".join(examples).replace("JAX606", "JAX309").replace("JAX306", "JAX401")
    config = load(written(tmp_path, text.replace("key-reuse", "quirk").replace("JAX2", "JAX3")))
    assert config.select == ("JAX3", "quirk")
    assert config.per_file_ignores == {"tests/": ("JAX3",), "legacy.py": ("ALL",)}
    assert config.levels == {"JAX301": "warning"}
    assert config.src == ("python",)
    assert config.target_jax == "0.4.30"
    assert config.transforms == {"mylib.fast_jit": "jax.jit"}
    assert config.traced == ("mylib.losses.elbo",)
    assert config.trace_limits == {"equations": 20000, "compile-seconds": 60}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("trace-limits = { equation = 3 }", "did you mean `equations`"),
        ('trace-limits = { equations = "many" }', "must be a table of numbers"),
        ("trace-limits = { equations = -1 }", "must be a table of numbers"),
        ("trace-limits = { equations = true }", "must be a table of numbers"),
    ],
)
def test_limits_of_tracing_are_numbers_with_known_names(tmp_path: Path, text: str, complaint: str) -> None:
    """A misspelt limit must not be one that is never reached."""
    with pytest.raises(ConfigError, match=complaint):
        load(written(tmp_path, text))


def test_the_names_of_limits_are_those_that_tracing_knows() -> None:
    """The options are declared where tracing need not be imported."""
    from jaxlint.tracing.costs import CostLimits

    assert list(TRACE_LIMITS) == CostLimits.names()
    assert CostLimits.of({"growth-size": 7}).growth_size == 7


def test_options_and_fields_agree() -> None:
    """The defaults of the options are the defaults of Config."""
    assert {option.field: option.default for option in OPTIONS}.items() <= {
        option.field: getattr(Config(), option.field) for option in OPTIONS
    }.items()
    assert list(Config().settings()) == [option.key for option in OPTIONS]


def test_pyproject_has_its_options_in_a_table(tmp_path: Path) -> None:
    """In ``pyproject.toml`` only ``[tool.jaxlint]`` counts."""
    path = written(tmp_path, '[project]\nname = "x"\n[tool.jaxlint]\nignore = ["JAX3"]\n', "pyproject.toml")
    assert load(path).ignore == ("JAX3",)
    assert load(path).source == path


def test_jaxlint_toml_wins_over_pyproject(tmp_path: Path) -> None:
    """Where both are, the more special file is read; a pyproject without our table is none."""
    pyproject = written(tmp_path, "[tool.ruff]\n", "pyproject.toml")
    assert find(tmp_path) is None
    pyproject.write_text("[tool.jaxlint]\n")
    assert find(tmp_path) == pyproject
    assert find(tmp_path) != written(tmp_path, "") == find(tmp_path)


def test_a_broken_pyproject_of_others_is_not_our_business(tmp_path: Path) -> None:
    """Test data of other tools may hold TOML that is none."""
    written(tmp_path, "[tool\n", "pyproject.toml")
    assert find(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('selct = ["JAX"]', 1, ["`selct`", "did you mean `select`?"]),
        ('\nextend_select = ["JAX"]', 2, ["did you mean `extend-select`?"]),
        ('select = "JAX"', 1, ["`select` must be a list of strings"]),
        ("select = [1]", 1, ["`select` must be a list of strings"]),
        ("ignore = [\n 'JAX301',\n 'JAX777',\n]", 3, ["ignore", "`JAX777` names no rule"]),
        ('select = ["traced-brunch"]', 1, ["did you mean `traced-branch`?"]),
        ("target-jax = 0.4", 1, ["`target-jax` must be a string"]),
        ('target-jax = "new"', 1, ["`new` is no JAX version"]),
        ('[levels]\nJAX301 = "warn"', 2, ["`warn` is no level", "did you mean `warning`?"]),
        ('[levels]\nJAX301 = "warning"\nJAX888 = "off"', 3, ["`JAX888` names no rule"]),
        ("[levels]\nJAX301 = 1", 1, ["`levels` must be a table of strings"]),
        ('[per-file-ignores]\n"a.py" = "JAX3"', 1, ["table of lists"]),
        ('[per-file-ignores]\n"a.py" = ["JAX9"]', 2, ["`JAX9` names no rule"]),
        ('[transforms]\n"my jit" = "jax.jit"', 2, ["`my jit` is no dotted name"]),
        ('traced = ["f()"]', 1, ["`f()` is no dotted name"]),
        ('exclude = ["!"]', 1, ["not a pattern"]),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    """Unknown keys, wrong types and unknown codes end the run with a message that helps."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert all(word in caught.value.message for word in words)


def test_the_line_is_looked_for_in_our_table(tmp_path: Path) -> None:
    """The same key in another tool's table is not blamed."""
    text = '[tool.ruff]\nselect = ["JAX777"]\n[tool.jaxlint]\nselect = ["JAX777"]\n'
    with pytest.raises(ConfigError, match=r"pyproject\.toml:4:"):
        load(written(tmp_path, text, "pyproject.toml"))


@pytest.mark.parametrize("content", [b"select = [", b"\xff", b"a = " + b"[" * 5000])
def test_what_is_no_toml_is_a_config_error(tmp_path: Path, content: bytes) -> None:
    """Broken files of ours are an error with their name, never a traceback."""
    path = tmp_path / "jaxlint.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"jaxlint\.toml"):
        load(path)


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    """``--config`` with a path that does not exist."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        ({}, {"JAX301", "JAX401"}),
        ({"select": ("ALL",)}, {"JAX301", "JAX309", "JAX401"}),
        ({"select": ("JAX3",)}, {"JAX301", "JAX309"}),
        ({"select": ()}, set()),
        ({"extend_select": ("quirk",)}, {"JAX301", "JAX309", "JAX401"}),
        ({"ignore": ("JAX3",)}, {"JAX401"}),
        ({"ignore": ("ALL",), "select": ("JAX401",)}, {"JAX401"}),
        ({"ignore": ("JAX301",), "select": ("JAX3",)}, {"JAX309"}),
        ({"ignore": ("JAX3",), "select": ("JAX301",)}, {"JAX301"}),
        ({"ignore": ("JAX301",), "select": ("traced-branch",)}, set()),
        ({"levels": {"JAX301": "off"}}, {"JAX401"}),
        ({"levels": {"ALL": "off", "JAX401": "info"}}, {"JAX401"}),
        ({"levels": {"JAX309": "error"}}, {"JAX301", "JAX401"}),
    ],
)
def test_the_most_specific_selector_wins(settings: dict[str, Any], on: set[str]) -> None:
    """Codes beat prefixes beat keywords; ignore wins a tie; ``off`` is off."""
    assert set(Config(**settings).enabled()) == on


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ({"select": ["JAX301"]}, {"JAX301"}),
        ({"select": ["JAX3"], "ignore": ["JAX309"]}, {"JAX301"}),
        ({"ignore": ["JAX4"]}, {"JAX309"}),
        ({"extend-select": ["JAX301"]}, {"JAX301", "JAX309", "JAX401"}),
        ({}, {"JAX309", "JAX401"}),
    ],
)
def test_the_command_line_wins_over_the_file(given: dict[str, Any], on: set[str]) -> None:
    """``--select`` starts anew; ``--ignore`` and ``--extend-select`` go on top, however specific."""
    config = Config(select=("JAX309", "JAX401"), ignore=("JAX301",)).with_overrides(given)
    assert set(config.enabled()) == on


def test_other_options_of_the_command_line_replace_those_of_the_file() -> None:
    """The target version is the one given last."""
    config = Config(target_jax="0.4.1", src=("lib",)).with_overrides({"target-jax": "0.5.0"})
    assert (config.target_jax, config.src) == ("0.5.0", ("lib",))


@pytest.mark.parametrize("given", [{"select": ["JAX9"]}, {"target-jax": "x"}, {"selct": []}])
def test_the_command_line_is_checked_too(given: dict[str, Any]) -> None:
    """A wrong code is the same error wherever it is given."""
    with pytest.raises(ConfigError):
        Config().with_overrides(given)


def test_settings_show_the_selection_that_is_in_force() -> None:
    """``--show-settings`` is about the run, not only about the file."""
    config = Config(ignore=("JAX301",))
    assert config.with_overrides({"ignore": ["JAX4"]}).settings()["ignore"] == ["JAX301", "JAX4"]
    assert config.with_overrides({"select": ["JAX4"]}).settings()["ignore"] == []


def test_info_is_wanted_when_a_rule_is_named() -> None:
    """DEFAULT leaves info-level diagnostics out, any other selector asks for them."""
    assert Config().enabled() == {"JAX301": False, "JAX401": False}
    assert Config(extend_select=("JAX3",)).enabled()["JAX301"] is True


def test_levels_follow_the_most_specific_selector() -> None:
    """A code beats its prefix, whichever is written first."""
    config = Config(levels={"JAX301": "warning", "JAX3": "info"})
    assert [config.level_of(code) for code in ("JAX301", "JAX309", "JAX401")] == ["warning", "info", None]


def test_per_file_ignores_match_as_in_gitignore() -> None:
    """Folders, names at any depth, anchored paths, and all other files with ``!``."""
    ignored = Config(
        per_file_ignores={
            "tests/": ("JAX3",),
            "conf*.py": ("JAX401",),
            "/a/*.py": ("JAX309",),
            "!src/": ("quirk",),
        }
    ).file_ignores()
    assert ignored("tests/unit/test_x.py") == {"JAX301", "JAX309"}
    assert ignored("src/pkg/conf.py") == {"JAX401"}
    assert ignored("a/b.py") == {"JAX309"}
    assert ignored("src/a/b.py") == frozenset()


def test_globs_that_say_nothing_differ_from_globs_that_say_no() -> None:
    """A later ``!pattern`` takes a file back in."""
    globs = Globs(["*.py", "!keep.py"])
    assert [globs.verdict(path) for path in ("a.py", "keep.py", "a.txt")] == [True, False, None]


def test_a_config_can_go_to_another_process() -> None:
    """Worker processes get the configuration by pickle."""
    config = Config(levels={"JAX301": "off"}).with_overrides({"select": ["JAX3"]})
    assert pickle.loads(pickle.dumps(config)) == config
