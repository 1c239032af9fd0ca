"""What `train` says before it trains: how long it will take, where that is long."""

import numpy as np
import pytest

from digits20.cli.command import Output
from digits20.learning.settings import Training, solver_of
from digits20.nn.batch import Batch
from digits20.train import report
from digits20.train.__main__ import main


@pytest.fixture
def jobs(small, monkeypatch):
    """Of so many networks by that solver, of which one epoch takes 5 seconds."""
    monkeypatch.setattr(report, "_seconds_of_epoch", lambda job: 5.0)
    monkeypatch.setattr(report.os, "cpu_count", lambda: 2)

    def made(solver, epochs=100, members=1):
        training = Training(solver=solver_of(solver, {"iterations": epochs}), ensemble=members)
        return training.jobs(small, None, np.random.default_rng(0))

    return made


@pytest.mark.parametrize(
    ("solver", "epochs", "members", "said"),
    [
        ("adam", 100, 1, "expected   about 8 min, estimated from the first mini-batches\n"),
        ("adam", 3, 3, "expected   about 30 s, estimated from the first mini-batches\n"),  # two at a time
        ("adam", 3, 1, ""),
        ("l-bfgs", 100, 1, ""),
    ],
)
def test_the_time_to_be_expected_is_said_of_long_trainings(jobs, solver, epochs, members, said, capsys):
    report.report_expected(Output(False), jobs(solver, epochs, members))
    assert capsys.readouterr().out == said


def test_with_json_no_time_is_spent_on_it(jobs, monkeypatch):
    monkeypatch.setattr(report, "_seconds_of_epoch", None)
    report.report_expected(Output(True), jobs("adam"))


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (300, "5 min"), (3 * 3600, "3.0 h")])
def test_a_time_in_words(seconds, words):
    assert report.in_words(seconds) == words


def test_the_time_of_an_epoch_is_judged_by_some_of_its_mini_batches(small, monkeypatch):
    (job,) = Training(solver=solver_of("adam", {"batch_size": 1})).jobs(small, None, np.random.default_rng(0))
    asked, real = [], Batch.__call__
    monkeypatch.setattr(Batch, "__call__", lambda batch, theta: (asked.append(batch.share), real(batch, theta))[1])
    assert report._seconds_of_epoch(job) > 0
    assert asked == [1 / len(small)] * report.BATCHES


@pytest.mark.parametrize(("held_out", "said"), [("19", 1), ("20", 0)])
def test_a_model_that_cannot_doubt_is_said_to(held_out, said, tmp_path, monkeypatch, capsys, digits):
    monkeypatch.chdir(tmp_path)
    np.savez("d.npz", X=digits.X[::84], y=digits.y[::84])
    options = ["--train-size", str(60 - int(held_out)), "--max-iter", "2", "--no-plot"]
    assert main(["--data", "d.npz", *options]) == 0
    assert capsys.readouterr().out.count("doubt      none") == said


def test_the_file_of_the_test_images_is_named(tmp_path, monkeypatch, capsys, digits):
    monkeypatch.chdir(tmp_path)
    part = digits[::50]
    np.savez("both.npz", x_train=part.X, y_train=part.y, x_test=part.X[:30], y_test=part.y[:30])
    main(["--data", "both.npz", "--test-data", "both.npz", "--max-iter", "1", "--no-plot"])
    assert "100 images to train, 30 of both.npz to test" in capsys.readouterr().out
