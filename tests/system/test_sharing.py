"""Arrays that several processes map instead of copying."""

import numpy as np
import pytest

from digits20 import Digits20Error
from digits20.system.sharing import LARGE, share


@pytest.fixture
def large():
    return np.random.default_rng(0).random(LARGE // 8)


def test_values_come_back_and_an_array_of_two_is_written_once(large, tmp_path):
    values = [{"X": large, "y": np.arange(3)}, {"X": large, "columns": np.asfortranarray(large.reshape(2, -1))}]
    first, second = (shared.value() for shared in share(values, tmp_path))
    np.testing.assert_array_equal(first["X"], large)
    np.testing.assert_array_equal(second["columns"], large.reshape(2, -1))
    assert first["y"].tolist() == [0, 1, 2]
    assert len(list(tmp_path.iterdir())) == 2


def test_who_writes_into_a_shared_array_changes_its_own_copy_alone(large, tmp_path):
    shared = share([large], tmp_path)[0]
    shared.value()[0] = 9
    np.testing.assert_array_equal(shared.value(), large)


def test_a_folder_that_cannot_be_written_is_one_line(large, tmp_path):
    with pytest.raises(Digits20Error, match=r"array: cannot be written: no such file"):
        share([large], tmp_path / "gone")
