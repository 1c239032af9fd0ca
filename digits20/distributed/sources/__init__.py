"""Sources of partitions: callables that read the images of one partition, in this process or on another machine.

Your own callables work too if they can be pickled and return the same Digits at every call.
"""

from .paths import each_image, file, files, idx_rows, is_pattern
from .remote import is_url
from .row_groups import is_parquet
from .steps import Source, Step, Transformed, Unchanged, name_of

__all__ = [
    "Source",
    "Step",
    "Transformed",
    "Unchanged",
    "each_image",
    "file",
    "files",
    "idx_rows",
    "is_parquet",
    "is_pattern",
    "is_url",
    "name_of",
]
