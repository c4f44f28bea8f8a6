"""The command line: ``executus``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.lazy import LazyGroup
from executus_core.cli.screen.streams import drop_output, mend_streams
from executus_core.errors import ExecutusError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "root"]


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 it worked, 1 it failed, 2 bad usage or configuration, 3 a plugin's fault, "
    "130 interrupted; `executus run` has more.",
)
@click.version_option(package_name="executus-core", prog_name="executus")
def root() -> None:
    """Run LLM agents, and see what they are made of."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: In place of those of the process.

    Returns:
        The exit code; see ``executus_core.cli.exit_codes``.
    """
    mend_streams()
    try:
        result: object = root.main(
            args=None if arguments is None else list(arguments), prog_name="executus", standalone_mode=False
        )
    except click.Abort:
        _complain("interrupted")
        return exit_codes.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ExecutusError as error:
        _complain(str(error))
        return exit_codes.code_of(error)
    except OSError as error:
        drop_output()
        where = f"{error.filename}: " if error.filename else ""
        _complain(f"{where}{error.strerror or error}")
        return exit_codes.RUN_FAILED
    return result if isinstance(result, int) else exit_codes.OK


def _complain(message: str) -> None:
    from executus_core.cli.screen.words import complain  # noqa: PLC0415 - a command that works needs none of this

    complain(message)
