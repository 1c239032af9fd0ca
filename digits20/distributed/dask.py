"""J on a Dask cluster: tasks load the partitions on its workers, where they stay.

Partitions lost with a worker are loaded again on another one by the same tasks; one that cannot be loaded again ends
the training with the error Lost.
"""

from __future__ import annotations

import itertools
import logging
import time
import warnings
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError as FutureCancelled
from typing import Any
from weakref import WeakKeyDictionary

from ..data.dataset import DIGITS, SQUARE
from ..errors import DataFileError, Digits20Error, Lost
from ..nn.network import Network
from ..nn.objective import Warp
from ..types import Label
from . import tasks, worker
from .cluster import Cluster
from .executor import Loaded
from .heartbeat import Heartbeat
from .objective import PartitionedObjective
from .partitions import Partitions
from .sources import Source
from .sources.collections import blocks
from .wait import Died, Failed, Wait

log = logging.getLogger("digits20")
WINDOW = 64  # answers that the driver holds at once
MOST_TASKS = 200  # of an evaluation: each takes the scheduler about a millisecond
TRAINING = worker.cost_and_gradient, worker.batch_cost_and_gradient  # the questions that training asks
ATTEMPTS = 5  # at one evaluation, each with all partitions loaded again


class DaskObjective(PartitionedObjective):
    """J of a network on partitions that the workers of a Dask cluster keep; used like any Objective.

    theta goes out once an evaluation, to one worker that hands it on; one gradient a partition comes back. The result
    is the same to the bit for any number of workers of one kind, also where some die on the way.

    Parameters
    ----------
    network
        Whose weights theta are.
    partitions
        Callables that return Digits, such as those of `files("parts/*.csv.gz")` and `idx_rows(...)`: they run on the
        workers, which must see the files; or `Partitions` kept by a `Dask`.
    lam, warp
        As in Objective.
    client
        The dask.distributed.Client.
    threads
        BLAS threads of a worker.

    Raises
    ------
    Digits20Error
        As Objective does; and what the sources raise.
    Lost
        Later, where scheduler or workers do not come back, or a partition that was lost cannot be loaded again.
    """

    def __init__(
        self,
        network: Network,
        partitions: Sequence[Source] | Partitions,
        lam: float = 0.0,
        client: Any = None,
        warp: Warp | None = None,
        threads: int = 1,
    ) -> None:
        if not isinstance(partitions, Partitions):
            partitions = Partitions(partitions, Dask(client, threads))
        super().__init__(network, partitions, lam, warp)

    @classmethod
    def from_collections(
        cls,
        network: Network,
        X: Any,
        y: Any,
        lam: float = 0.0,
        client: Any = None,
        labels: Sequence[Label] = DIGITS,
        image_shape: tuple[int, int] = SQUARE,
        warp: Warp | None = None,
        threads: int = 1,
    ) -> DaskObjective:
        """J on the rows and labels of a dask.array or dask.dataframe, a partition for each block.

        Parameters
        ----------
        network, lam, client, warp, threads
            As above.
        X
            (m, n), ink 1 on paper 0, or uint8 of 0 to 255.
        y
            (m,), with the same blocks.
        labels
            All that occur in y.
        image_shape
            As in Digits.

        Raises
        ------
        Digits20Error
            Where X and y have other blocks or have been persisted.
        """
        return cls(network, blocks(X, y, labels, image_shape), lam, client, warp, threads)


