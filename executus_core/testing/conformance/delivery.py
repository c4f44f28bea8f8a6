"""What every delivery must do."""
# ruff: noqa: ARG002, S101 - a capability that is not given ignores what it is asked; a suite is made of assertions

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from executus_core.errors import MaxStepsError
from executus_core.record.artifact import Artifact
from executus_core.record.caller import Target
from executus_core.testing.conformance.base import HOSTILE_TEXTS, Conformance, cannot_check, interleaved

if TYPE_CHECKING:
    from executus_core.ports.delivery import Delivery

__all__ = ["DeliveryConformance", "DeliveryReading"]


@frozen
class DeliveryReading:
    """What arrived at a target.

    Attributes:
        text: The output, or what was said about the error.
        artifacts: The files, by name.
    """

    text: str
    artifacts: dict[str, bytes]


class DeliveryConformance(Conformance):
    """What every delivery must do.

    Give the fixture ``delivery``, and a target that it can reach from a test. Give ``read_back`` too, if what arrived can
    be looked at.

    Attributes:
        target: A target that this delivery serves.
        carries_files: Whether files arrive; where they can't, as on a terminal, the text names each of them.
    """

    target: Target = Target("memory", "inbox")
    carries_files: bool = True

    @pytest.fixture
    def delivery(self) -> Delivery:
        """The delivery to check."""
        raise NotImplementedError("give the fixture 'delivery'")

    def another_target(self, number: int) -> Target:
        """Name a target of the same kind, another one for each number."""
        return Target(self.target.kind, f"{self.target.id}-{number}")

    async def read_back(self, delivery: Delivery, target: Target) -> DeliveryReading | None:
        """Read what arrived last at a target; None when nobody can look."""
        return None

    async def test_it_serves_the_kind_of_its_targets(self, delivery: Delivery) -> None:
        """``kinds`` is a collection of words, the same whenever it is asked."""
        kinds = set(delivery.kinds)

        assert not isinstance(delivery.kinds, str), "kinds is one text; give a collection of texts"
        assert self.target.kind in kinds
        assert {type(kind) for kind in kinds} == {str}
        assert all(kinds)
        assert set(delivery.kinds) == kinds

    async def test_output_and_files_arrive(self, delivery: Delivery) -> None:
        """What arrives is what the run made, byte for byte; a target that takes no files is told of them."""
        files = (
            Artifact("part.stl", "model/stl", b"solid\x00\xff"),
            Artifact("notes ü.txt", "text/plain", b""),
        )

        assert await interleaved([delivery.deliver(self.target, "Here you are.", files)]) == [None]

        reading = await self._read(delivery, self.target)
        assert "Here you are." in reading.text
        self._assert_files(reading, {artifact.name: artifact.data for artifact in files})

    async def test_an_error_arrives(self, delivery: Delivery) -> None:
        """A run that did not end by itself tells its target why."""
        assert await interleaved([delivery.deliver_error(self.target, MaxStepsError(12))]) == [None]

        assert "12 steps" in (await self._read(delivery, self.target)).text

    @pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=lambda text: repr(text[:20]))
    async def test_any_output_can_be_delivered(self, delivery: Delivery, text: str) -> None:
        """An output that is empty, long or strange, without a file, is delivered."""
        await delivery.deliver(self.target, text, ())
        await delivery.deliver_error(self.target, RuntimeError(text))

    async def test_many_runs_deliver_at_once(self, delivery: Delivery) -> None:
        """Runs that end together each reach their own target."""

        async def deliver(number: int) -> None:
            file = Artifact("number.txt", "text/plain", str(number).encode())
            await delivery.deliver(self.another_target(number), f"output {number}", (file,))

        assert set(await interleaved(map(deliver, range(20)))) == {None}

        for number in range(20):
            reading = await self._read(delivery, self.another_target(number))
            assert f"output {number}" in reading.text
            self._assert_files(reading, {"number.txt": str(number).encode()})

    def _assert_files(self, reading: DeliveryReading, files: dict[str, bytes]) -> None:
        if self.carries_files:
            assert reading.artifacts == files
        else:
            assert [name for name in files if name not in reading.text] == []

    async def _read(self, delivery: Delivery, target: Target) -> DeliveryReading:
        reading = await self.read_back(delivery, target)
        if reading is None:
            cannot_check("read_back")
        return reading
