"""Read from many releases of JAX which public names each of them has, without importing any.

    python tools/measure_versions.py download     # the releases, once, into `.corpora/jax-versions/`
    python tools/measure_versions.py names        # when each name came, was deprecated, went
    python tools/measure_versions.py check        # where `jaxlint/knowledge/versions.toml` says otherwise

JAX's wheels are pure Python, and what a public module offers stands in its text: imports, definitions, and
since 0.4 a table of deprecated names with JAX's own words, in which an entry of None stands for a name that
is gone. A release is a wheel or, before 0.4.15, a source archive.
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

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".corpora" / "jax-versions"

sys.path.insert(0, str(ROOT))
from jaxlint.knowledge.versions import Part, changes  # noqa: E402 - the checkout's own

RELEASES = (
    "0.2.0 0.2.17 0.2.28 0.3.10 0.3.17 0.3.25 0.4.4 0.4.8 0.4.14 0.4.18 0.4.21 0.4.24 0.4.26 0.4.30 0.4.33 "
    "0.4.35 0.4.36 0.4.38 0.5.0 0.6.0 0.7.0 0.8.0 0.9.0 0.10.0 0.11.0 0.12.0.1"
).split()
"""What is downloaded: a few releases between each two that removed much."""

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


# --- reading a release ---------------------------------------------------------------------------


def sources(archive: Path) -> dict[str, str]:
    """The texts of the modules of package ``jax``, by dotted name."""
    texts: dict[str, str] = {}
    for name, data in _files(archive):
        match = re.search(r"(?:^|/)(jax/.*|jax)\.pyi?$", name)
        if match is None or "/tests/" in name or (name.endswith(".pyi") and data == b""):
            continue
        dotted = match[1].replace("/", ".").removesuffix(".__init__")
        if name.endswith(".py") or dotted not in texts:
            texts[dotted] = data.decode("utf-8")
    return texts


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if name.startswith("jax/") and name.endswith((".py", ".pyi")):
                    yield name, wheel.read(name)
    else:
        with tarfile.open(archive) as source:
            for member in source:
                file = source.extractfile(member) if member.name.endswith((".py", ".pyi")) else None
                if file is not None and re.match(r"[^/]*/jax/", member.name):
                    yield member.name.partition("/")[2], file.read()


class Reader:
    """Works out what the modules of one release offer."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Keep the texts; they are parsed when they are needed."""
        self.texts = texts
        self.offers: dict[str, dict[str, str]] = {}

    def offer(self, module: str) -> dict[str, str]:
        """The names that a module binds: where each comes from, by name."""
        if module not in self.offers:
            self.offers[module] = {}
            tree = ast.parse(self.texts[module]) if module in self.texts else ast.Module([], [])
            self._read(module, tree.body, self.offers[module])
        return self.offers[module]

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


def read_release(archive: Path) -> Release:
    """The public names of a release."""
    version = re.search(r"jax-([\d.]+\d)", archive.name)
    assert version is not None
    reader = Reader(sources(archive))
    release = Release(version[1])
    modules = [m for m in reader.texts if not any(p.startswith("_") for p in m.split("."))]
    for module in modules:
        release.names.add(module)
        for name, source in reader.offer(module).items():
            if not name.startswith("_") and source.startswith("jax"):
                release.names.add(f"{module}.{name}")
        for name, (words, is_gone) in _deprecations(reader.texts[module]).items():
            dotted = f"{module}.{name}"
            (release.removed if is_gone else release.deprecated)[dotted] = words
            (release.names.discard if is_gone else release.names.add)(dotted)
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


def releases() -> list[Release]:
    """Every release that was downloaded, the oldest first."""
    archives = [path for path in FOLDER.glob("jax-*") if path.suffix in {".whl", ".gz"}]
    return sorted(map(read_release, archives), key=lambda release: version_of(release.version))


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


def contradictions(read: list[Release]) -> list[str]:
    """Where the table says something else than the texts of the releases, one line each."""
    found = []
    for change in changes().values():
        if change.library != "jax" or change.part not in (Part.NAME, Part.MODULE) or change.only_imported:
            continue
        present = [release.version for release in read if change.name in release.names]
        if not present:
            found.append(f"{change.name}: in none of the releases")
        elif change.removed and version_of(present[-1]) >= version_of(change.removed):
            found.append(f"{change.name}: removed in {change.removed}, but {present[-1]} has it")
    return found


def download() -> None:
    """Get the releases from the package index, as files that are never installed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for release in RELEASES:
        if not any(FOLDER.glob(f"jax-{release}[-.][pt]*")):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(FOLDER)]
            subprocess.run([*command, f"jax=={release}"], check=True)


def main() -> None:
    """Do what the first argument says."""
    match sys.argv[1:]:
        case ["download"]:
            download()
        case ["names"]:
            for history in histories(releases()):
                print(
                    f"{history.name}\t{history.last}\t{history.absent}\t{history.deprecated}\t{history.words}"
                )
        case ["check"]:
            found = contradictions(releases())
            sys.exit("\n".join(found) if found else 0)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
