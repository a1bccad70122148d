"""A build before it is begun: its plan, with what was counted and measured of it."""

from dataclasses import dataclass
from functools import cached_property

from explorer.core.scale import sharded
from explorer.runs.build.cost import Sizes, run_bytes
from explorer.runs.build.plan import Plan
from explorer.runs.build.sharded_cost import Crew, run_bytes_in_shards
from explorer.runs.build.throughput import Throughput
from explorer.runs.store import run_folder


@dataclass(frozen=True, eq=False)
class BuildEstimate:
    """A plan with what was counted and measured of it.

    Attributes:
        planned: the request met with its data.
        sample: pictures that were sent through the network.
        known: training and test pictures whose features need no network.
        stored: of those, the ones that need not be written again.
        base: bytes of memory that the program had at most, with the network and the pictures in flight.
        opening: seconds that the data set takes to open once it was checked.
        started: seconds that the program took to start.
        worker: bytes of memory of the program and its network alone, as a worker process has them.
        crew: what works on shards, where the run is large enough for them.
    """

    planned: Plan
    sample: Throughput
    known: int
    stored: int
    base: int
    opening: float
    started: float
    worker: int
    crew: Crew

    @cached_property
    def exists(self) -> bool:
        """Whether the run is there already."""
        return (run_folder(self.planned.run_id()) / "manifest.json").is_file()

    @property
    def sizes(self) -> Sizes:
        """How large the run becomes."""
        data = self.planned.dataset
        return Sizes(len(self.planned.rows), len(data.test.labels), self.sample.width + 1, len(data.class_names))

    @property
    def trained(self) -> bool:
        """Whether the network is trained here."""
        return self.planned.trained_here

    @property
    def in_shards(self) -> bool:
        """Whether workers build it, shard by shard."""
        return sharded(self.sizes.train) and not self.trained

    @property
    def run_bytes(self) -> int:
        """Bytes of its folder."""
        return run_bytes_in_shards(self.sizes) if self.in_shards else run_bytes(self.sizes)

    @property
    def pictures(self) -> int:
        """Pictures whose features are needed."""
        return len(self.planned.chosen) + self.sizes.test
