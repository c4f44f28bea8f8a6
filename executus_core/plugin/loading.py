"""Imports one plugin. Whatever happens on the way stays that plugin's failure."""

from __future__ import annotations

import sys
import time
import traceback
from importlib.metadata import EntryPoint
from itertools import islice
from typing import TYPE_CHECKING

from attrs import frozen
from stevedore.named import NamedExtensionManager
from typing_extensions import override

from executus_core.hookspecs import GROUP

if TYPE_CHECKING:
    from executus_core.plugin.scan import Candidate


@frozen
class Imported:
    """What came of importing a plugin.

    Attributes:
        namespace: The module or object that holds its hooks; None when it failed.
        error: What it raised, with its class; "" when it did not fail.
        detail: The traceback of that, or "".
        import_s: Seconds it took.
        modules: Modules that it brought in, in order.
    """

    namespace: object
    error: str
    detail: str
    import_s: float
    modules: tuple[str, ...]


if TYPE_CHECKING:
    Manager = NamedExtensionManager[object]
else:
    Manager = NamedExtensionManager  # became generic later than the version that we ask for


class _One(Manager):
    """Loads the one entry point that was picked, and neither reads nor writes stevedore's cache on disk."""

    def __init__(self, entry_point: EntryPoint, failures: list[BaseException]) -> None:
        self._picked = [entry_point]
        super().__init__(
            GROUP,
            [entry_point.name],
            on_load_failure_callback=lambda _manager, _entry_point, error: failures.append(error),
            # else a failure is logged as a plugin that is not there
            on_missing_entrypoints_callback=lambda _names: None,
        )

    @override
    def list_entry_points(self) -> list[EntryPoint]:
        return self._picked


def import_plugin(candidate: Candidate) -> Imported:
    """Import a plugin; only ``KeyboardInterrupt`` goes through."""
    entry_point = EntryPoint(name=candidate.name, value=candidate.target, group=GROUP)
    failures: list[BaseException] = []
    namespace: object = None
    before = len(sys.modules)
    started = time.perf_counter()
    try:
        manager = _One(entry_point, failures)
        if not failures:
            namespace = manager[candidate.name].plugin
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin's sys.exit() or native panic must not end the host
        failures.append(error)
    import_s = time.perf_counter() - started
    # a dict keeps the order of insertion, so what came last is what this import brought
    modules = tuple(islice(sys.modules, before, None))
    said, detail = (describe(failures[0]), _trace(failures[0])) if failures else ("", "")
    return Imported(namespace, said, detail, import_s, modules)


def describe(error: BaseException) -> str:
    """Say class and message of a foreign error in one line, even of one whose message can't be had."""
    try:
        text = " ".join(str(error).split())
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - its __str__ is a plugin's code
        text = "(its message can't be shown)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _trace(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - as above
        return ""
