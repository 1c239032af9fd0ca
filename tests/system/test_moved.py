"""What 0.1.0's README, notebook and docstrings named still imports, runs and unpickles under its old name."""

import importlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from digits20.system.moved import MOVED

# each module of 0.1.0 with the names in it that were documented; "" where the module itself was
DOCUMENTED = {
    "digits20": "DataFileError Digits GradientDescent ImageError LBFGS MiniBatch Model Network Objective Scipy fit "
    "gradient_error load load_csv load_model save_model Checkpoint Digits20Error Diverged ModelFileError import_thetas "
    "load_images minimize numerical_gradient",
    "digits20.augment": "Warps",
    "digits20.curves": "main",
    "digits20.distributed": "DaskObjective",
    "digits20.estimator": "DigitsClassifier",
    "digits20.export_model": "main",
    "digits20.image_plots": "plot_favourites plot_images plot_mistakes plot_predictions plot_saliency plot_units",
    "digits20.images": "resize",
    "digits20.page": "",
    "digits20.partitioned": "PartitionedObjective",
    "digits20.partitions": "Partitions",
    "digits20.persistence": "load_model save_model seal",
    "digits20.photos": "read_photo",
    "digits20.plots": "picture plot_costs plot_warps",
    "digits20.recipes": "RECIPES",
    "digits20.shipped": "shipped",
    "digits20.solution": "Lost",
    "digits20.sources": "files",
    "digits20.train": "main",
    "digits20.transfer": "Start from_model from_scratch",
    "digits20.weight_plots": "plot_activations plot_hidden_map plot_weights",
}
PATHS = [(module, name) for module, names in DOCUMENTED.items() for name in names.split() or [""]]


@pytest.mark.parametrize(("module", "name"), PATHS, ids=[f"{module}.{name}" for module, name in PATHS])
def test_what_was_documented_is_found_under_its_old_name(module, name):
    found = importlib.import_module(module)
    assert not name or hasattr(found, name)


@pytest.mark.parametrize("old", MOVED)
def test_a_module_under_its_old_name_is_the_module_itself(old):
    assert importlib.import_module(f"digits20.{old}") is importlib.import_module(f"digits20.{MOVED[old]}")


COMMANDS = ("train", "evaluate", "predict", "curves", "gradcheck", "report", "export_model", "page")


FORKS = """
import os, runpy, sys
import digits20  # once: each command runs as `python -m` runs it, in a process forked for it
for command in sys.argv[1:]:
    sys.stdout.flush()
    if not os.fork():
        sys.argv = [command, "--help"]
        runpy.run_module(f"digits20.{command}", run_name="__main__", alter_sys=True)
        raise AssertionError("it returns")
    assert os.wait()[1] == 0, command
"""


@pytest.mark.skipif(os.name != "posix", reason="this system does not fork")
def test_commands_run_under_their_old_names():
    run = [sys.executable, "-W", "error", "-c", FORKS, *COMMANDS]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("usage: ") == len(COMMANDS)


def test_a_classifier_pickled_by_0_1_0_answers_as_it_did():
    """Its pickle names digits20.estimator, digits20.model and digits20.network."""
    classifier = pickle.loads(Path(__file__).with_name("classifier_010.pickle").read_bytes())
    answers = classifier.predict_proba([[0.5] * 9])
    assert answers.tolist() == [pytest.approx([0.29527323435273956, 0.37632877952114235, 0.3283979861261182])]
