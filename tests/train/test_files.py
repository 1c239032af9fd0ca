"""The files that `train` writes, and what it says of a checkpoint before it reads images."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digits20 import load_model
from digits20.train.__main__ import main
from digits20.train.lock import only_writer


@pytest.fixture
def interrupt(tmp_path, monkeypatch):
    """Leaves the checkpoint of a run of `train` that was interrupted after its second epoch."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text(TABLE)
    from digits20.learning.fit.monitor import Monitor

    epochs = iter(range(100))
    call = Monitor.__call__

    def interrupted(self, theta, cost):
        if next(epochs) == 2:
            raise KeyboardInterrupt
        return call(self, theta, cost)

    def interrupt(options):
        with monkeypatch.context() as patched:
            patched.setattr(Monitor, "__call__", interrupted)
            main([*options, "--checkpoint-every", "1e-9"])

    return interrupt


@pytest.fixture
def unfinished(interrupt, tmp_path):
    """The checkpoint of an adam run; no images are here any more."""
    interrupt(OPTIONS)
    (tmp_path / "d.csv").unlink()


TABLE = "".join(f"{k % 3},0,{k % 5},1,{k % 2}\n" for k in range(20))
FEATURES = "AVX2 FMA3"  # which the other processor lacks
OPTIONS = ["--data", "d.csv", "--no-plot", "--solver", "adam", "--epochs", "50", "--model", "m.pkl"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--epochs", "60"], "--epochs 50, this run has 60"),
        (["--lambda", "3"], "--lambda 1.0, this run has 3.0"),
        (["--seed", "3"], "--seed 0, this run has 3"),
        (["--batch-size", "7"], "--batch-size 100, this run has 7"),
        (["--solver", "sgd"], "--solver adam, this run has sgd"),
        (["--solver", "l-bfgs"], "--solver adam, this run has l-bfgs"),
        (["--dtype", "float64"], "--dtype float32, this run has float64"),
        (["--hidden", "30", "20"], "--hidden 25, this run has 30 20"),
        (["--activation", "tanh"], "--activation sigmoid, this run has tanh"),
        (["--output", "softmax"], "--output sigmoid, this run has softmax"),
        (["--augment"], "--augment off, this run has on"),
        (["--deskew"], "--deskew off, this run has on"),
        (["--train-size", "12"], "--train-size none, this run has 12"),
        (["--image-size", "4"], "--image-size none, this run has 4"),
        (["--labels", "any"], "--labels none, this run has any"),
        (["--validation", "4"], "--validation none, this run has 4"),
        (["--styles"], "--styles off, this run has on"),
        (["--layers", "8"], "--layers none, this run has 8"),
    ],
)
def test_a_resumed_run_with_another_option_is_refused_by_its_name_before_images_are_read(
    unfinished, options, said, capsys
):
    assert main([*OPTIONS, *options, "--resume"]) == 2
    assert capsys.readouterr().err == f"digits20.train: error: m.checkpoint: made with {said}\n"


def test_a_recipe_is_resumed_whose_batches_the_few_images_made_smaller(interrupt):
    options = ["--recipe", "accurate", "--data", "d.csv", "--hidden", "2", "--no-plot", "--model", "m.pkl"]
    interrupt(options)
    assert main([*options, "--resume", "--show-settings"]) == 0


def test_a_run_is_resumed_on_another_processor(unfinished, tmp_path):
    (tmp_path / "d.csv").write_text(TABLE)
    command = [sys.executable, "-m", "digits20.train", *OPTIONS, "--resume"]
    environment = os.environ | {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": FEATURES}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    resumed = load_model(tmp_path / "m.pkl")
    assert main([*OPTIONS, "--model", "other.pkl"]) == 0
    np.testing.assert_allclose(resumed.theta, load_model(tmp_path / "other.pkl").theta, atol=1e-4)
    assert len(resumed.costs) == 51


@pytest.mark.parametrize("options", [[], ["--model", "m.other"]])  # the latter has the same checkpoint
def test_a_second_command_that_would_write_the_same_files_is_refused(tmp_path, monkeypatch, capsys, options):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text(TABLE)
    with only_writer({"--model": Path("m.pkl"), "--checkpoint": Path("m.checkpoint")}):
        assert main([*OPTIONS, *options]) == 2
    file, option = ("m.checkpoint", "--checkpoint") if options else ("m.pkl", "--model")
    said = f"{file}: another digits20 train is writing it; wait for that to end, or name another file by {option}"
    assert capsys.readouterr().err == f"digits20.train: error: {said}\n"


def test_a_lock_ends_with_its_command_and_leaves_nothing_behind(tmp_path):
    model = tmp_path / "models/m.pkl"
    killed = "import os, sys; from digits20.train.lock import _acquired; from pathlib import Path; "
    killed += "_acquired(Path(sys.argv[1])); os._exit(1)"
    left = tmp_path / ".m.pkl.lock"
    subprocess.run([sys.executable, "-c", killed, left])
    assert left.exists()
    with only_writer({"--model": tmp_path / "m.pkl", "--other": model}):
        assert model.parent.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_is_no_plot_of_the_model_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("me.png").write_bytes(b"a photo")
    assert main(["--model", "me.pkl", "--max-iter", "1", "--train-size", "50"]) == 2
    assert "me.png: the plot would replace this picture" in capsys.readouterr().err
    assert Path("me.png").read_bytes() == b"a photo"
