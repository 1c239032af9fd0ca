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
    },
    1: {
        "loaders",
        "idx_file",
        "raw_images",
        "csv_table",
        "array_files",
        "datafile",
        "photos",
        "picture_file",
        "ink",
        "augment",
        "objective",
        "sensitivity",
        "differences",
        "sealed",
    },
    2: {"solution", "optimizers", "lbfgs", "scipy_methods"},
    3: {"model"},
    4: {
        "export",
        "onnx_graph",
        "thetas_file",
        "transfer",
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
    },
    5: {
        "cli",
        "solver_options",
        "recipes",
        "training_options",
        "checkpoint_options",
        "train",
        "predict",
        "evaluate",
        "report",
        "gradcheck",
        "curves",
        "curve_report",
        "export_model",
    },
}
# of one floor, yet imported
NEIGHBOURS = {
    ("dataset", "errors"): "every refusal is one of its classes",
    ("network", "errors"): "every refusal is one of its classes",
    ("dataset", "images"): "the steps that prepare images",
    ("shipped", "errors"): "every refusal is one of its classes",
    ("atomic", "errors"): "every refusal is one of its classes",
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
    ("loaders", "array_files"): "the reader of one kind of file",
    ("loaders", "datafile"): "opens the file for all readers",
    ("optimizers", "solution"): "what a solver reports to",
    ("lbfgs", "solution"): "what a solver reports to",
    ("lbfgs", "optimizers"): "the one-pass y += a x",
    ("scipy_methods", "solution"): "what a solver reports to",
    ("checkpoint", "checkpoint_file"): "what is in the file that it keeps",
    ("plots", "evaluation"): "the Evaluation that it draws",
    ("image_plots", "evaluation"): "the true labels among the model's",
    ("image_plots", "plots"): "the colours, and what was trained in words",
    ("weight_plots", "evaluation"): "the true labels among the model's",
    ("weight_plots", "plots"): "the colours, and what was trained in words",
    ("ensemble", "transfer"): "where its networks start",
    ("solver_options", "cli"): "the options' types",
    ("recipes", "solver_options"): "fills in its options",
    ("training_options", "cli"): "the options' types",
    ("training_options", "recipes"): "one of its groups of options",
    ("training_options", "solver_options"): "one of its groups of options",
    ("train", "recipes"): "fills in its options",
    ("train", "solver_options"): "its options",
    ("checkpoint_options", "cli"): "the options' types",
    ("train", "checkpoint_options"): "its options",
    ("train", "cli"): "runs every command",
    ("predict", "cli"): "runs every command",
    ("photos", "picture_file"): "opens the picture",
    ("photos", "ink"): "finds the digit in it",
    ("ink", "picture_file"): "how a picture lies in an array",
    ("train", "training_options"): "its options",
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
SLOW = {"onnx", "pandas", "scipy", "sklearn", "matplotlib", "tqdm"}
PACKAGE = Path(digits20.__file__).parent
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))
FLOOR_OF = {module: floor for floor, modules in FLOORS.items() for module in modules}


def tree(module):
    return ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))


def own_imports(module):
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [node.module] if node.module else [name.name for name in node.names]


def test_every_module_has_a_floor():
    assert set(FLOOR_OF) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_only_lower_floors(module):
    for imported in own_imports(module):
        lower = FLOOR_OF[imported] < FLOOR_OF[module]
        assert lower or (module, imported) in NEIGHBOURS, f"{module} imports {imported}"


def test_every_listed_neighbour_is_needed():
    assert {pair for pair in NEIGHBOURS if pair[1] not in own_imports(pair[0])} == set()


@pytest.mark.parametrize("module", MODULES)
def test_slow_libraries_are_imported_inside_functions(module):
    """Together they cost seconds, and `train --help` shall be quick."""
    for node in tree(module).body:
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        assert not SLOW & {name.split(".")[0] for name in names}


@pytest.mark.parametrize("module", MODULES)
def test_modules_open_with_their_role(module):
    assert ast.get_docstring(tree(module))
