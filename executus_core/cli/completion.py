"""``executus completion``: the script that makes a shell complete commands, options and values."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from executus_core.cli import root

_VARIABLE: Final = "_EXECUTUS_COMPLETE"
_HOW: Final = {
    "bash": ("~/.bashrc", 'eval "$(executus completion bash)"'),
    "zsh": ("~/.zshrc, behind compinit", 'eval "$(executus completion zsh)"'),
    "fish": ("~/.config/fish/config.fish", "executus completion fish | source"),
}
"""By shell, the file that it reads when it starts, and the line to put there."""


@click.command()
@click.argument("shell", type=click.Choice(list(_HOW)), metavar="SHELL")
def completion(*, shell: str) -> None:
    """Print what makes a shell complete commands, options, files, agents, tools and tiers.

    One line in the file that the shell reads when it starts:

    \b
      bash   ~/.bashrc                    eval "$(executus completion bash)"
      zsh    ~/.zshrc, behind compinit    eval "$(executus completion zsh)"
      fish   ~/.config/fish/config.fish   executus completion fish | source
    """  # noqa: D301 - click's mark before lines that stay as they are
    made_by = get_completion_class(shell)
    assert made_by is not None  # noqa: S101 - click knows these three
    file, line = _HOW[shell]
    click.echo(made_by(root, {}, "executus", _VARIABLE).source().strip())
    click.echo(f"\n# To have this in every shell, put this line into {file}:\n#   {line}")
