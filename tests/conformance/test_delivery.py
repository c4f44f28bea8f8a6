"""The suite for deliveries: what is in memory passes it, and what breaks a promise does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core.testing import DeliveryConformance, DeliveryReading, MemoryDelivery

if TYPE_CHECKING:
    from collections.abc import Callable


class TestMemoryDelivery(DeliveryConformance):
    @pytest.fixture
    def delivery(self) -> MemoryDelivery:
        return MemoryDelivery()

    async def read_back(self, delivery: MemoryDelivery, target) -> DeliveryReading:
        last = [delivered for delivered in delivery.delivered if delivered.target == target][-1]
        return DeliveryReading(
            last.output or str(last.error), {file.name: file.data for file in last.artifacts}
        )


class KindsAreOneText(MemoryDelivery):
    def __init__(self):
        super().__init__()
        self.kinds = "memory"


class DropsEmptyFiles(MemoryDelivery):
    async def deliver(self, target, output, artifacts):
        await super().deliver(target, output, [artifact for artifact in artifacts if artifact.data])


class HidesErrors(MemoryDelivery):
    async def deliver_error(self, target, error):
        await super().deliver_error(target, RuntimeError("something went wrong"))


class RefusesNothing(MemoryDelivery):
    async def deliver(self, target, output, artifacts):
        if not output:
            raise ValueError("nothing to deliver")
        await super().deliver(target, output, artifacts)


class RemembersOneTarget(MemoryDelivery):
    async def deliver(self, target, output, artifacts):
        self.target = target
        await asyncio.sleep(0)
        await super().deliver(self.target, output, artifacts)


BROKEN = [
    ("test_it_serves_the_kind_of_its_targets", KindsAreOneText),
    ("test_output_and_files_arrive", DropsEmptyFiles),
    ("test_an_error_arrives", HidesErrors),
    ("test_any_output_can_be_delivered", RefusesNothing),
    ("test_many_runs_deliver_at_once", RemembersOneTarget),
]


class TestFilesByName(TestMemoryDelivery):
    """A target that takes no files is told of them."""

    carries_files = False

    async def read_back(self, delivery: MemoryDelivery, target) -> DeliveryReading:
        last = [delivered for delivered in delivery.delivered if delivered.target == target][-1]
        names = " ".join(file.name for file in last.artifacts)
        return DeliveryReading(f"{last.output or last.error} {names}", {})


@pytest.mark.parametrize("check", ["test_output_and_files_arrive", "test_many_runs_deliver_at_once"])
async def test_the_suite_catches_files_that_are_not_even_named(check: str, assert_caught) -> None:
    """Whoever reads the text would not know that there were any."""

    class HidesFiles(MemoryDelivery):
        async def deliver(self, target, output, artifacts):
            await super().deliver(target, output, ())

    await assert_caught(TestFilesByName(), check, delivery=HidesFiles)


@pytest.mark.parametrize(("check", "provider"), BROKEN)
async def test_the_suite_catches(check: str, provider: Callable[[], object], assert_caught) -> None:
    """The check fails for a provider that breaks just its promise."""
    await assert_caught(TestMemoryDelivery(), check, delivery=provider)


def test_every_check_can_fail(assert_every_check_can_fail) -> None:
    """Every check of the suite has a provider that it catches."""
    assert_every_check_can_fail(TestMemoryDelivery, BROKEN)
