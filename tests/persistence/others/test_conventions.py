"""How others' weights are meant is found out with the shipped digits, and said."""

import numpy as np
import pytest
from scipy.io import savemat

from digits20 import import_thetas, load_digits, load_model
from digits20.persistence.thetas import course_columns

COURSE = load_model("course")
DIGITS = load_digits()[::50]
ABOVE = COURSE.Thetas[1]
BIAS = ABOVE[:, :1] + ABOVE[:, 1:].sum(axis=1, keepdims=True) / 2
AS_TANH = [COURSE.Thetas[0] / 2, np.hstack([BIAS, ABOVE[:, 1:] / 2])]  # sigmoid(z) = (1 + tanh(z / 2)) / 2


def saved(path, Thetas):
    np.savez(path, **{f"Theta{place}": Theta for place, Theta in enumerate(Thetas, 1)})
    return path


@pytest.fixture
def right(tmp_path):
    """The accuracy of the network that matrices make."""
    return lambda Thetas, **options: import_thetas(saved(tmp_path / "w.npz", Thetas), **options).accuracy(DIGITS)


@pytest.mark.parametrize(
    "Thetas",
    [
        COURSE.Thetas,
        [np.roll(Theta, -1, axis=1) for Theta in COURSE.Thetas],
        [course_columns(COURSE.Thetas[0], (20, 20)), COURSE.Thetas[1]],
        [COURSE.Thetas[0], np.roll(COURSE.Thetas[1], -1, axis=0)],
        AS_TANH,
    ],
    ids=["as usual", "biases last", "by columns", "ten is zero", "tanh"],
)
def test_a_network_of_digits_is_read_in_the_way_that_recognizes_them(right, Thetas):
    assert right(Thetas) > 0.9


def test_the_way_is_said(right, caplog):
    right([np.roll(Theta, -1, axis=1) for Theta in COURSE.Thetas])
    assert "biases in the last column, since only then does it recognize digits" in caplog.text


def test_nothing_is_said_of_what_is_read_as_usual(right, caplog):
    right(COURSE.Thetas)
    assert not caplog.records


def test_what_is_said_is_not_changed(right):
    by_columns = [course_columns(COURSE.Thetas[0], (20, 20)), COURSE.Thetas[1]]
    assert right(by_columns, order="C") < 0.7


def test_a_mat_file_by_rows_is_noticed(tmp_path):
    savemat(tmp_path / "w.mat", {"Theta1": COURSE.Thetas[0], "Theta2": COURSE.Thetas[1]})
    assert import_thetas(tmp_path / "w.mat").accuracy(DIGITS) > 0.9


def test_what_recognizes_no_digits_in_any_reading_is_said(tmp_path, caplog):
    import_thetas(saved(tmp_path / "w.npz", [COURSE.Thetas[0] * 0.001, COURSE.Thetas[1]]))
    assert "in no reading does it recognize more than" in caplog.text


@pytest.mark.parametrize("name", ["classes_", "labels"])
def test_what_the_file_calls_labels_are_the_labels(tmp_path, name):
    Thetas = {f"Theta{place}": Theta for place, Theta in enumerate(COURSE.Thetas, 1)}
    np.savez(tmp_path / "w.npz", **Thetas, **{name: np.array(list("abcdefghij"))})
    assert import_thetas(tmp_path / "w.npz").labels == tuple("abcdefghij")
    assert import_thetas(tmp_path / "w.npz", labels=range(10, 20)).labels == tuple(range(10, 20))
