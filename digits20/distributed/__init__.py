"""The same J over partitions of the images, here or on a cluster."""

from .dask import DaskObjective
from .objective import PartitionedObjective
from .partitions import Partitions
from .sources import file, files, idx_rows
from .tasks import dask_setup

__all__ = ["DaskObjective", "PartitionedObjective", "Partitions", "dask_setup", "file", "files", "idx_rows"]
