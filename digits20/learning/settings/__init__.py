"""All that decides a training, as one frozen value: `Training`, and the recipes that preset some of its fields."""

from .by_name import STRENGTHS, hidden_of, solver_of
from .error import SettingError
from .training import HIDDEN, LAMBDA, SOLVER, Training

__all__ = ["HIDDEN", "LAMBDA", "SOLVER", "STRENGTHS", "SettingError", "Training", "hidden_of", "solver_of"]
