"""A module imports only lower floors; this is the table."""

import ast
from pathlib import Path

import pytest

import digits20

FLOORS = {
    0: {
        "csv_cells",
        "foreign_pickle",
        "pickled_arrays",
        "plain_json",
        "errors",
        "dataset",
        "network",
        "images",
        "shipped",
        "atomic",
        "safe_pickle",
        "plain",
        "mat_file",
        "npz_file",
        "regular_file",
        "starting",
        "interrupts",
    },
    1: {
        "loaders",
        "idx_file",
        "raw_images",
        "csv_table",
        "array_files",
        "parquet_file",
        "datafile",
        "photos",
        "picture_file",
        "picture_work",
        "ink",
        "augment",
        "objective",
        "sensitivity",
        "differences",
        "sealed",
    },
    2: {"solution", "optimizers", "lbfgs", "scipy_methods", "sources", "held", "partitions", "partitioned"},
    3: {"model", "fitting", "solvers"},
    4: {
        "export",
        "onnx_graph",
        "thetas_file",
        "transfer",
        "distributed",
        "persistence",
        "checkpoint",
        "checkpoint_file",
        "ensemble",
        "learning_curves",
        "histories",
        "advice",
        "curve_plots",
        "evaluation",
        "plots",
        "gallery",
        "image_plots",
        "weight_plots",
        "live",
        "html_report",
        "estimator",
        "estimator_answers",
        "estimator_parameters",
        "estimator_training",
    },
    5: {
        "cli",
        "solver_options",
        "recipes",
        "training_options",
        "checkpoint_options",
        "cluster_options",
        "keeping",
        "train",
        "predict",
        "evaluate",
        "report",
        "gradcheck",
        "curves",
        "curve_report",
        "train_report",
        "export_model",
    },
}
# a room is a package on one floor, with shelves of its own: a module imports only lower ones
ROOMS = {
    "page": (
        5,
        {
            0: {"answers", "collected", "workers", "guard", "openapi"},
            1: {"app", "server"},
            2: {"__main__"},
        },
    ),
}
# of one floor, yet imported
NEIGHBOURS = {
    ("page.__main__", "cli"): "runs every command",
    ("dataset", "errors"): "every refusal is one of its classes",
    ("network", "errors"): "every refusal is one of its classes",
    ("dataset", "images"): "the steps that prepare images",
    ("shipped", "errors"): "every refusal is one of its classes",
    ("interrupts", "starting"): "the handler that it takes over from",
    ("atomic", "errors"): "every refusal is one of its classes",
    ("regular_file", "errors"): "every refusal is one of its classes",
    ("regular_file", "atomic"): "why the system refused, in one line",
    ("npz_file", "errors"): "every refusal is one of its classes",
    ("plain", "errors"): "every refusal is one of its classes",
    ("safe_pickle", "errors"): "every refusal is one of its classes",
    ("csv_cells", "errors"): "every refusal is one of its classes",
    ("pickled_arrays", "errors"): "every refusal is one of its classes",
    ("plain_json", "errors"): "every refusal is one of its classes",
    ("foreign_pickle", "errors"): "every refusal is one of its classes",
    ("foreign_pickle", "pickled_arrays"): "what NumPy's names stand for",
    ("loaders", "csv_table"): "the reader of one kind of file",
    ("loaders", "idx_file"): "the reader of one kind of file",
    ("loaders", "raw_images"): "what every reader makes",
    ("idx_file", "datafile"): "opens the labels' file",
    ("loaders", "parquet_file"): "the reader of one kind of file",
    ("parquet_file", "array_files"): "how names and sizes are refused",
    ("loaders", "array_files"): "the reader of one kind of file",
    ("loaders", "datafile"): "opens the file for all readers",
    ("partitions", "sources"): "where its images come from",
    ("partitions", "held"): "which images count",
    ("partitioned", "partitions"): "the images that it sums over",
    ("partitioned", "held"): "what a partition answers",
    ("partitioned", "sources"): "how a partition is made anew",
    ("optimizers", "solution"): "what a solver reports to",
    ("lbfgs", "solution"): "what a solver reports to",
    ("lbfgs", "optimizers"): "the one-pass y += a x",
    ("scipy_methods", "solution"): "what a solver reports to",
    ("checkpoint", "checkpoint_file"): "what is in the file that it keeps",
    ("fitting", "model"): "what it makes",
    ("plots", "evaluation"): "the Evaluation that it draws",
    ("image_plots", "evaluation"): "the true labels among the model's",
    ("image_plots", "plots"): "the colours, and what was trained in words",
    ("weight_plots", "evaluation"): "the true labels among the model's",
    ("weight_plots", "plots"): "the colours, and what was trained in words",
    ("ensemble", "transfer"): "where its networks start",
    ("estimator", "estimator_answers"): "what it answers once it is trained",
    ("estimator", "estimator_parameters"): "what its parameters stand for",
    ("estimator", "estimator_training"): "the jobs that it makes",
    ("estimator_training", "ensemble"): "the Job that it makes",
    ("estimator_training", "estimator_parameters"): "what the classifier's parameters stand for",
    ("estimator_training", "transfer"): "where its networks start",
    ("estimator_answers", "estimator_parameters"): "what its parameters stand for",
    ("train", "keeping"): "the last step of the command",
    ("solver_options", "cli"): "the options' types",
    ("recipes", "solver_options"): "fills in its options",
    ("training_options", "cli"): "the options' types",
    ("training_options", "recipes"): "one of its groups of options",
    ("training_options", "solver_options"): "one of its groups of options",
    ("train", "recipes"): "fills in its options",
    ("train", "solver_options"): "its options",
    ("checkpoint_options", "cli"): "the options' types",
    ("cluster_options", "cli"): "the options' types",
    ("train", "cluster_options"): "its options",
    ("train", "checkpoint_options"): "its options",
    ("train", "cli"): "runs every command",
    ("predict", "cli"): "runs every command",
    ("photos", "picture_file"): "opens the picture",
    ("picture_file", "picture_work"): "looks at the file before Pillow does",
    ("photos", "ink"): "finds the digit in it",
    ("ink", "picture_file"): "how a picture lies in an array",
    ("train", "training_options"): "its options",
    ("train", "train_report"): "what it tells",
    ("train_report", "cli"): "where output goes",
    ("evaluate", "cli"): "runs every command",
    ("report", "cli"): "runs every command",
    ("report", "evaluate"): "which images a model is scored on",
    ("live", "plots"): "the colours",
    ("html_report", "evaluation"): "the scores on the page",
    ("html_report", "image_plots"): "the pictures on the page",
    ("html_report", "plots"): "the pictures on the page",
    ("gradcheck", "cli"): "runs every command",
    ("train", "gradcheck"): "the check before training",
    ("learning_curves", "ensemble"): "its fits run side by side",
    ("histories", "ensemble"): "the Job that it puts a clock to",
    ("advice", "learning_curves"): "the Curve that it reads",
    ("curve_plots", "learning_curves"): "the Curve that it draws",
    ("curve_plots", "histories"): "the History that it draws",
    ("curve_plots", "plots"): "what all pictures have in common",
    ("curve_report", "cli"): "where output goes",
    ("curves", "cli"): "runs every command",
    ("curves", "curve_report"): "what it tells",
    ("curves", "gradcheck"): "the check before training",
    ("curves", "recipes"): "fills in its options",
    ("curves", "solver_options"): "its options",
    ("curves", "training_options"): "its options",
    ("export", "onnx_graph"): "the writer of one format",
    ("export", "persistence"): "what the JSON holds",
    ("export", "thetas_file"): "undoes there what it does here",
    ("export_model", "cli"): "runs every command",
}
SLOW = {
    "onnx",
    "pyarrow",
    "dask",
    "distributed",
    "pandas",
    "scipy",
    "sklearn",
    "starlette",
    "matplotlib",
    "tqdm",
    "uvicorn",
}
LAZY = {  # import what is slow at their top, and are imported inside functions or by users only
    *("page.app", "page.guard", "page.server", "page.workers"),
    *("estimator", "estimator_answers"),  # scikit-learn's classes are their bases
}
PACKAGE = Path(digits20.__file__).parent
FLAT = sorted(path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))
IN_ROOMS = sorted(
    f"{path.parent.name}.{path.stem}" for path in PACKAGE.glob("*/*.py") if path.stem != "__init__" and path.is_file()
)
MODULES = FLAT + IN_ROOMS
FLOOR_OF = {module: (floor, 0) for floor, modules in FLOORS.items() for module in modules} | {
    f"{room}.{module}": (floor, shelf)
    for room, (floor, shelves) in ROOMS.items()
    for shelf, modules in shelves.items()
    for module in modules
}


