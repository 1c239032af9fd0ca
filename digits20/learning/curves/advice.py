"""What a learning curve shows, in one paragraph: high bias, high variance, too little data or fine, and what to try."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import percent
from .curve import Curve

# The thresholds, as shares of the images. They suit digits, which people classify with an accuracy of 97 to 99 %
# (LeCun et al. 1995, Comparison of learning algorithms for handwritten digit recognition); the rules are those of
# Ng's machine-learning course, "Advice for applying machine learning".
HIGH_ERROR = 0.05  # training error: a network with a larger one has not learned its own images
WIDE_GAP = 0.05  # between training and validation accuracy: a larger gap is overfitting
FEW_PER_LABEL = 20  # training images per label: with fewer, the lack of images explains any gap
STEEP = 0.15  # share of the validation error that the last doubling of the images must remove to promise more
STRONG_DECAY = 0.01  # lambda / images: with more, the penalty itself may cause the training error


@dataclass(frozen=True)
class Advice:
    """verdict: "high bias", "high variance", "too little data" or "fine"; text: one paragraph with its figures."""

    verdict: str
    text: str


def advise(learning: Curve, lambdas: Curve | None = None) -> Advice:
    """What the learning curve shows at its largest size, and the next step to try. lambdas: None for no such curve.

    high bias: the training error is above HIGH_ERROR and at least as large as the gap to the validation error.
    high variance: the gap is above WIDE_GAP; too little data: so it is, with fewer than FEW_PER_LABEL per label.
    fine: neither. With a validation curve over lambda its best value is named where the learning curve had another.
    """
    error, gap = _training_error(learning), _gap(learning)
    per_label = learning.images / learning.network.layer_sizes[-1]
    if error > HIGH_ERROR and error >= gap:
        verdict, reason, step = "high bias", _bias_reason(learning), _less_bias(learning)
    elif gap > WIDE_GAP and per_label < FEW_PER_LABEL:
        verdict = "too little data"
        reason = f"{per_label:.0f} images per label are too few to judge the network ({_gap_reason(gap)})"
        step = _try_any(_new_images(learning))
    elif gap > WIDE_GAP:
        verdict, reason, step = "high variance", _gap_reason(gap), _less_variance(learning)
    else:
        verdict = "fine"
        reason = f"the training error is low, and the gap of {_points(gap)} is within {_points(WIDE_GAP)}"
        step = f"to gain the last points, {_try_any(_new_images(learning))}"
    sentences = [
        f"{verdict.capitalize()}: {_figures(learning)}; {reason}.",
        "" if verdict == "too little data" else f"{_trend(learning)}.",
        f"Next, {step}.",
        _about_lambda(learning, lambdas),
    ]
    return Advice(verdict, " ".join(sentence for sentence in sentences if sentence))


def _training_error(curve: Curve) -> float:
    return 1 - float(curve.train_accuracies[-1].mean())


def _gap(curve: Curve) -> float:
    return float((curve.train_accuracies[-1] - curve.validation_accuracies[-1]).mean())


def _figures(curve: Curve) -> str:
    train, validation = (percent(each[-1].mean()) for each in (curve.train_accuracies, curve.validation_accuracies))
    return f"with {curve.images} images the training accuracy is {train}, the validation accuracy {validation}"


def _bias_reason(curve: Curve) -> str:
    return f"the training error is {percent(_training_error(curve))}, more than {100 * HIGH_ERROR:.0f} %"


def _gap_reason(gap: float) -> str:
    return f"the gap is {_points(gap)}, more than {_points(WIDE_GAP)}"


def _points(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + " points"


def _less_bias(curve: Curve) -> str:
    larger = f"more hidden units (now {_hidden(curve)})"
    if curve.lam / curve.images > STRONG_DECAY:
        return f"try a smaller lambda (now {curve.lam:g}, much for {curve.images} images), then {larger}"
    if (
        fall_by_doubling(curve) or 0
    ) > STEEP:  # with mini-batches more images are more steps: the fits have not converged
        return f"try more iterations, then {larger}"
    return f"try {larger} or more iterations; more images of the same kind will not help"


def _less_variance(curve: Curve) -> str:
    if curve.lam / curve.images > STRONG_DECAY:
        return _try_any([*_new_images(curve), f"fewer hidden units (now {_hidden(curve)})"])
    return _try_any([*_new_images(curve), f"a larger lambda (now {curve.lam:g})"])


def _new_images(curve: Curve) -> list[str]:
    return ["more images"] if curve.augmented else ["--augment (new warps of the images each epoch)", "more images"]


def _try_any(steps: list[str]) -> str:
    return f"try {' or '.join(filter(None, (', '.join(steps[:-1]), steps[-1])))}"


def _hidden(curve: Curve) -> str:
    return " ".join(map(str, curve.network.layer_sizes[1:-1])) or "none"


def _trend(curve: Curve) -> str:
    """How the last doubling of the images changed the validation error, interpolated between the sizes measured."""
    fall = fall_by_doubling(curve)
    if fall is None:
        return "There are too few sizes to predict the effect of more images"
    said = "The last doubling of the images reduced the validation error by"
    if fall > STEEP:
        return f"{said} {100 * fall:.0f} %: more would reduce it further"
    return f"{said} only {100 * max(fall, 0):.0f} %: the curve flattens"


def fall_by_doubling(curve: Curve) -> float | None:
    """The share of the validation error that the last doubling of the images removed, interpolated.

    None where the smallest size is more than half of the largest; below 0 where the error has grown.
    """
    sizes, errors = np.array(curve.values), 1 - curve.validation_accuracies.mean(axis=1)
    if sizes[0] > sizes[-1] / 2:
        return None
    before = float(np.interp(np.log(sizes[-1] / 2), np.log(sizes), errors))
    return (before - float(errors[-1])) / before if before else 0.0


def _about_lambda(learning: Curve, lambdas: Curve | None) -> str:
    """Whether another lambda is better than the learning curve's by more than one standard error."""
    if lambdas is None or learning.lam == lambdas.lam:
        return ""
    if learning.lam in lambdas.near():
        return f"Of the lambdas tried, {lambdas.lam:g} is the best, but {learning.lam:g} is within one standard error."
    return f"Of the lambdas tried, {lambdas.lam:g} is the best: use it instead of {learning.lam:g}."
