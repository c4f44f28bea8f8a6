"""The lock: the distributions, versions and files that a host may be made of, as ``executus.lock`` holds them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import Field

from executus_core.errors import ConfigError
from executus_core.plugin.installed import describe_files
from executus_core.plugin.scan import CORE, Distribution, find_core_version
from executus_core.record.document import Document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from executus_core.plugin.scan import Candidate

_SHORT: Final = len("sha256:") + 12
_HEAD: Final = "# Written by `executus plugins lock`: what may start where [plugins] locked = true.\n"


class LockedDistribution(Document):
    """One distribution.

    Attributes:
        distribution: Its name.
        version: Its version.
        files: The hash over its RECORD; or what stands in its place, as ``installed.describe_files`` says.
    """

    kind: ClassVar[str] = "lock"

    distribution: str
    version: str
    files: str

    def __str__(self) -> str:
        """Show name and version."""
        return f"{self.distribution} {self.version}".rstrip()

    @property
    def short_files(self) -> str:
        """As much of the files as people compare."""
        return f"{self.files[:_SHORT]}..." if self.files.startswith("sha256:") else self.files


class Lock(Document):
    """A whole ``executus.lock``.

    Attributes:
        format: The version of this format.
        core: executus-core itself.
        plugin: The distribution of each plugin, by the plugin's name.
    """

    kind: ClassVar[str] = "lock"

    format: Literal[1] = 1
    core: LockedDistribution
    plugin: dict[str, LockedDistribution] = Field(default_factory=dict)

    @classmethod
    def take(cls, picked: Mapping[str, Candidate], folder: Path) -> Lock:
        """Lock what is installed now.

        Args:
            picked: The plugins that take part, by name.
            folder: Where the lock will stand.
        """
        core = Distribution(CORE, find_core_version() or "")
        plugins = {name: picked[name].distribution for name in sorted(picked)}
        return cls(
            core=_lock(core, folder),
            plugin={name: _lock(shipped or Distribution(""), folder) for name, shipped in plugins.items()},
        )

    @classmethod
    def read(cls, path: Path) -> Lock:
        """Read a lock.

        Raises:
            ConfigError: There is none, or it is not one.
        """
        try:
            return cls.parse(tomllib.loads(path.read_text(encoding="utf-8")), source=str(path))
        except FileNotFoundError:
            raise ConfigError(f"there is no {path}") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: can't be read: {error}") from error

    def render(self) -> str:
        """Write it as TOML, with a table for each plugin."""
        import tomli_w  # noqa: PLC0415 - only `executus plugins lock` writes

        return _HEAD + tomli_w.dumps(self.model_dump())

    def __str__(self) -> str:
        """Say how much it holds."""
        count = len(self.plugin)
        return f"{self.core} and {count} plugin{'' if count == 1 else 's'}"


def _lock(distribution: Distribution, folder: Path) -> LockedDistribution:
    return LockedDistribution(
        distribution=distribution.name,
        version=distribution.version,
        files=describe_files(distribution, folder),
    )
