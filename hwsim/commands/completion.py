"""How the shell completes values that are names: they are looked up only when it asks."""

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_names(list_names: Callable[[], Iterable[str]], *, or_files: bool = False) -> Complete:
    """Return what an option's `shell_complete` calls: names that begin as typed, in any case.

    `or_files` leaves it to the shell to complete a path where no name fits.
    """

    def complete(
        context: click.Context, option: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        fitting = [name for name in list_names() if name.lower().startswith(incomplete.lower())]
        if or_files and not fitting:
            return [CompletionItem(incomplete, type="file")]
        return [*map(CompletionItem, fitting)]

    return complete
