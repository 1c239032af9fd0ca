"""Settings by their names: the strengths of warps, hidden layers, solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast

from ...images.augment import Warps
from ...nn.layers.text import text_of
from ...nn.network import Network
from ...optim.solution import Solver
from ...optim.solvers import as_solver, name_of, settings_of, solver_name
from .error import SettingError

# the strengths of warps and their defaults
STRENGTHS: dict[str, Any] = {
    field.name: field.default for field in fields(Warps) if field.name not in ("image_shape", "bank")
}


def hidden_of(network: Network) -> dict[str, Any]:
    """Its hidden layers by the name of the setting that stands for them: hidden, or layers."""
    if network.is_dense:
        return {"hidden": list(network.layer_sizes[1:-1])}
    return {"layers": text_of(network.layers[:-1])}


def solver_of(name: str, settings: Mapping[str, Any], preset: Solver | None = None) -> Solver:
    """The solver of that name with these settings; the others are those of `preset` if that is of the same name.

    Raises Digits20Error for a name that there is not, SettingError for a setting that the solver does not know.
    """
    solver = as_solver(name) if preset is None or solver_name(name) != name_of(preset) else preset
    for setting in settings:
        if setting not in settings_of(solver):
            raise SettingError(f"{{{setting}}} does not apply to {{solver}} {name}")
    changed: Solver = replace(cast(Any, solver), **settings)  # a dataclass, like all that have a name
    return changed
