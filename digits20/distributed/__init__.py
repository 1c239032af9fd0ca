"""The same J over partitions of the images, here or on a cluster."""

from .dask import DaskObjective, dask_setup
from .objective import PartitionedObjective
from .partitions import Partitions
from .sources import file, files, idx_rows

__all__ = ["DaskObjective", "PartitionedObjective", "Partitions", "dask_setup", "file", "files", "idx_rows"]
