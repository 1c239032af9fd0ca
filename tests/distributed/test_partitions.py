"""One objective over images in partitions is that of all images together, wherever the partitions are kept."""

import itertools
import struct
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from digits20 import LBFGS, DataFileError, Digits, Digits20Error, GradientDescent, MiniBatch, Network, Objective, fit
from digits20.distributed import executor
from digits20.distributed.objective import PartitionedObjective
from digits20.distributed.partitions import Partitions
from digits20.distributed.sources import files, idx_rows, is_pattern, remote
from digits20.images.augment import Warps


def sources(digits, *bounds):
    edges = (0, *bounds, len(digits))
    return [partial(digits.take, slice(a, b)) for a, b in itertools.pairwise(edges)]


@pytest.fixture
def network():
    return Network((9, 5, 3))


@pytest.fixture
def theta(network, rng):
    return network.initial_theta(rng)


@pytest.fixture
def J(network, small):
    return PartitionedObjective(network, Partitions(sources(small, 7, 20, 21)), lam=0.5)


def test_cost_and_gradient_are_those_of_all_images(J, network, small, theta):
    cost, gradient = Objective(network, small, 0.5)(theta)
    assert J(theta)[0] == pytest.approx(cost, rel=1e-13)
    np.testing.assert_allclose(J(theta)[1], gradient, rtol=1e-12, atol=1e-15)


def test_weighted_images_count_as_in_one_objective(network, small, theta, rng):
    weighted = replace(small, sample_weight=rng.integers(4, size=60).astype(float))
    parts = PartitionedObjective(network, Partitions(sources(weighted, 7, 20)), 0.5)
    whole = Objective(network, weighted, 0.5)
    assert parts(theta)[0] == pytest.approx(whole(theta)[0], rel=1e-13)
    assert parts.measure(theta) == pytest.approx(whole.measure(theta))
    assert len(parts) == len(whole)
    epoch = [(batch.share, batch(theta)[1]) for batch in parts.batches(10, rng)]
    np.testing.assert_allclose(sum(share * gradient for share, gradient in epoch), whole(theta)[1], atol=1e-14)


def test_measures_are_those_of_all_images(J, network, small, theta):
    assert J.measure(theta) == pytest.approx(Objective(network, small).measure(theta))


@pytest.mark.parametrize("solver", [LBFGS(20), GradientDescent(20), MiniBatch(5, batch_size=20)])
def test_solvers_run_on_it_unchanged(J, theta, solver, small):
    model = fit(J, theta, solver, validation=small)
    assert model.costs[-1] < model.costs[0]
    assert (model.labels, model.image_shape) == (small.labels, small.image_shape)
    assert len(model.scores["validation_costs"]) == len(model.costs)


@pytest.mark.parametrize("size", [1, 7, 20, 59, 60, 1000])
def test_an_epoch_of_mini_batches_sees_every_image_once(J, theta, size, rng):
    """Then their gradients, by their shares, add up to that of the whole."""
    batches = [(batch.share, batch(theta)[1]) for batch in J.batches(size, rng)]
    assert sum(share for share, _ in batches) == pytest.approx(1)
    np.testing.assert_allclose(sum(share * gradient for share, gradient in batches), J(theta)[1], atol=1e-14)


def test_mini_batches_come_in_a_new_order_each_epoch(J, theta, rng):
    first, second = (next(iter(J.batches(10, rng)))(theta)[0] for _ in range(2))
    assert first != second


def test_warps_change_the_images_of_mini_batches_only(network, small, theta, rng):
    J = PartitionedObjective(network, Partitions(sources(small, 30)), 0.5, Warps((3, 3)))
    (batch,) = J.batches(60, rng)
    assert J(theta)[0] == pytest.approx(Objective(network, small, 0.5)(theta)[0])
    assert batch(theta)[0] != pytest.approx(J(theta)[0])


def test_a_loaded_partition_survives_being_sent(network, small, theta):
    import pickle

    from digits20.distributed.worker import PartitionObjective, cost_and_gradient

    kept = PartitionObjective(small, network, None, 0)
    copy = pickle.loads(pickle.dumps(kept))
    np.testing.assert_array_equal(cost_and_gradient(copy, theta)[1], cost_and_gradient(kept, theta)[1])


# splitting


def test_every_partition_gives_its_share_to_each_part(small):
    train, validation, test = Partitions(sources(small, 12, 36)).split(40, 10, seed=0)
    assert (train.sizes, validation.sizes, test.sizes) == ([6, 12, 12], [2, 4, 4], [4, 8, 8])


def test_the_parts_have_all_images_once(small):
    parts = Partitions(sources(small, 12, 36)).split(40, 10, seed=0)
    pixels = np.concatenate([digits.X for part in parts for digits in part.data.objects])
    np.testing.assert_array_equal(np.sort(pixels[:, 1]), np.sort(small.X[:, 1]))


def test_a_split_goes_by_the_seed(small):
    def train(seed):
        return Partitions(sources(small, 12)).split(40, 0, seed)[0].data.objects[0].X

    np.testing.assert_array_equal(train(0), train(0))
    assert not np.array_equal(train(0), train(1))


