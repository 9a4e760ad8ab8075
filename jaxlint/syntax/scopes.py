"""What a function does with its names, gathered while its body is lowered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jaxlint.syntax.nodes import Attribute, Call, Code, Expr, Name, Param, Stmt, Subscript

# Methods that change the object they are called on, by the built-in containers that have them.
MUTATORS = frozenset(
    "append extend insert remove pop clear sort reverse add discard update setdefault popitem "
    "intersection_update difference_update symmetric_difference_update appendleft extendleft popleft".split()
)


@dataclass(slots=True)
class Scope:
    """Names of one function, lambda, class or module while its statements are read."""

    is_class: bool = False
    first_param: str | None = None
    bound: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    mutated: set[str] = field(default_factory=set)
    attribute_stores: set[str] = field(default_factory=set)
    attribute_changes: set[str] = field(default_factory=set)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    passed: set[tuple[str, str]] = field(default_factory=set)
    nested: list[Code] = field(default_factory=list)
    has_yield: bool = False

    def bind(self, name: str) -> None:
        """Record a plain assignment to ``name``."""
        self.bound.add(name)
        self.rebound.add(name)

    def augment(self, name: str) -> None:
        """Record ``name op= value``, which changes a list in place, so the caller's list changes as well."""
        self.read.add(name)
        self.mutated.add(name)

    def mutate(self, target: Expr) -> None:
        """Record that the object which ``target`` is a part of changes in place."""
        base = target
        while isinstance(base, (Attribute, Subscript)):
            if (
                isinstance(base, Attribute)
                and isinstance(base.value, Name)
                and base.value.id == self.first_param
            ):
                (self.attribute_stores if base is target else self.attribute_changes).add(base.attr)
            base = base.value
        if isinstance(base, Name):
            self.mutated.add(base.id)

    def note_call(self, call: Call) -> None:
        """Record the change that a mutating method makes to its object, and what a function gets first."""
        func = call.func
        if isinstance(func, Attribute) and call.args and isinstance(call.args[0].value, Name):
            self.passed.add((func.attr, call.args[0].value.id))
        if isinstance(func, Attribute) and func.attr in MUTATORS:
            self.mutate(Subscript(func, func.value, func.value))

    def absorb(self, code: Code) -> None:
        """Take over what a nested function needs from here."""
        self.nested.append(code)
        self.read.update(code.free)
        self.passed.update(code.passed)
        self.mutated.update(code.mutated - code.bound)

    def finish(self, code: Code, params: tuple[Param, ...]) -> None:
        """Write the summary into ``code``."""
        names = {param.name for param in params}
        local = (self.bound | names) - self.global_names - self.nonlocal_names
        code.bound = frozenset(local)
        code.rebound = frozenset(self.rebound)
        code.free = tuple(sorted((self.read | self.nonlocal_names | self.mutated) - local))
        code.mutated = frozenset(self.mutated)
        code.attribute_stores = frozenset(self.attribute_stores)
        code.attribute_changes = frozenset(self.attribute_changes)
        code.global_names = frozenset(self.global_names)
        code.nonlocal_names = frozenset(self.nonlocal_names)
        code.passed = frozenset(self.passed)
        code.nested = self.nested
        code.is_generator = self.has_yield


class Reader:
    """What the walks over LibCST's and over Python's tree share: how a function or class is a scope."""

    def __init__(self) -> None:
        """Start with the scope of the module."""
        self.scope = Scope()

    def code(
        self, origin: Any, name: str, params: tuple[Param, ...], body: Callable[[], tuple[Stmt, ...]]
    ) -> Code:
        """Lower the body of a function in a scope of its own."""
        outer, self.scope = self.scope, Scope(first_param=params[0].name if params else None)
        code = Code(origin, name, params, ())
        code.body = body()
        self.scope.finish(code, params)
        self.scope = outer
        outer.absorb(code)
        return code

    def class_body(self, body: Callable[[], tuple[Stmt, ...]]) -> tuple[Stmt, ...]:
        """Lower the body of a class in a scope of its own."""
        outer, self.scope = self.scope, Scope(is_class=True)
        statements = body()
        inner, self.scope = self.scope, outer
        # Methods do not see the names of the class body, but the class body itself does.
        method_reads = {name for code in inner.nested for name in code.free}
        outer.read |= (inner.read - inner.bound) | method_reads
        outer.mutated |= inner.mutated - inner.bound
        outer.nested += inner.nested
        return statements
