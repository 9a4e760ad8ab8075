"""First-party modules by dotted name, read and lowered on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jaxlint.syntax.nodes import Code

_TESTS = frozenset({"tests", "test", "testing", "conftest"})

Loader = Callable[[Path], "Code | None"]


@dataclass(slots=True, eq=False)
class Module:
    """One file of the project: its dotted name and, once read, its code (None if it has none).

    ``beside`` has the dotted names of the scripts in its folder that are not found by their own word, because
    a file elsewhere has taken that.
    """

    name: str
    path: Path
    is_package: bool
    code: Code | None = None
    is_loaded: bool = False
    mutated: frozenset[str] = field(default_factory=frozenset)
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_test(self) -> bool:
        """Whether the file is a test, or sets tests up."""
        parts = self.name.split(".")
        return any(part in _TESTS or part.startswith("test_") or part.endswith("_test") for part in parts)

    def resolve_relative(self, dots: int, name: str) -> str:
        """The absolute dotted name of ``from <dots><name> import …`` in this module."""
        if dots == 0:
            return self.beside.get(name, name)
        parts = self.name.split(".") if self.name else []
        keep = len(parts) - dots + (1 if self.is_package else 0)
        base = parts[: max(keep, 0)]
        return ".".join([*base, name] if name else base)


class ModuleIndex:
    """All modules of a project: ``files`` maps every name to a file, a file's own name coming first.

    ``load`` turns a path into lowered code, or None where it cannot.
    """

    def __init__(self, files: Mapping[str, Path], load: Loader) -> None:
        self._load = load
        by_path: dict[Path, Module] = {}
        for name, path in files.items():
            by_path.setdefault(path, Module(name, path, path.name == "__init__.py"))
        self._modules = {name: by_path[path] for name, path in files.items()}
        _link_scripts(self._modules)
        self._packages = {
            name.rsplit(".", depth)[0] for name in files for depth in range(1, name.count(".") + 1)
        } | set(files)

    def __contains__(self, name: str) -> bool:
        return name in self._packages

    def modules(self) -> list[Module]:
        """Every module once, in the order of their files."""
        return sorted(dict.fromkeys(self._modules.values()), key=lambda module: module.path)

    def find(self, name: str) -> Module | None:
        """The module of that dotted name as far as it is known, without reading its file."""
        return self._modules.get(name)

    def below(self, name: str) -> set[Module]:
        """The module of that dotted name, and those of the package that it may be."""
        return {module for own, module in self._modules.items() if f"{own}.".startswith(f"{name}.")}

    def get(self, name: str) -> Module | None:
        """The module of that dotted name with its code loaded; None for a namespace package or no module."""
        module = self._modules.get(name)
        if module is not None and not module.is_loaded:
            module.is_loaded = True
            module.code = self._load(module.path)
            if module.code is not None:
                module.mutated = changed_by_functions(module.code)
        return module


def _link_scripts(modules: Mapping[str, Module]) -> None:
    """Python looks for what a script imports in the script's own folder first."""
    folders: dict[Path, list[Module]] = {}
    for module in dict.fromkeys(modules.values()):
        folders.setdefault(module.path.parent, []).append(module)
    for scripts in folders.values():
        if not any(module.is_package for module in scripts):
            named = ((module.path.stem, module) for module in scripts)
            beside = {word: module.name for word, module in named if modules.get(word, module) is not module}
            for module in scripts:
                module.beside = beside


def changed_by_functions(code: Code) -> frozenset[str]:
    """Module-level names that some function of the module rebinds or changes in place."""
    names: set[str] = set()
    pending = list(code.nested)
    while pending:
        function = pending.pop()
        names |= function.global_names & function.rebound
        names |= function.mutated - function.bound
        pending += function.nested
    return frozenset(names)