class Dask:
    """Keeps partitions on the workers of the cluster that `client` is connected to.

    threads: BLAS threads of each; own: whether this command has started the cluster.
    """

    remote = True

    def __init__(self, client: Any, threads: int = 1, heartbeat: Heartbeat | None = None, own: bool = False) -> None:
        self.client, self.threads, self.cluster = client, threads, Cluster(client, own)
        self.address, self.heartbeat = self.cluster.address, heartbeat
        self.spent: deque[float] = deque(maxlen=99)  # seconds that answers have taken
        # the workers that the tasks of each may run on, None for all; where they are gone Dask would wait for ever
        self.bound: WeakKeyDictionary[Loaded, list[list[str] | None]] = WeakKeyDictionary()

    def make(
        self,
        recipes: Sequence[Callable[[], Any]],
        before: Loaded | None = None,
        steps: Sequence[Callable[[Any], Any]] = (),
    ) -> Loaded:
        self._say_if_asked("loading %d partitions", recipes)
        self.cluster.look()
        if before is None:
            loaded = Loaded(recipes, self._load(recipes))
        else:
            loaded = Loaded(recipes, self._map("step", tasks.go_on, _packed(steps), before.objects))
        self.bound[loaded] = [*(self.bound.get(before, ()) if before else ()), self.cluster.allowed]
        return loaded

    def _load(self, recipes: Sequence[Callable[[], Any]]) -> list[Any]:
        return self._map("load", tasks.make, _packed(recipes))

    def ask(self, function: Callable[..., Any], loaded: Loaded, *arguments: Any) -> Iterator[Any]:
        done = 0  # tasks
        if function in TRAINING:
            self._say_if_asked("the first evaluation of J on %d partitions", loaded.objects)
        for attempt in range(ATTEMPTS):
            try:
                self.cluster.look_for_joined()
                for answers in self._answers(function, loaded, done, arguments):
                    done += len(answers)
                    yield from itertools.chain.from_iterable(answers)
                loaded.complete = True
                if self.heartbeat and function in TRAINING:
                    self.heartbeat.stop()
                return
            except Failed as failed:
                raise self._told(failed.error, loaded) from failed.error
            except Died as died:
                if died.of is not None and attempt:
                    raise Lost(f"{self.address}: workers end whenever they are at one partition: {died.of}") from None
                self._recover(loaded, died, attempt)
            except (CancelledError, FutureCancelled, OSError) as seen:
                self._recover(loaded, seen, attempt)
            except Lost:
                raise
            except Exception as seen:
                if self.client.status == "running":
                    raise
                self._recover(loaded, seen, attempt)  # it says so in words that differ from version to version
        why = self.cluster.sync(self.cluster.why_ended)
        raise Lost(f"{self.address}: workers were lost {ATTEMPTS} times in a row: {why}")

    def _say_if_asked(self, what: str, partitions: Sequence[Any]) -> None:
        """Before training begins: what the heartbeat says from now on."""
        if self.heartbeat:
            self.heartbeat.what = f"{self.address}: {what % len(partitions)}"

    def _answers(
        self, function: Callable[..., Any], loaded: Loaded, done: int, arguments: tuple[Any, ...]
    ) -> Iterator[list[list[Any]]]:
        """Some tasks' answers after another, from task `done` on."""
        self.cluster.check_stopped()
        things, places = loaded.objects[done:], _neighbours(range(len(loaded.recipes)))[done:]
        shared = self._map("theta", tasks.itself, [(self.threads, function, arguments)])[0] if len(things) > 1 else None
        question = shared or (self.threads, function, arguments)
        name = "slope" if function in TRAINING else function.__name__
        futures = self._map(name, tasks.ask, things, question=question)
        at_once = max(WINDOW // max(map(len, places), default=1), 1)
        for start in range(0, len(futures), at_once):
            some = slice(start, start + at_once)
            wait = Wait(self.cluster, futures[some], places[some], self.spent, quiet=loaded.complete)
            wait.bound = [*self.bound.get(loaded, ()), self.cluster.allowed]
            answers = self.cluster.sync(wait.answers)
            for answer in answers:
                if isinstance(answer, tasks.Refused):
                    raise Failed(answer.error)
            yield answers
            futures[some] = [None] * len(futures[some])

    def _map(self, name: str, function: Callable[..., Any], *lists: Sequence[Any], **shared: Any) -> list[Any]:
        """The futures of tasks that are called `name` on Dask's dashboard."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Dask advises against sending what is large, but theta has to go
            allowed = self.cluster.allowed
            futures: list[Any] = self.client.map(function, *lists, key=name, pure=False, workers=allowed, **shared)
        return futures

    def _recover(self, loaded: Loaded, seen: BaseException, attempt: int) -> None:
        """Load all partitions again; raises Lost where the scheduler is gone."""
        time.sleep(0.1 * 2**attempt)  # until the client knows
        self.cluster.wait_until_back(seen)
        log.info("%s: partitions are lost, and loaded again", self.address)
        self.cluster.look()
        loaded.objects[:] = self._load(loaded.recipes)
        self.bound[loaded] = [self.cluster.allowed]

    def _told(self, error: BaseException, loaded: Loaded) -> Digits20Error:
        """The error in one line; a Lost once training has begun."""
        text = str(error)
        if not isinstance(error, Digits20Error):
            text = f"{self.address}: a worker failed: {type(error).__name__}: {error}"
        if loaded.complete:
            return Lost(text)
        return DataFileError(text) if isinstance(error, DataFileError) else Digits20Error(text)


def _packed(things: Sequence[Any]) -> list[bytes]:
    """Neighbours as the task unpickles them: one that cannot would end the worker, were Dask to unpickle them."""
    from distributed.protocol.pickle import dumps

    return [dumps(some) for some in _neighbours(things)]


def _neighbours(things: Sequence[Any]) -> list[Sequence[Any]]:
    """What one task is for: one thing, or some neighbours where there are more than MOST_TASKS."""
    size = -(-len(things) // MOST_TASKS)
    return [things[start : start + size] for start in range(0, len(things), size or 1)]
