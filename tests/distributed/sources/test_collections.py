"""Dask's collections as partitions."""

import numpy as np
import pytest

from digits20 import Digits20Error, Network, Objective
from digits20.distributed.objective import PartitionedObjective
from digits20.distributed.partitions import Partitions
from digits20.distributed.sources.collections import blocks
from digits20.errors import DataFileError
from digits20.estimator import DigitsClassifier

pytest.importorskip("dask.distributed", reason="needs the extra: pip install digits20[dask]")

import dask.array
import dask.dataframe
import distributed
import pandas


@pytest.fixture
def some(digits):
    return digits.take(slice(0, 5000, 50))


@pytest.fixture
def arrays(some):
    return dask.array.from_array(np.array(some.X), chunks=(40, 100)), dask.array.from_array(np.array(some.y), chunks=40)


def test_blocks_of_a_dask_array_are_partitions(arrays, some):
    network = Network((400, 5, 10))
    theta = network.initial_theta(0)
    partitions = Partitions(blocks(*arrays))
    assert partitions.sizes == [40, 40, 20]
    assert PartitionedObjective(network, partitions)(theta)[0] == pytest.approx(Objective(network, some)(theta)[0])


def test_partitions_of_a_dask_dataframe_are_partitions(some):
    table = dask.dataframe.from_pandas(pandas.DataFrame(np.column_stack([some.X, some.y])), npartitions=2)
    partitions = Partitions(blocks(table.iloc[:, :400], table[400].astype(int)))
    assert partitions.sizes == [50, 50]
    np.testing.assert_array_equal(np.concatenate([part.X for part in partitions.data.objects]), some.X)


def test_other_blocks_of_labels_are_refused(arrays):
    with pytest.raises(Digits20Error, match=r"X has 3 blocks, but y has 2 blocks, .* y\.rechunk\(X\.chunks\[0\]\)"):
        blocks(arrays[0], arrays[1].rechunk(50))
    with pytest.raises(Digits20Error, match="expected the same rows in each"):
        blocks(arrays[0], arrays[1].rechunk(((20, 40, 40),)))


def test_what_is_no_collection_is_named(arrays, some):
    with pytest.raises(Digits20Error, match="y is a ndarray, expected a dask"):
        blocks(arrays[0], some.y)


def test_a_persisted_collection_is_refused(arrays):
    with (
        distributed.Client(processes=False, n_workers=1, dashboard_address=None),
        pytest.raises(Digits20Error, match="X is persisted, so it lives on the workers that hold it"),
    ):
        blocks(arrays[0].persist(), arrays[1])


def test_a_label_that_was_not_announced_is_refused_by_the_block(arrays):
    with pytest.raises(DataFileError, match="block 1 of the collection, row 0 of the whole: label 0 is none of 7"):
        Partitions(blocks(*arrays, labels=(7,)))


def test_a_bad_image_is_named_by_its_row_in_the_whole(arrays):
    X, y = arrays
    rows = dask.array.arange(len(X), chunks=40)[:, None]
    with pytest.raises(DataFileError, match="block 2 of the collection, row 70 of the whole: holds a pixel"):
        Partitions(blocks(dask.array.where(rows == 70, np.nan, X), y))


def test_the_classifier_refuses_a_collection_and_says_what_takes_it(arrays):
    with pytest.raises(Digits20Error, match=r"a Dask collection.*DaskObjective.from_collections"):
        DigitsClassifier().fit(*arrays)
