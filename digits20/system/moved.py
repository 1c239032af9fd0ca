"""Modules under their names in 0.1.0, so that old imports, commands and pickled estimators go on working."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

# old name -> new name, both below digits20
MOVED = {
    "advice": "learning.curves.advice",
    "atomic": "system.atomic",
    "augment": "images.augment",
    "checkpoint": "persistence.checkpoint",
    "csv_table": "data.readers.text.csv_table",
    "curve_plots": "plots.curves",
    "dataset": "data.dataset",
    "differences": "nn.gradient_check",
    "ensemble": "learning.ensemble",
    "evaluation": "learning.evaluation",
    "export_model": "export",
    "fitting": "learning.fit",
    "histories": "learning.curves.history",
    "html_report": "plots.html",
    "idx_file": "data.readers.arrays.idx",
    "image_plots": "plots",
    "lbfgs": "optim.lbfgs",
    "learning_curves": "learning.curves.curve",
    "live": "plots.live",
    "loaders": "data.load",
    "mat_file": "data.readers.matlab.mat",
    "model": "learning.model",
    "network": "nn.network",
    "objective": "nn.objective",
    "onnx_graph": "formats.onnx",
    "optimizers": "optim.descent",
    "partitioned": "distributed.objective",
    "partitions": "distributed.partitions",
    "photos": "images.photo",
    "recipes": "learning.settings.recipes",
    "scipy_methods": "optim.scipy_methods",
    "sensitivity": "nn.saliency",
    "shipped": "system.shipped",
    "solution": "optim.minimize",
    "solvers": "optim.solvers",
    "sources": "distributed.sources",
    "thetas_file": "persistence.thetas",
    "transfer": "learning.transfer",
    "weight_plots": "plots.weights",
}
PACKAGE = __name__.partition(".")[0]


class _Finder(MetaPathFinder, Loader):
    """Finds `digits20.OLD` as the very module `digits20.NEW`, also for `python -m`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        return ModuleSpec(fullname, self) if package == PACKAGE and name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._now(spec.name))
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has written the old name there

    def get_code(self, fullname: str) -> CodeType | None:
        """What `python -m digits20.OLD` runs."""
        spec = importlib.util.find_spec(self._now(fullname))
        code: CodeType | None = spec.loader.get_code(spec.name) if spec and spec.loader else None  # type: ignore[attr-defined]
        return code

    def _now(self, fullname: str) -> str:
        return f"{PACKAGE}.{MOVED[fullname.partition('.')[2]]}"


def find_moved_modules() -> None:
    """Let imports find the old names, after everything else."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