def test_partitions_too_small_for_a_part_give_none_of_it(small, network, theta):
    train, validation, test = Partitions(sources(small, 1, 2, 3)).split(50, 4, seed=0)
    assert len(train) + len(validation) + len(test) == 60
    PartitionedObjective(network, test)(theta)


# what partitions have in common


def test_labels_are_those_of_all_partitions(rng):
    one = Digits(rng.random((2, 4)), np.array([0, 1]), labels=("b", "a"))
    two = Digits(rng.random((2, 4)), np.array([1, 0]), labels=("c", "b"))
    both = Partitions([partial(one.take, slice(None)), partial(two.take, slice(None))])
    assert both.labels == ("a", "b", "c")
    assert [np.array(both.labels)[held.y].tolist() for held in both.data.objects] == [["b", "a"], ["b", "c"]]


def test_images_of_different_sizes_are_refused_naming_the_file(tmp_path):
    (tmp_path / "a.csv").write_text("0,0.5,1,0,1\n1,0,0,0.5,2\n")
    (tmp_path / "b.csv").write_text(("0," * 9 + "1\n") * 2)
    with pytest.raises(DataFileError, match=r"b\.csv: images of shape \(3, 3\), but those of .*a\.csv are \(2, 2\)"):
        Partitions(files(str(tmp_path / "*.csv")))


def test_no_partitions_are_refused(network):
    with pytest.raises(Digits20Error, match="no partitions"):
        Partitions([])


# where they come from


def test_a_pattern_means_files_in_order(tmp_path):
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text("0,0.5,1,0,1\n1,0,0,0.5,1\n")
    assert [source.path[-5:] for source in files(str(tmp_path / "*.csv"))] == ["a.csv", "b.csv"]
    assert len(Partitions(files(str(tmp_path / "*.csv")))) == 4


def test_a_pattern_without_files_is_refused(tmp_path):
    with pytest.raises(DataFileError, match=r"\*\.csv: no such files"):
        files(str(tmp_path / "*.csv"))


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path):
    (tmp_path / "digits[1].csv").write_text("")
    assert not is_pattern(str(tmp_path / "digits[1].csv"))
    assert is_pattern(str(tmp_path / "digits*.csv"))


@pytest.fixture
def idx(tmp_path, rng):
    """Seven images and labels in IDX files."""
    pixels, labels = rng.integers(256, size=(7, 3, 3), dtype=np.uint8), np.arange(7, dtype=np.uint8)
    (tmp_path / "x-images-idx3-ubyte").write_bytes(
        bytes([0, 0, 8, 3, *[0, 0, 0, 7], *[0, 0, 0, 3] * 2]) + pixels.tobytes()
    )
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 7) + labels.tobytes())
    return tmp_path / "x-images-idx3-ubyte"


def test_rows_of_idx_files_are_the_images_of_the_whole(idx):
    from digits20 import load

    parts = [source() for source in idx_rows(idx, 3)]
    assert [len(part) for part in parts] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate([part.X for part in parts]), load(idx).X)
    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), load(idx).y)


def test_idx_files_that_end_early_are_refused(idx):
    idx.write_bytes(idx.read_bytes()[:-1])
    with pytest.raises(DataFileError, match="images-idx3-ubyte: ends before image 7 of the 7 it promises"):
        idx_rows(idx, 3)[-1]()


def test_more_images_than_labels_are_refused(idx):
    labels = idx.with_name("x-labels-idx1-ubyte")
    labels.write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 6) + bytes(6))
    with pytest.raises(DataFileError, match="7 images but 6 labels"):
        idx_rows(idx, 3)


def test_a_partition_that_changes_is_refused_when_it_is_loaded_again(tmp_path, small):
    def write(name, digits):
        table = np.column_stack([digits.X, digits.y])
        np.savetxt(tmp_path / name, table, delimiter=",", fmt="%.6f")

    write("a.csv", small.take(slice(0, 30)))
    write("b.csv", small.take(slice(30, 60)))
    partitions = Partitions(files(str(tmp_path / "*.csv")))
    partitions.release()
    assert len(partitions.loaded().objects) == 2
    write("b.csv", small.take(slice(29, 59)))
    partitions.release()
    with pytest.raises(DataFileError, match=r"b\.csv has changed since it was first read$"):
        partitions.loaded()


def test_an_objective_knows_its_digest_without_asking_the_partitions(J, small, network):
    before = J.digest()
    J._loaded.objects.clear()
    assert J.digest() == before
    assert before != PartitionedObjective(network, Partitions(sources(small, 7, 20)), lam=0.5).digest()


def test_parts_of_a_split_hold_no_more_than_their_own_images(small):
    train, _, test = Partitions(sources(small, 30)).split(40, 0, seed=0)
    for part in (train, test):
        for digits in part.loaded().objects:
            assert digits.X.base is None or digits.X.base.nbytes == digits.X.nbytes


# other places, other files


