"""Which workers of a Dask cluster can be given work, those that have this version of digits20; and why some ended."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Mapping
from typing import Any

from ..system.version import __version__

log = logging.getLogger("digits20")
GB = 1e9
MORE_MEMORY = (
    "more memory (dask worker --memory-limit) or smaller partitions may help: smaller files, or "
    "--partition-size for one IDX file or for Parquet"
)
UNKNOWN = "they crashed, were shut down, or were killed, as a system does that runs out of memory; their logs tell more"

# Run on a worker by the builtin `eval`, which unpickles anywhere: a task that names digits20 would end a worker that
# has none. Its value is a dict of texts.
_LOOK = """
import platform
seen = {"host": platform.node(), "digits20": "", "numpy": "", "kernel": ""}
try:
    import numpy, threadpoolctl
    seen["numpy"] = numpy.__version__
    libraries = [each for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]
    seen["kernel"] = ", ".join(sorted({str(each.get("architecture")) for each in libraries}))
    from digits20.system.version import __version__
    seen["digits20"] = __version__
except ImportError:
    pass
"""
EXPRESSION = f"(lambda names: (exec({_LOOK!r}, names), names['seen'])[1])({{}})"

# Run on the scheduler, which holds this in the same way since 2024
_ADMIT = """
import distributed
for scheduler in distributed.Scheduler._instances:
    for task in scheduler.tasks.values():
        if task.worker_restrictions == old:
            task.worker_restrictions = set(new)
    for worker in [scheduler.workers[address] for address in new - old if address in scheduler.workers]:
        scheduler.transitions(scheduler.bulk_schedule_unrunnable_after_adding_worker(worker), "digits20")
"""


def admission(old: Collection[str], new: Collection[str]) -> str:
    """What the scheduler is to evaluate so that tasks bound to the workers `old` run on those of `new`, at once."""
    return f"exec({_ADMIT!r}, {{'old': {set(old)!r}, 'new': {set(new)!r}}})"


class Workers:
    """The workers that have been looked at: `usable` are the addresses of those that can be given work."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.seen: dict[str, Mapping[str, str]] = {}
        self.usable: set[str] = set()

    @property
    def unusable(self) -> set[str]:
        return self.seen.keys() - self.usable

    def unknown(self, addresses: Mapping[str, Any]) -> list[str]:
        """Those of the addresses that nobody has looked at."""
        return [address for address in addresses if address not in self.seen]

    def usable_of(self, addresses: Mapping[str, Any]) -> list[str]:
        """Those of the addresses that can be used."""
        return sorted(self.usable & addresses.keys())

    def add(self, answers: Mapping[str, Mapping[str, str]]) -> None:
        """Take in what EXPRESSION answered on new workers, by address; warn of those that cannot be used."""
        for address, answer in answers.items():
            self.seen[address] = answer
            if answer["digits20"] == __version__:
                self.usable.add(address)
                self._compare(address, answer)
            else:
                found = f"digits20 {answer['digits20']}" if answer["digits20"] else "no digits20"
                log.warning(
                    "%s: worker %s on %s has %s and gets no work: install digits20 %s there",
                    *(self.address, address, answer["host"], found, __version__),
                )

    def _compare(self, address: str, answer: Mapping[str, str]) -> None:
        first = self.seen[min(self.usable, key=list(self.seen).index)]
        for name, what in (("kernel", "BLAS kernel"), ("numpy", "NumPy")):
            if answer[name] != first[name]:
                log.warning(
                    "%s: worker %s on %s has %s %s, others have %s: the last bits depend on who computes what",
                    *(self.address, address, answer["host"], what, answer[name], first[name]),
                )

    async def why_ended(self, scheduler: Any) -> str:
        """What `scheduler` knows of why workers that have been looked at ended, with what may help."""
        with contextlib.suppress(OSError):
            for _, event in reversed(await scheduler.events(topic="worker-restart-memory")):  # told by their nannies
                if event["worker"] in self.seen:
                    used = f"worker {event['worker']} used {event['rss'] / GB:.2g} GB"
                    return f"{used}, more than it may, and was ended; {MORE_MEMORY}"
            for _, event in reversed(await scheduler.events(topic="scheduler")):
                if event["action"] == "worker-ttl-timed-out" and (lost := self.seen.keys() & event["workers"]):
                    given_up = f"worker {min(lost)} said nothing for {event['ttl']:.0f} s and was given up"
                    return f"{given_up}; it is overloaded, frozen or cut off"
        return UNKNOWN
