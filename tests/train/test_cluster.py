"""Images in partitions are read as those of one file are: mirrored ones are turned back."""

import logging

import numpy as np
import pytest

from digits20 import load_digits
from digits20.cli.reading import Reading
from digits20.data.orientation import Correction
from digits20.learning.settings import Training
from digits20.train.cluster import Cluster, read_images

HERE = Cluster(None, None, None, None)


@pytest.fixture
def parts(tmp_path):
    """The pattern of two files of 100 mirrored digits each, and their mean as it should be."""
    digits = load_digits()[::25]
    X = Correction(mirrored=True).images(digits.X, (20, 20))
    for part in range(2):
        table = np.c_[X, digits.y][part::2]
        np.savetxt(tmp_path / f"{part}.csv", table, fmt="%.4g", delimiter=",")
    return str(tmp_path / "*.csv"), digits.X.mean(axis=0)


def mean_image(reading, training):
    with read_images(reading, training, HERE, "") as partitions:
        return partitions.sample(200).X.mean(axis=0)


def test_mirrored_partitions_are_turned_back(parts):
    pattern, mean = parts
    np.testing.assert_allclose(mean_image(Reading(pattern), Training()), mean, atol=1e-3)


def test_order_leaves_them_as_they_are(parts):
    pattern, mean = parts
    assert np.abs(mean_image(Reading(pattern, order="C"), Training()) - mean).max() > 0.1


def test_of_deskewed_partitions_it_is_said_that_nothing_was_checked(parts, caplog):
    caplog.set_level(logging.INFO, "digits20")
    mean_image(Reading(parts[0]), Training(deskew=True))
    assert "not checked whether the images are turned" in caplog.text
