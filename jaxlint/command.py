"""The shape of the command line: a command that has subcommands beside its paths, and a help that teaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click


class GroupedOption(click.Option):
    """An option that the help lists under a heading of its own."""

    def __init__(self, *args: Any, group: str, **kwargs: Any) -> None:
        """Keep the heading beside what click wants to know."""
        super().__init__(*args, **kwargs)
        self.group = group


class Grouped(click.Command):
    """A command whose help lists the options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options under their headings."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        # The options that click adds come last.
        for param in sorted(options, key=lambda param: not isinstance(param, GroupedOption)):
            record = param.get_help_record(ctx)
            if record is not None:
                group = param.group if isinstance(param, GroupedOption) else "Other"
                groups.setdefault(group, []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records, col_max=24)


class Program(Grouped):
    """A command whose first word may name another command; any other first word is a path."""

    def __init__(
        self, *args: Any, commands: Sequence[click.Command], sections: Mapping[str, str], **kwargs: Any
    ) -> None:
        """Keep the other commands by name, and what the help says at its end, by heading."""
        super().__init__(*args, **kwargs)
        self.commands = {command.name: command for command in commands}
        self.sections = sections

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Hand over to another command where the first word names one."""
        command = self.commands.get(args[0]) if args else None
        if command is None:
            return super().make_context(info_name, args, parent, **extra)
        return command.make_context(f"{info_name} {command.name}", args[1:], parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the context was made for."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the other commands beside the main use."""
        super().format_usage(ctx, formatter)
        for command in self.commands.values():
            pieces = command.collect_usage_pieces(ctx)
            formatter.write_usage(f"{ctx.command_path} {command.name}", " ".join(pieces), prefix=" " * 7)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Close with the sections, as they were written."""
        del ctx
        for heading, text in self.sections.items():
            with formatter.section(heading):
                for line in text.splitlines():
                    formatter.write(f"{' ' * formatter.current_indent}{line}\n")
