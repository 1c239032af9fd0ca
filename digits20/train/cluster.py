"""The options of training on partitions: in this process, on local workers, or on a cluster's."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..cli.options import Reading, resized
from ..cli.types import whole
from ..data.dataset import DIGITS, Digits
from ..data.orientation import SAMPLE
from ..data.readers.arrays import idx as idx_file
from ..distributed.executor import InThisProcess
from ..distributed.partitions import Partitions
from ..distributed.sources import Source, each_image, file, files, idx_rows, is_parquet, is_pattern, is_url
from ..errors import Digits20Error, shown
from ..learning.settings import Training
from ..system.shipped import shipped as shipped_file
from ..system.untrusted import read_file, read_range

MAX_SCHEDULER_FILE = 2**20  # bytes
log = logging.getLogger("digits20")


@dataclass(frozen=True)
class Cluster:
    """Where partitions are trained on: what the options of `add_cluster_options` say.

    scheduler: the address of a Dask scheduler; scheduler_file: the JSON file where it has left its address; workers:
    how many processes of this machine. All None: in this process.
    partition_size: images that make one partition, where a file is cut into several; None for 10,000 of an
    IDX file, or more where that would make over 1000 partitions, and for one row group of a Parquet file.
    """

    scheduler: str | None
    scheduler_file: Path | None
    workers: int | None
    partition_size: int | None

    @property
    def here(self) -> bool:
        """Whether partitions are kept in this process."""
        return not (self.scheduler or self.scheduler_file or self.workers)

    @property
    def address(self) -> str | None:
        """That of the scheduler, or None for workers of our own; raises Digits20Error for a file without one."""
        if self.scheduler_file is None:
            return self.scheduler
        try:
            address = json.loads(read_file(self.scheduler_file, MAX_SCHEDULER_FILE))["address"]
        except (ValueError, KeyError, TypeError) as error:
            seen = str(error) if isinstance(error, Digits20Error) else f"{shown(self.scheduler_file)}: no address in it"
            raise Digits20Error(f"{seen}, expected what dask scheduler --scheduler-file has written") from None
        return str(address)


def add_cluster_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("cluster (with many files: --data 'parts/*.csv.gz')")
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on the Dask cluster at this address, such as tcp://host:8786 (default: no cluster)",
    )
    where.add_argument(
        "--scheduler-file",
        type=Path,
        metavar="FILE",
        help="the same, at the address in this file, which dask scheduler --scheduler-file writes "
        "(default: no cluster)",
    )
    where.add_argument(
        "--workers",
        type=whole(1, 1000),
        metavar="N",
        help="train on N processes of this machine (default: in this process)",
    )
    group.add_argument(
        "--partition-size",
        type=whole(1),
        metavar="N",
        help="most images per partition of an IDX file (default: 10,000, or more where that makes over 1000 "
        "partitions) or a Parquet file (default: a row group per partition)",
    )


@contextlib.contextmanager
def read_images(
    reading: Reading, training: Training, cluster: Cluster, init_from: str
) -> Iterator[Digits | Partitions]:
    """The images, in the size of the model of that name to start from, if any.

    They are here, or in partitions for as long as the context lasts.
    """
    base = training.init_from
    if cluster.here and not (is_pattern(reading.data or "") or is_url(reading.data or "")):
        yield resized(reading.load("train"), base.image_shape, init_from) if base else reading.load("train")
        return
    if training.ensemble > 1:
        raise Digits20Error("--ensemble trains networks side by side on this machine, not on partitions")
    if training.styles:
        raise Digits20Error("--styles adds to images on this machine, not to partitions")
    step = _as_seen(reading, training)
    sources = [each_image(source, step) for source in _sources(reading, cluster.partition_size)]
    if cluster.here:
        log.info(
            "%s: partitions are kept in this process; --workers or --scheduler spread them", shown(reading.data or "")
        )
        yield _turned_right(Partitions(sources, InThisProcess()), reading)
        return
    from ..distributed.connect import connected  # slow to import, and seldom wanted

    with connected(cluster.address, cluster.workers or 1, training.threads) as executor:
        yield _turned_right(Partitions(sources, executor), reading)


def _turned_right(partitions: Partitions, reading: Reading) -> Partitions:
    """The images as a look at some of each partition says that they must be read; those of other labels as they are."""
    if reading.data is None or partitions.labels != DIGITS:
        return partitions
    if partitions.preprocess:
        if reading.order is None or reading.invert is None:
            log.info(
                "%s: not checked whether the images are turned or inverted, since they are deskewed; --order and "
                "--invert tell it",
                shown(reading.data),
            )
        return partitions
    way = reading.way(partitions.sample(SAMPLE))
    if way is None:
        return partitions
    right = partitions.map(way.digits)
    partitions.release()
    return right


def split_partitions(
    partitions: Partitions, training: Training
) -> tuple[Partitions, Partitions | None, Partitions | None]:
    """(to train, to validate or None, to test or None): of every partition its share; see `Training.for_images`."""
    train, validation, test = partitions.split(int(training.train_size or 0), training.validation or 0, training.seed)
    return train, validation, test if len(test) else None


def _sources(reading: Reading, partition_size: int | None) -> list[Source]:
    if reading.more_data or reading.is_pictures():
        raise Digits20Error("partitions come of one --data, and of no pictures; a pattern or URL names many files")
    data = reading.data or str(shipped_file("data/digits20.csv.gz"))
    names = ("label_column", "header", "order", "pixel_min", "pixel_max", "invert", "arrays", "max_size")
    how = {"labels": reading.labels or "digits"} | {name: getattr(reading, name) for name in names}
    if is_pattern(data) or is_url(data) or is_parquet(data):
        if reading.labels_file:
            raise Digits20Error("--labels-file is for one IDX file of this machine")
        sources = files(data, partition_size, **how)
        if partition_size and not is_parquet(data):
            log.warning("%s: --partition-size has no effect: each file is a partition", shown(data))
        return sources
    if idx_file.is_idx(read_range(data, 0, 4)):
        return idx_rows(data, partition_size, reading.labels_file)
    return [file(data, labels_file=reading.labels_file, **how)]


@dataclass(frozen=True)
class _Seen:
    """Images as the network shall see them."""

    shape: tuple[int, int] | None
    preprocess: tuple[str, ...]
    dtype: str

    def __call__(self, digits: Digits) -> Digits:
        if self.shape:
            digits = digits.resized(self.shape)
        return digits.prepared(self.preprocess).astype(self.dtype)


def _as_seen(reading: Reading, training: Training) -> _Seen:
    if base := training.init_from:
        return _Seen(base.image_shape, base.preprocess, training.dtype)
    shape = (reading.image_size,) * 2 if reading.image_size else None
    return _Seen(shape, ("deskew",) if training.deskew else (), training.dtype)
