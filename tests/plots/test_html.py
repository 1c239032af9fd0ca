"""The page about a model: complete, self-contained, and safe to open whoever made the model."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from digits20 import Digits, Model, Network
from digits20.errors import percent
from digits20.learning.evaluation import evaluate
from digits20.plots.html import _fall, html_report

NASTY = "<script>alert('x')</script>&\"$\\q$"


class Page(HTMLParser):
    """Every tag with its attributes, and the text outside tags."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(self.words)


def model_with(labels=(0, 1, 2), **parts):
    network = Network((9, 4, 3))
    return Model(network, network.initial_theta(np.random.default_rng(0)), labels, (3, 3), **parts)


@pytest.fixture(scope="module")
def page():
    """Of a model whose every text is an attack, on images with its labels."""
    rng = np.random.default_rng(1)
    labels = (NASTY, "b", "c")
    digits = Digits(rng.random((30, 9)), np.arange(30) % 3, labels=labels)
    model = model_with(labels, costs=[3.0, 1.0], settings={NASTY: NASTY, "solver": "l-bfgs"}, lam=2.0)
    html = html_report(model, digits, evaluate(model, digits), NASTY, NASTY)
    return html, Page(html), model, digits


def test_every_part_has_its_heading(page):
    assert len(page[1].all("h1")) == 1
    headings = re.findall(r"<h2[^>]*>([^<]*)", page[0])
    assert headings == [
        *("Scores", "Cost history", "Confusion matrix", "Most confident mistakes", "First-layer weights"),
        "Settings",
    ]


def test_the_scores_are_those_of_evaluate(page):
    _, parsed, model, digits = page
    scores = evaluate(model, digits)
    assert percent(scores.accuracy, 2) in parsed.text
    assert all(f"{recall:.3f}" in parsed.text for recall in scores.recall)


def test_texts_of_the_model_are_shown_and_never_run(page):
    html, parsed, *_ = page
    assert parsed.all("script") == []
    assert NASTY in parsed.text
    assert "<script" not in html


def test_nothing_is_asked_of_the_network(page):
    _, parsed, *_ = page
    addresses = [tag.get(name) for _, tag in parsed.tags for name in ("src", "href", "srcset", "action") if name in tag]
    assert len(addresses) == 4
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert not re.search(r"url\(|@import", page[0])


def test_every_picture_has_a_text_that_stands_for_it(page):
    alts = [image["alt"] for image in page[1].all("img")]
    assert len(alts) == 4
    assert all(len(alt) > 20 for alt in alts)


def test_the_page_follows_a_dark_screen_and_a_narrow_one(page):
    assert "prefers-color-scheme: dark" in page[0]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page[1].all("meta")


def test_a_model_without_history_has_no_curve(small):
    model = model_with()
    html = html_report(model, small, evaluate(model, small), "m", "d")
    assert "Cost history" not in html
    assert len(Page(html).all("img")) == 3


@pytest.mark.parametrize(
    ("final", "told"), [(0.5, "final weights' cost J over the training images is 0.5."), (1.0, "to 1 in")]
)
def test_the_cost_of_the_final_weights_is_told_where_it_is_another(final, told):
    text = _fall(model_with(costs=[3.0, 1.0], scores={"cost": final}))
    assert told in text
    assert ("final" in text) == (final != 1.0)


def test_accuracies_of_the_time_of_training_are_told_where_they_are_figures(small):
    model = model_with(scores={"train_accuracy": 0.875, "test_accuracy": [0.5, 0.6]})
    text = Page(html_report(model, small, evaluate(model, small), "m", "d")).text
    assert "train accuracy, at training 87.50 %" in text
    assert "test accuracy" not in text


def test_a_model_without_mistakes_is_told_so(small):
    model = model_with()
    right = small.take(np.flatnonzero(model.predict(small.X) == small.y))
    text = Page(html_report(model, right, evaluate(model, right), "m", "d")).text
    assert "images are predicted correctly." in text
    assert "None." in text


def test_the_same_model_and_images_make_the_same_page(small):
    model = model_with(costs=[2.0, 1.0])
    scores = evaluate(model, small)
    assert html_report(model, small, scores, "m", "d") == html_report(model, small, scores, "m", "d")
