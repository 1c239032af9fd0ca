"""The toolkit as a scikit-learn classifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.dataset import Digits
from ..estimator import parameters, pieces, progress, training
from ..learning.ensemble import Job
from ..learning.model import Model
from ..learning.transfer import Start
from ..optim.lbfgs import LBFGS
from .partial import PartialClassifier

Vector = npt.NDArray[Any]


class DigitsClassifier(PartialClassifier):
    """A classic neural network for small sets of grey images, or of anything else in rows of numbers.

    It minimizes J, the regularized cross-entropy of the machine-learning course, and answers with one output unit a
    class, two classes included. Images may have several labels each: y, `predict` and `predict_proba` are then of shape
    (m, K), and `to_model()` answers with the likeliest label only.

    Parameters
    ----------
    hidden : sequence of int or int, default=(25,)
        Units of each hidden layer; ``()`` for none.
    lam : float, default=1.0
        Lambda, the weight decay: J has ``lam / (2 m)`` times the sum of all squared weights, biases not among them. It
        means the same with every solver and batch size, and in `partial_fit`; m is the number of images, or the sum of
        their weights w. Where that is more than Σw² it is (Σw)² / Σw², the effective number of images: AdaBoost's
        weights sum to 1 however many images there are.
    activation : {"sigmoid", "tanh", "relu"}, default="sigmoid"
        Activation function of the hidden layers.
    output : {"sigmoid", "softmax"}, default="sigmoid"
        Activation function of the output layer: one sigmoid per class, each on its own, or one softmax over all.
    solver : {"l-bfgs", "cg", "tnc", "bfgs", "newton-cg", "gd", "sgd", "adam"}, default="l-bfgs"
        Optimization algorithm; other spellings, such as "lbfgs", are taken too. "sgd" and "adam" use mini-batches.
    max_iter : int, default=None
        Maximum number of iterations; with "sgd" and "adam", of epochs. None is the solver's own default, as everywhere
        in digits20: 200, but 100 epochs for "sgd" and "adam", 400 for "gd", 40 for "tnc" and "newton-cg".
    layers : str or sequence, default=None
        Hidden layers in place of `hidden`, with convolutions, such as ``"conv 32 5, pool 2, 256"``: 32 channels of
        patches of 5×5 pixels, the largest of each 2×2 of them, then 256 units. A list may hold numbers of units and
        layers of `digits20.nn.layers`.
    learning_rate : float, default=None
        Step size for "gd" (1.0), "sgd" (0.1) and "adam" (0.01). Here and below None is the solver's default, in
        brackets; a setting that the solver does not know is an error.
    momentum : float, default=None
        Share of the last step that is added to the next, for "gd" (0) and "sgd" (0.9).
    nesterov : bool, default=None
        Whether to use Nesterov's momentum, for "sgd" (False).
    batch_size : int, default=None
        Images per mini-batch, for "sgd" and "adam" (100).
    schedule : {"cosine", "constant"}, default=None
        How the learning rate changes over the epochs, for "sgd" and "adam" ("cosine": it falls to 0 after `max_iter`
        epochs). In `partial_fit` it is constant.
    patience : int, default=None
        Early stopping, with any solver: stop when the validation cost has not fallen for so many iterations, and return
        the weights that had the lowest. None for no early stopping.
    monitor : {"cost", "accuracy"}, default="cost"
        What `patience` looks at, on the validation images: the cost without penalty, or the accuracy.
    tol : float, default=None
        Tolerance. Full-batch solvers have converged when no component of the gradient of J is larger; "sgd" and "adam",
        when the cost has not fallen by `tol` for `n_iter_no_change` epochs. Where it is given and not met, there is a
        ConvergenceWarning. None is the solver's own, for "l-bfgs" 1e-5, without a warning; "gd", "sgd" and "adam" have
        none and do all iterations.
    n_iter_no_change : int, default=10
        Epochs after which `tol` ends "sgd" and "adam".
    callback : callable, default=None
        Called with a `digits20.learning.fit.Progress` at the start of `fit` and after each iteration: `iteration`,
        `cost` and figures of the validation images. It may raise `digits20.optim.solution.Stop` to end the training.
    validation_fraction : float, default=0.1
        Share of each class that is held back for validation where `patience` is set and `fit` is given no `X_val`.
    deskew : bool, default=False
        Straighten slanted images and centre them first, in prediction too.
    augment : bool or dict, default=False
        Apply a new random warp to every image in each epoch, for "sgd" and "adam". A dict has the strengths of the
        warps by name, such as ``{"rotation": 5}``; see `digits20.images.augment.Warps`.
    image_shape : (int, int), default=None
        Rows and columns of an image. None is a square; where the number of features is no square, they are no images.
    class_weight : dict or "balanced", default=None
        How much an image of each class counts, in training and validation; None for all alike.
    init_from : digits20.Model, default=None
        Start from the layers of this model; layers, activation, output and deskew are then the model's. For labels
        other than its own a new output layer is drawn.
    freeze : int, default=0
        Number of layers, from the lowest, whose weights stay as `init_from` or the warm start has them.
    keep_head : bool, default=False
        Keep the output units of labels that `init_from` knows too.
    total_samples : int, default=None
        Number of images in all, for `partial_fit`; with sample weights, their sum. Where more are given, there is a
        warning. None counts the different images
        given so far, and keeps a checksum of each: give it for long streams.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the last `fit`; "l-bfgs" from the steps that it remembers, too,
        while SciPy's "cg", "tnc", "bfgs" and "newton-cg" start each `fit` with a gradient step. Other labels than
        before get a new output layer.
    dtype : {"float32", "float64"}, default=None
        Floating-point type of the arithmetic; None is that of X, or float64. float32 trains twice as fast.
    verbose : bool or int, default=False
        Print the cost every so many iterations; True is every one.
    random_state : int, RandomState instance, Generator or None, default=None
        Random seed or generator of the first weights, the images held back, the order of mini-batches and the warps.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The labels, sorted; with several labels per image, the numbers of the columns of y.
    coefs_ : list of ndarray of shape (units below, units)
        Weights of each layer, without biases.
    intercepts_ : list of ndarray of shape (units,)
        Biases of each layer.
    loss_ : float
        J of the final weights.
    loss_curve_ : list of float
        The cost after each iteration; with mini-batches, its mean over the epoch.
    validation_scores_ : list of float or None
        Accuracy on the validation images after each iteration, where there are any.
    validation_loss_curve_ : list of float or None
        Cost without penalty on the validation images after each iteration.
    best_epoch_ : int or None
        Iteration after which the validation images had the lowest cost, or the best accuracy if `monitor` says so; 0 is
        the start. None without validation images.
    best_validation_score_ : float or None
        Highest accuracy on the validation images.
    best_loss_ : float or None
        Lowest cost of `loss_curve_`; None where `patience` chooses by validation images instead.
    message_ : str
        Why the training ended, such as "converged".
    converged_ : bool
        Whether it ended because a tolerance was met.
    n_iter_ : int
        Number of iterations of the last `fit`, and of calls of `partial_fit` since; `loss_curve_` goes on through warm
        starts.
    n_features_in_ : int
        Number of features in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where X had names that are all strings.
    model_ : digits20.Model
        The network with its weights and history.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Scikit-learn's own.
    digits20.fit : The same training on any J, with checkpoints.

    Notes
    -----
    Raises Digits20Error, a ValueError, for parameters that do not go together, and Diverged, one too, where the cost
    grows out of hand. Ctrl-C keeps the best weights so far, then goes on as KeyboardInterrupt, so that a search ends.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from digits20.estimator import DigitsClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> classifier = DigitsClassifier(hidden=(30,), max_iter=60, random_state=0).fit(X_train, y_train)
    >>> bool(classifier.score(X_test, y_test) > 0.95)
    True
    >>> [weights.shape for weights in classifier.coefs_], len(classifier.loss_curve_)
    ([(64, 30), (30, 10)], 60)
    """

    # learning

    def fit(self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None) -> DigitsClassifier:
        """Train on the images X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, n)
            Images, one a row; or as they are, (m, rows, columns). Sparse ones are made dense.
        y : array-like of shape (m,) or (m, K)
            Their labels: numbers or strings; or 1 for each of K labels that an image has and 0 for the others.
        sample_weight : array-like of shape (m,), default=None
            How much each image counts: a weight of 2 is two copies, 0 leaves it out.
        X_val : array-like of shape (any, n), default=None
            Images to validate by; without them, and with `patience`, some of X are held back.
        y_val : array-like of shape (any,), default=None
            Their labels, which must occur in y.

        Returns
        -------
        self : DigitsClassifier
        """
        old = getattr(self, "model_", None) if self.warm_start else None
        given, X, y = self._checked(X, y, reset=old is None)
        self.classes_ = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
        self._label_sets = y.ndim == 2
        indices = self._indices(y, "y")
        weights, of_class = self._weights(X, indices, sample_weight)
        weights = pieces.scaled(weights)
        rng = parameters.generator(self.random_state)
        labels = training.labels_of(self.classes_)
        chosen = training.training_of(given, old)
        start = chosen.start(training.shape_of(given, X.shape[1], chosen.init_from), labels, rng)
        train = training.digits(given, labels, X, indices, weights, start)
        train, validation = self._parts(given, train, (X_val, y_val), of_class, start, rng)
        job = replace(training.job(chosen, start, train, validation, rng, self.patience), monitor=self.monitor)
        model = self._remembering(job, old is not None).run(self._watch())
        self._begin_pieces(X, weights)
        progress.warn_of_end(model.solution, self.tol, self.solver)
        model, iterations = training.continuing(old, model), len(model.costs)
        self._earlier = len(model.costs) - iterations
        return self._learned(model, train.X.dtype)

    @classmethod
    def from_model(cls, model: Model, **settings: Any) -> DigitsClassifier:
        """A classifier that answers as `model` does, and may go on learning: by `warm_start`, or with one of the
        solvers for mini-batches by `partial_fit`.

        `settings` are parameters of the constructor but for those that the model decides: hidden, layers, activation,
        output, deskew and image_shape. Its labels may be in another order in `classes_`.
        """
        decided = parameters.decided(model) | {"image_shape": model.image_shape}
        classifier = cls(**decided, **({"lam": model.lam} | settings))
        classifier.model_ = parameters.in_order(model)
        classifier.classes_ = np.array(classifier.model_.labels)
        classifier.n_features_in_ = model.network.layer_sizes[0]
        return classifier

    # how

    def _parts(
        self, given: training.Given, train: Digits, held_back: Any, of_class: Vector, start: Start, rng: Any
    ) -> tuple[Digits, Digits | None]:
        """The images to train with and those to validate by: the X_val and y_val held back, or some of the former."""
        if all(part is None for part in held_back):
            return training.hold_back(given, train, rng)
        X, indices = self._checked_validation(*held_back)
        weights = None if self.class_weight is None else of_class[indices]
        return train, training.digits(given, train.labels, X, indices, weights, start)

    def _remembering(self, job: Job, again: bool) -> Job:
        """With warm starts, the job whose L-BFGS goes on from the last `fit`, if there was one before."""
        if not (self.warm_start and type(job.solver) is LBFGS):
            return job
        self._histories: list[Any] = self._histories if again and hasattr(self, "_histories") else []
        return replace(job, solver=pieces.ContinuedLBFGS(**vars(job.solver), histories=self._histories))
