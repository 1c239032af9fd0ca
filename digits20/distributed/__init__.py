"""The same J over partitions of the images, here or on a cluster."""

from typing import TYPE_CHECKING, Any

from .objective import PartitionedObjective
from .partitions import Partitions
from .sources import file, files, idx_rows
from .tasks import dask_setup

if TYPE_CHECKING:
    from .dask import DaskObjective

__all__ = ["DaskObjective", "PartitionedObjective", "Partitions", "dask_setup", "file", "files", "idx_rows"]


def __getattr__(name: str) -> Any:
    """What is slow to import arrives when it is asked for."""
    if name == "DaskObjective":
        from .dask import DaskObjective

        return DaskObjective
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
