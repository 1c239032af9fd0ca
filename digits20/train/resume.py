"""Whether `train --resume` has the options of the run that left the checkpoint, told before images are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..cli.reading import Reading
from ..errors import shown
from ..learning.settings import HIDDEN, SettingError, Training
from ..nn.network import Network
from ..optim.solvers import settings_of
from ..persistence.checkpoint_file import saved_settings

SHORT = {"LBFGS": "l-bfgs", "GradientDescent": "gd"}  # solvers by the names of their classes; others by their method


def options_to_keep(training: Training, reading: Reading) -> dict[str, Any]:
    """The options, by name, that a checkpoint remembers, beside what the run itself tells of its settings."""
    layers = training.layers and ", ".join(map(str, training.layers))
    images = {"labels": reading.labels, "image_size": reading.image_size, "train_size": training.train_size}
    switches = {"styles": "on" if training.styles else "off"}
    return {"seed": training.seed, **images, "validation": training.validation, "layers": layers, **switches}


def checked_options(path: Path, training: Training, options: dict[str, Any]) -> dict[str, Any]:
    """Those of the options that the checkpoint remembers, as not all did in 0.1.0.

    Raises SettingError for a setting that is not that of the run that left the checkpoint, as far as it is known
    before images are read, which takes long; the checkpoint itself compares the rest.
    """
    saved, solver = saved_settings(path), training.solver
    epochs = "epochs" if solver.stochastic else "iterations"
    method = str(saved.get("method", "")).lower()
    theirs = saved | {"solver": SHORT.get(str(saved.get("solver")), method), epochs: saved.get("iterations")}
    ours: dict[str, Any] = {"solver": training.solver_name, **settings_of(solver)}
    ours |= {"lambda": training.lam, "dtype": training.dtype, "patience": training.patience, **options}
    ours[epochs] = ours.pop("iterations")
    if training.init_from is None and training.layers is None:
        theirs, ours = theirs | _of_network(saved), ours | _of_training(training)
    if training.fewer_epochs:  # how many is not known before the images are
        del ours[epochs]
    if training.least_steps:
        ours.pop("batch_size", None)
    for name in ours:
        if name in theirs and theirs[name] != ours[name]:
            option = "{lam}" if name == "lambda" else f"{{{name}}}"
            values = {"file": shown(path), "theirs": _given(theirs[name]), "ours": _given(ours[name])}
            raise SettingError(f"{{file}}: made with {option} {{theirs}}, this run has {{ours}}", values)
    return {name: value for name, value in options.items() if name in saved}


def _given(value: Any) -> str:
    return "none" if value is None else str(value)


def _of_network(saved: Mapping[str, Any]) -> dict[str, Any]:
    """What a checkpoint's settings tell of the options for the network and its images; none of networks with maps."""
    network = re.fullmatch(r"([\d-]+) (\w+), (\w+) outputs", str(saved.get("network")))
    if network is None:
        return {}
    hidden = " ".join(network[1].split("-")[1:-1])
    switches = {"deskew": saved.get("preprocess"), "warps": saved.get("warps")}
    on = {name: "on" if value is not None else "off" for name, value in switches.items()}
    return {"hidden": hidden, "activation": network[2], "output": network[3], **on}


def _of_training(training: Training) -> dict[str, Any]:
    """The same of a training with a new network."""
    hidden = HIDDEN if training.hidden is None else training.hidden
    return {
        "hidden": " ".join(map(str, hidden)),
        "activation": training.activation or Network.hidden,
        "output": training.output or Network.output,
        "deskew": "on" if training.deskew else "off",
        "warps": "on" if training.warps is not None else "off",
    }
