"""``--out``: the folder that the files of runs go to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import click
from attrs import frozen

from executus_core.cli.screen.words import complain, printable, wrapped
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.cli.options import CommandT
    from executus_core.record.artifact import Artifact


def out_option(command: CommandT) -> CommandT:
    """Give a command the option that says where files go."""
    return click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Write the files that tools make into this folder.",
    )(command)


@frozen
class Kept:
    """Where files went.

    Attributes:
        paths: For each file where it is; shorter than the files when one could not be written.
        problem: Why the others are not there, or "".
    """

    paths: tuple[Path, ...] = ()
    problem: str = ""


NOTHING_KEPT = Kept()


@frozen
class OutFolder:
    """A folder that is there and that a person named.

    Attributes:
        path: As it was named.
    """

    path: Path

    @classmethod
    def make(cls, path: Path) -> Self:
        """Make the folder where it is missing, before anything is spent on a run.

        Raises:
            ConfigError: It can't be made.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--out {path}: {error.strerror or error}") from error
        return cls(path)

    def keep(self, artifacts: Sequence[Artifact]) -> Kept:
        """Write files; what is there already stays as it is."""
        from executus_core.deliver import write_artifacts  # noqa: PLC0415 - few runs make files

        paths: list[Path] = []
        for artifact in artifacts:
            try:
                paths.extend(write_artifacts(self.path, [artifact]))
            except OSError as error:
                return Kept(tuple(paths), f"--out {self.path}: {artifact.name}: {error.strerror or error}")
        return Kept(tuple(paths))


def tell_files(artifacts: Sequence[Artifact], out: OutFolder | None, kept: Kept, *, is_quiet: bool) -> None:
    """Say where files went, or that nobody kept them; what failed is said also to one who asked for quiet."""
    if not is_quiet:
        for artifact, path in zip(artifacts, kept.paths, strict=False):
            said = f"wrote {path} ({artifact.media_type}, {len(artifact.data):,} bytes)"
            click.secho(printable(said), dim=True, err=True)
        if artifacts and out is None:
            names = ", ".join(artifact.name for artifact in artifacts)
            click.secho(
                wrapped(printable(f"Files that nobody keeps: {names}. To keep them: --out DIR")),
                dim=True,
                err=True,
            )
    if kept.problem:
        complain(kept.problem)