@pytest.fixture
def memory(digits):
    """fsspec's file system in memory, with three CSV parts of 30 images in a folder of it."""
    fsspec = pytest.importorskip("fsspec", reason="needs the extra: pip install digits20[dask]")
    system = fsspec.filesystem("memory")
    for part in range(3):
        some = digits.take(slice(part, 5000, 170))
        with system.open(f"/parts/p{part}.csv", "w") as file:
            np.savetxt(file, np.column_stack([some.X, some.y]), delimiter=",", fmt="%.6g")
    yield system
    system.store.clear()


def test_parts_are_read_from_wherever_fsspec_reaches(memory):
    assert Partitions(files("memory://parts/*.csv")).sizes == [30, 30, 30]


def test_a_part_that_is_not_at_its_url_is_named(memory):
    sources = files("memory://parts/*.csv")
    memory.rm("/parts/p1.csv")
    with pytest.raises(DataFileError, match=r"^memory://.*p1\.csv: no such file$"):
        Partitions(sources)


def test_a_url_whose_server_does_not_answer_is_no_missing_file():
    """fsspec calls it one, and tells the truth in the cause."""
    told = pytest.raises(DataFileError, match=r"^https://h/x: cannot be read: ConnectionRefusedError: away")
    with told, remote._refused("https://h/x"):
        raise FileNotFoundError("x") from ConnectionRefusedError("away")


def test_a_server_that_sends_no_parts_of_files_is_told_in_our_words():
    fsspecs = "The HTTP server doesn't appear to support range requests. Only reading this file from the beginning is"
    with pytest.raises(DataFileError, match="the server sends whole files only"), remote._refused("http://h/p.parquet"):
        raise ValueError(fsspecs)


def test_what_is_wrong_in_a_file_at_a_url_is_told_by_the_url(memory):
    memory.pipe("/parts/p1.csv", b"1,2,three\n")
    with pytest.raises(DataFileError, match=r"^memory://.*/p1\.csv line 1: "):
        Partitions(files("memory://parts/*.csv"))


def test_a_file_at_a_url_that_is_too_large_is_refused(memory):
    with pytest.raises(DataFileError, match=r"p0\.csv: holds more than 1000 bytes"):
        Partitions(files("memory://parts/*.csv", max_size=1000))


@pytest.fixture
def parquet(tmp_path, digits):
    """A Parquet file of 60 images in six row groups."""
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra: pip install digits20[dask]")
    from pyarrow import parquet

    some = digits.take(slice(0, 5000, 84))
    columns = {"label": some.y} | {f"pixel{place}": some.X[:, place] for place in range(400)}
    parquet.write_table(pyarrow.table(columns), tmp_path / "digits.parquet", row_group_size=10)
    return tmp_path / "digits.parquet"


def test_a_row_group_makes_a_partition(parquet):
    from digits20 import load

    parts = [source() for source in files(str(parquet))]
    assert [len(part) for part in parts] == [10, 10, 10, 10, 10, 10]
    np.testing.assert_array_equal(np.concatenate([part.X for part in parts]), load(parquet).X)


def test_neighbouring_row_groups_make_larger_partitions(parquet):
    assert [len(source()) for source in files(str(parquet), rows=25)] == [20, 20, 20]


def test_a_large_idx_file_does_not_make_very_many_partitions(idx, monkeypatch):
    monkeypatch.setattr("digits20.distributed.sources.paths.ROWS", 1)
    monkeypatch.setattr("digits20.distributed.sources.paths.MANY", 3)
    assert [len(source()) for source in idx_rows(idx)] == [3, 3, 1]


# more than memory holds


@pytest.fixture
def scarce(monkeypatch):
    """Memory that is short after each second look."""
    looks = itertools.count()
    monkeypatch.setattr("digits20.distributed.executor.is_short", lambda: next(looks) % 2 == 1)


def test_partitions_that_do_not_fit_are_read_again_with_the_same_bits(small, network, theta, request):
    def trained():
        train, _, test = Partitions(sources(small, 12, 36, 40)).split(40, 0, seed=0)
        J = PartitionedObjective(network, train, 0.5)
        return fit(J, theta, LBFGS(5)), J, test

    whole, _, _ = trained()
    request.getfixturevalue("scarce")
    parted, J, test = trained()
    assert [thing is None for thing in J._loaded.objects] == [False, True, False, True]
    assert parted.theta.tobytes() == whole.theta.tobytes()
    assert parted.accuracy(test) == whole.accuracy(test)


def test_what_is_read_again_is_told_once_with_its_price(small, network, theta, scarce, caplog):
    J = PartitionedObjective(network, Partitions(sources(small, 12, 36, 40)), 0.5)
    for _ in range(3):
        J(theta)
    (said,) = caplog.messages
    assert said.startswith("2 of 4 partitions do not fit into memory and are read from their files each time: an eval")


def test_memory_is_short_where_little_of_it_is_available(tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 14 kB\n")
    assert executor.is_short()
    (tmp_path / "meminfo").write_text("MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 50 kB\n")
    assert executor.is_short() == executor._container_is_short()
