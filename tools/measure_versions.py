"""Read from many releases of JAX, flax, optax and haiku which public names each has, without importing any.

    python tools/measure_versions.py download        # the releases, once, into `.corpora/versions/`
    python tools/measure_versions.py names [optax]   # when each name came, was deprecated, went
    python tools/measure_versions.py check           # where `jaxlint/knowledge/versions.toml` says otherwise

The packages are pure Python, and what a public module offers stands in its text: imports, definitions, and
in JAX since 0.4 a table of deprecated names with JAX's own words, in which an entry of None stands for a name
that is gone. Keyword arguments are read from the definitions that the names stand for. A release is a wheel
or, for JAX before 0.4.15, a source archive.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".corpora" / "versions"

sys.path.insert(0, str(ROOT))
from jaxlint.knowledge.versions import Part, changes, outdated_functions  # noqa: E402 - the checkout's own

RELEASES = {
    "jax": """
    0.2.0 0.2.17 0.2.28 0.3.10 0.3.17 0.3.25 0.4.4 0.4.8 0.4.14 0.4.18 0.4.21 0.4.24 0.4.26 0.4.30
    0.4.33 0.4.35 0.4.36 0.4.38 0.5.0 0.6.0 0.7.0 0.8.0 0.9.0 0.10.0 0.11.0 0.12.0.1""",
    "flax": """
    0.3.0 0.3.4 0.3.6 0.4.0 0.5.0 0.5.3 0.6.0 0.6.3 0.6.4 0.6.11 0.7.0 0.7.4 0.7.5 0.8.0 0.8.5 0.9.0
    0.10.0 0.10.1 0.10.3 0.10.4 0.10.5 0.10.6 0.10.7 0.11.0 0.11.1 0.11.2 0.12.0 0.12.1 0.12.2 0.12.3
    0.12.4 0.12.8""",
    "optax": "0.0.6 0.1.0 0.1.4 0.1.5 0.1.7 0.1.8 0.1.9 0.2.2 0.2.3 0.2.4 0.2.5 0.2.6 0.2.7 0.2.8",
    "haiku": "0.0.4 0.0.5 0.0.6 0.0.7 0.0.8 0.0.9 0.0.10 0.0.11 0.0.12 0.0.13 0.0.14 0.0.16 0.0.17",
}
"""What is downloaded of each package: a few releases between each two that removed much."""

DISTRIBUTIONS = {"haiku": "dm-haiku"}
"""Where the distribution has another name than the package."""

Version = tuple[int, ...]


def version_of(text: str) -> Version:
    """A version as numbers."""
    return tuple(int(part) for part in text.split("."))


@dataclass
class Release:
    """The public names of one release, and JAX's words for those that it calls deprecated."""

    version: str
    names: set[str] = field(default_factory=set)
    deprecated: dict[str, str] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, list[str]] = field(default_factory=dict)
    """Of the functions of which the table lists arguments, where their definitions are found."""


# --- reading a release ---------------------------------------------------------------------------


def sources(archive: Path, package: str) -> dict[str, str]:
    """The texts of the modules of a package, by dotted name."""
    texts: dict[str, str] = {}
    for name, data in _files(archive, package):
        match = re.search(rf"(?:^|/)({package}/.*|{package})\.pyi?$", name)
        if match is None or "/tests/" in name or (name.endswith(".pyi") and data == b""):
            continue
        dotted = match[1].replace("/", ".").removesuffix(".__init__")
        if name.endswith(".py") or dotted not in texts:
            texts[dotted] = data.decode("utf-8")
    return texts


def _files(archive: Path, package: str) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if name.startswith(f"{package}/") and name.endswith((".py", ".pyi")):
                    yield name, wheel.read(name)
    else:
        with tarfile.open(archive) as source:
            for member in source:
                file = source.extractfile(member) if member.name.endswith((".py", ".pyi")) else None
                if file is not None and re.match(rf"[^/]*/{package}/", member.name):
                    yield member.name.partition("/")[2], file.read()