def tree(module):
    return ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))


def own_imports(module, nodes=None):
    room = module.rpartition(".")[0]
    for node in nodes or ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.level:
            prefix = f"{room}." if room and node.level == 1 else ""
            names = [node.module] if node.module else [name.name for name in node.names]
            yield from (prefix + name for name in names if name != "__version__")


def is_lower(imported, module):
    same_room = imported.rpartition(".")[0] == module.rpartition(".")[0] != ""
    return FLOOR_OF[imported] < FLOOR_OF[module] if same_room else FLOOR_OF[imported][0] < FLOOR_OF[module][0]


def test_every_module_has_a_floor():
    assert set(FLOOR_OF) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_only_lower_floors(module):
    for imported in own_imports(module):
        assert is_lower(imported, module) or (module, imported) in NEIGHBOURS, f"{module} imports {imported}"


def test_every_listed_neighbour_is_needed():
    assert {pair for pair in NEIGHBOURS if pair[1] not in own_imports(pair[0])} == set()


@pytest.mark.parametrize("module", sorted(set(MODULES) - LAZY))
def test_slow_libraries_are_imported_inside_functions(module):
    """Together they cost seconds, and `train --help` shall be quick."""
    body = tree(module).body
    for node in body:
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        assert not SLOW & {name.split(".")[0] for name in names}
    assert not LAZY & set(own_imports(module, body))


@pytest.mark.parametrize("module", MODULES)
def test_modules_open_with_their_role(module):
    assert ast.get_docstring(tree(module))
