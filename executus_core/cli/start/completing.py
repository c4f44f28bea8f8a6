"""What the tab key offers for values: found here and now, without a network and without importing what is heavy.

The shell waits for it and shows nothing else, so whatever goes wrong here offers nothing and says nothing.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from executus_core.config.load import Configuration


def _quietly(
    find: Callable[[Configuration], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Make what click asks of a function that finds all values."""

    @functools.wraps(find)
    def complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        logging.disable()
        try:
            from executus_core.config.load import load_configuration  # noqa: PLC0415 - only a tab waits for it

            known = sorted(set(find(load_configuration())))
        except Exception:  # noqa: BLE001 - plugins are foreign code, and nobody could be told
            return []
        finally:
            logging.disable(logging.NOTSET)
        return [CompletionItem(name) for name in known if name.startswith(incomplete)]

    return complete


@_quietly
def _complete_candidates(configuration: Configuration) -> Iterable[str]:
    from executus_core.cli.start.model_choice import SCRIPTED  # noqa: PLC0415 - only a tab waits for it
    from executus_core.model.routing import ALIASES, ENDPOINTS, PRICES, split_chain  # noqa: PLC0415

    chains = configuration.models
    specs = [*split_chain([*chains.values()]), *configuration.entries(PRICES)]
    named = {spec.partition("/")[0] for spec in specs}
    endpoints = [f"{name}/" for name in configuration.entries(ENDPOINTS) if name not in named]
    return [*chains, *configuration.entries(ALIASES), *specs, *endpoints, SCRIPTED]


def complete_models(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer tiers, aliases, specs that the configuration names, and the model that is always there; in a chain, one more."""
    chain, comma, last = incomplete.rpartition(",")
    name = last.lstrip()
    before = f"{chain}{comma}{last.removesuffix(name)}"
    return [CompletionItem(f"{before}{item.value}") for item in _complete_candidates(ctx, parameter, name)]


@_quietly
def complete_tools(configuration: Configuration) -> Iterable[str]:
    """Offer installed tools."""
    from executus_core.plugin.compose import build_tools  # noqa: PLC0415 - only a tab waits for it
    from executus_core.plugin.host import PluginHost  # noqa: PLC0415

    built, _ = build_tools(PluginHost(configuration), imports=False)
    return [tool.name for tool in built]


@_quietly
def _complete_agent_names(configuration: Configuration) -> Iterable[str]:
    from executus_core.cli.start.agent_files import find_agent_files  # noqa: PLC0415 - only a tab waits for it

    return find_agent_files(configuration.path)


def complete_agents(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer agents of ``agents`` folders by name; where none fits, files."""
    names = _complete_agent_names(ctx, parameter, incomplete)
    return names or [CompletionItem(incomplete, type="file")]