class Reader:
    """Works out what the modules of one release offer."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Keep the texts; they are parsed when they are needed."""
        self.texts = texts
        self.trees: dict[str, ast.Module] = {}
        self.offers: dict[str, dict[str, str]] = {}

    def tree(self, module: str) -> ast.Module:
        """The syntax tree of a module; an empty one where there is no such module."""
        if module not in self.trees:
            self.trees[module] = ast.parse(self.texts.get(module, ""))
        return self.trees[module]

    def offer(self, module: str) -> dict[str, str]:
        """The names that a module binds: where each comes from, by name."""
        if module not in self.offers:
            self.offers[module] = {}
            self._read(module, self.tree(module).body, self.offers[module])
        return self.offers[module]

    def parameters(self, dotted: str, steps: int = 8) -> list[str] | None:
        """The parameters of a function or class; None where its definition is not found."""
        module, _, name = dotted.rpartition(".")
        for node in self.tree(module).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return _names_of(node.args)
            if isinstance(node, ast.ClassDef) and node.name == name:
                inits = (
                    part
                    for part in node.body
                    if isinstance(part, ast.FunctionDef) and part.name == "__init__"
                )
                fields = [part.target.id for part in node.body if _is_field(part)]
                return next((_names_of(init.args) for init in inits), fields)
        source = self.offer(module).get(name)
        return self.parameters(source, steps - 1) if steps and source not in (None, module, dotted) else None

    def _read(self, module: str, body: list[ast.stmt], found: dict[str, str]) -> None:
        for node in body:
            match node:
                case ast.Import():
                    for alias in node.names:
                        found[alias.asname or alias.name.partition(".")[0]] = alias.name
                case ast.ImportFrom():
                    self._read_from(module, node, found)
                case ast.FunctionDef() | ast.ClassDef():
                    found[node.name] = module
                case ast.Assign():
                    for name in (n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                        found[name] = module
                case ast.AnnAssign(target=ast.Name(id=name)) if node.value is not None:
                    found[name] = module
                case ast.Delete():
                    for target in node.targets:
                        found.pop(getattr(target, "id", ""), None)
                case ast.If():
                    if "TYPE_CHECKING" not in ast.unparse(node.test):
                        self._read(module, node.body, found)
                    self._read(module, node.orelse, found)
                case ast.Try():
                    self._read(module, [*node.body, *node.orelse], found)

    def _read_from(self, module: str, node: ast.ImportFrom, found: dict[str, str]) -> None:
        source = node.module or ""
        if node.level:
            is_package = any(name.startswith(f"{module}.") for name in self.texts)
            parts = module.split(".")
            base = parts[: len(parts) - node.level + is_package]
            source = ".".join([*base, source] if source else base)
        for alias in node.names:
            if alias.name == "*":
                offered = self.offer(source)
                found.update({name: f"{source}.{name}" for name in offered if not name.startswith("_")})
            else:
                found[alias.asname or alias.name] = f"{source}.{alias.name}"


def _names_of(arguments: ast.arguments) -> list[str]:
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _is_field(node: ast.stmt) -> TypeGuard[Any]:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def read_release(archive: Path, package: str) -> Release:
    """The public names of a release."""
    version = re.search(r"-([\d.]+\d)", archive.name)
    assert version is not None
    reader = Reader(sources(archive, package))
    release = Release(version[1])
    modules = [m for m in reader.texts if not any(p.startswith("_") for p in m.split("."))]
    for module in modules:
        release.names.add(module)
        for name, source in reader.offer(module).items():
            if not name.startswith("_") and source.startswith(package):
                release.names.add(f"{module}.{name}")
        for name, (words, is_gone) in _deprecations(reader.texts[module]).items():
            dotted = f"{module}.{name}"
            (release.removed if is_gone else release.deprecated)[dotted] = words
            (release.names.discard if is_gone else release.names.add)(dotted)
    for function in outdated_functions():
        if (found := reader.parameters(function)) is not None:
            release.parameters[function] = found
    return release


def _deprecations(text: str) -> dict[str, tuple[str, bool]]:
    """JAX's words for each deprecated name of a module, and whether the name is gone already."""
    found: dict[str, tuple[str, bool]] = {}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if (
                isinstance(key, ast.Constant)
                and isinstance(key.value, str)
                and isinstance(value, ast.Tuple)
                and len(value.elts) == 2
                and (words := _words(value.elts[0])) is not None
            ):
                is_gone = isinstance(value.elts[1], ast.Constant) and value.elts[1].value is None
                found[key.value] = (words, is_gone)
    return found


def _words(node: ast.expr) -> str | None:
    """The text of a string, of an f-string without its holes, or of a variable that holds one."""
    match node:
        case ast.Constant(value=str(text)):
            return " ".join(text.split())
        case ast.JoinedStr() | ast.BinOp() | ast.Call() | ast.Name():
            return ast.unparse(node)
    return None


# --- histories -----------------------------------------------------------------------------------


@dataclass
class History:
    """What happened to a name, by the releases that were read; empty where it did not happen."""

    name: str
    last: str = ""
    absent: str = ""
    deprecated: str = ""
    words: str = ""


def releases(package: str) -> list[Release]:
    """Every release of a package that was downloaded, the oldest first."""
    pattern = DISTRIBUTIONS.get(package, package).replace("-", "[-_]") + "-*"
    archives = [path for path in FOLDER.glob(pattern) if path.suffix in {".whl", ".gz"}]
    read = [read_release(path, package) for path in archives]
    return sorted(read, key=lambda release: version_of(release.version))


def histories(read: list[Release]) -> list[History]:
    """The history of every name that is gone from the newest release, or deprecated in it."""
    found = []
    for name in sorted(set().union(*(release.names | set(release.removed) for release in read))):
        present = [index for index, release in enumerate(read) if name in release.names]
        warned = [release for release in read if name in release.deprecated]
        gone = [release for release in read if name in release.removed]
        last = present[-1] if present else -1
        if last == len(read) - 1 and name not in read[-1].deprecated:
            continue
        history = History(name, read[last].version if present else "")
        history.absent = read[last + 1].version if last + 1 < len(read) else ""
        history.deprecated = warned[0].version if warned else ""
        history.words = (gone or warned or [Release("")])[-1].removed.get(name, "") or (
            warned[-1].deprecated[name] if warned else ""
        )
        found.append(history)
    return found


def contradictions(package: str, read: list[Release]) -> list[str]:
    """Where the table says something else than the texts of the releases, one line each."""
    found = []
    for change in changes().values():
        if change.library != package or change.only_imported:
            continue
        if change.part is Part.ARGUMENT and package != "jax":  # whose functions keep some, to raise
            function, _, argument = change.name.removesuffix("=)").partition("(")
            present = [one.version for one in read if argument in one.parameters.get(function, ())]
        elif change.part in (Part.NAME, Part.MODULE) and not _is_member(change.name):
            present = [release.version for release in read if change.name in release.names]
        else:
            continue
        if not present and change.part is not Part.ARGUMENT:
            found.append(f"{change.name}: in none of the releases")
        elif present and change.removed and version_of(present[-1]) >= version_of(change.removed):
            found.append(f"{change.name}: removed in {change.removed}, but {present[-1]} has it")
    return found


def _is_member(name: str) -> bool:
    """Whether a name is that of an attribute of a class, which is not read."""
    return name.split(".")[-2][:1].isupper()


def download() -> None:
    """Get the releases from the package index, as files that are never installed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(FOLDER)]
    for package, versions in RELEASES.items():
        distribution = DISTRIBUTIONS.get(package, package)
        for version in versions.split():
            if not any(FOLDER.glob(f"{distribution.replace('-', '[-_]')}-{version}[-.][pt]*")):
                subprocess.run([*command, f"{distribution}=={version}"], check=True)


def main() -> None:
    """Do what the first argument says."""
    match sys.argv[1:]:
        case ["download"]:
            download()
        case ["names", *chosen] if set(chosen) <= RELEASES.keys():
            for history in (found for package in chosen or ["jax"] for found in histories(releases(package))):
                print(
                    f"{history.name}\t{history.last}\t{history.absent}\t{history.deprecated}\t{history.words}"
                )
        case ["check"]:
            found = [line for package in RELEASES for line in contradictions(package, releases(package))]
            sys.exit("\n".join(found) if found else 0)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
