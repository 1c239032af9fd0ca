"""The Why tab: what each unit adds, as the server computes it and as the page shows it."""

import numpy as np
import pytest
from page.test_app import seven
from page.test_browser import FOUR_AND_TWO, SEVEN, SHOWN, browser, visit, window  # noqa: F401

from digits20 import Digits, Network, load_model
from digits20.images.photo import read_photo
from digits20.learning.model import Model
from digits20.nn.layers import Conv, MaxPool
from digits20.page.answers import Served
from digits20.page.why import why


@pytest.fixture
def visitor(visit):  # noqa: F811
    visitor = visit(alone=True)
    visitor.draw(SEVEN)
    visitor.tab("Why")
    visitor.page.wait_for_selector("#why-network svg", timeout=60_000)
    return visitor


def of(model):
    """The outputs' sums, and those that the answer's parts make."""
    told = why(seven(), Served("x", model))
    seen = Digits(read_photo(seven(), model.image_shape).pixels[None], [0], model.labels, model.image_shape)
    H = model.network.activations(model.theta, seen.prepared(model.preprocess).X)[-1][0]
    sums = np.array(told["base"])
    if told["units"]:
        sums = sums + np.array(told["weights"]) @ [unit["activation"] for unit in told["units"]]
    return told, H, sums


def random_model(network, shape=(20, 20)):
    return Model(network, network.initial_theta(np.random.default_rng(0)) * 3, tuple(range(10)), shape)


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (lambda: load_model("course"), 25),
        (lambda: random_model(Network((400, 60, 30, 10))), 25),
        (lambda: random_model(Network((20, 20), [Conv(4, 5), MaxPool(2), 40, 10], "relu")), 25),
        (lambda: random_model(Network((20, 20), [Conv(4, 5), MaxPool(2), 10], "relu")), 25),
        (lambda: random_model(Network((400, 10))), 0),
    ],
)
def test_the_parts_add_up_to_the_outputs(model, shown):
    told, H, sums = of(model())
    assert len(told["units"]) == shown
    np.testing.assert_allclose(1 / (1 + np.exp(-sums)), H, atol=0.01)


def test_without_a_feature_map_the_outputs_are_those_of_a_network_that_ignores_it():
    model = random_model(Network((20, 20), [Conv(4, 5), MaxPool(2), 10], "relu"))
    told = why(seven(), Served("x", model), [1, 9])
    assert told["maps"]["count"] == 4
    Thetas = [Theta.copy() for Theta in model.Thetas]
    Thetas[1][:, 1:].reshape(10, 4, -1)[:, 1] = 0
    deaf = Model(model.network, np.concatenate([Theta.ravel() for Theta in Thetas]), model.labels, model.image_shape)
    np.testing.assert_allclose(_sums(told), _sums(why(seven(), Served("x", deaf))), atol=0.01)


def _sums(told):
    return np.array(told["base"]) + np.array(told["weights"]) @ [unit["activation"] for unit in told["units"]]


def test_a_units_terms_add_up_to_its_activation():
    told, _, _ = of(load_model("course"))
    for unit in told["units"]:
        z = unit["bias"] + unit["raised"] + unit["lowered"]
        assert 1 / (1 + np.exp(-z)) == pytest.approx(unit["activation"], abs=1e-3)


def test_the_page_opens_with_the_course_network_and_its_answer(visitor):
    assert visitor.page.locator("#why-network .node[id^=why-unit]").count() == 25
    assert "The answer is 7" in visitor.page.locator("#why-said").inner_text()
    assert visitor.page.locator("#why-title").inner_text() == "Output 7"


def test_pointing_at_a_unit_writes_its_sum_and_a_click_switches_it_off(visitor):
    before = visitor.page.locator("#why-output-7").get_attribute("aria-label")
    units = visitor.page.locator("#why-network .node[id^=why-unit]")
    for unit in range(25):
        units.nth(unit).click()
    assert "25 units switched off" in visitor.page.locator("#why-said").inner_text()
    assert visitor.page.locator("#why-output-7").get_attribute("aria-label") != before
    assert visitor.page.locator("#why-title").inner_text() == "Unit 25"
    assert "ink × weight" in visitor.page.locator("#why-sum").inner_text()
    visitor.page.locator("#why-all").click()
    assert visitor.page.locator("#why-output-7").get_attribute("aria-label") == before


def test_units_are_switched_off_by_keyboard(visitor):
    visitor.page.locator("#why-unit-0").focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.page.locator("#why-unit-0").get_attribute("aria-pressed") == "true"
    assert visitor.page.evaluate("document.activeElement.id") == "why-unit-0"


def test_stepping_shows_one_layer_after_the_other(visitor):
    seen = []
    for _ in range(3):
        visitor.page.locator("#why-step").click()
        parts = "#why-unit-0", "#why-output-0", "#why-sum table"
        seen.append(tuple(visitor.page.locator(name).first.is_visible() for name in parts))
        seen[-1] += ("The answer is 7" in visitor.page.locator("#why-said").inner_text(),)
    assert seen == [(False,) * 4, (True, False, False, False), (True,) * 4]


def test_before_the_outputs_a_unit_that_is_switched_off_tells_the_answer(visitor):
    for _ in range(2):
        visitor.page.locator("#why-step").click()
    visitor.page.locator("#why-unit-0").click()
    assert "with 1 unit switched off" in visitor.page.locator("#why-said").inner_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_long_labels_have_room_beside_their_bars(visitor, server, width):
    told = server.ask("POST", "/why", seven())[2] | {"labels": ["M" * 12] * 10, "model": "reference"}
    visitor.page.route("**/why?*", lambda route: route.fulfill(json=told))
    visitor.page.set_viewport_size({"width": width, "height": 740})
    visitor.page.locator("#why-model").select_option("0")
    visitor.page.locator("#why-network", has_text="MMM").wait_for(timeout=60_000)
    parts = ("rect", ".label", ".value", "text.faint")
    frame, *inside = (visitor.page.locator(f"#why-output-7 {part}").first.bounding_box() for part in parts)
    edges = [edge for one in inside for edge in (one["x"], one["x"] + one["width"])]
    assert [frame["x"], *edges, frame["x"] + frame["width"]] == sorted(
        [frame["x"], *edges, frame["x"] + frame["width"]]
    )


def test_another_model_is_explained(visitor):
    visitor.page.locator("#why-model").select_option("0")
    shown = "document.querySelector('#why-network svg').ariaLabel"
    visitor.page.wait_for_function(f"() => !{shown}.includes('400, 25, 10')", timeout=60_000)
    assert "The answer is 7" in visitor.page.locator("#why-said").inner_text()


def test_of_a_number_each_digit_can_be_explained(visit):  # noqa: F811
    visitor = visit()
    visitor.draw(*FOUR_AND_TWO)
    visitor.answer()
    visitor.tab("Why")
    for number, read in (2, "2"), (1, "4"):
        visitor.page.locator("#why").get_by_role("button", name=f"Symbol {number}, read as {read}").click(timeout=SHOWN)
        visitor.page.locator("#why-said", has_text=f"for symbol {number} of 2").wait_for(timeout=SHOWN)


def test_a_picture_without_ink_is_refused(server):
    status, _, told = server.ask("POST", "/why", b"no picture")
    assert (status, "error" in told) == (422, True)
    assert server.ask("POST", "/why?model=77", seven())[0] == 404


def test_a_feature_map_that_is_switched_off_changes_the_answer(visitor):
    visitor.page.locator("#why-model").select_option("0")  # the reference, a convolution
    maps = visitor.page.locator("#why-maps-each button")
    maps.first.wait_for(timeout=60_000)
    assert maps.count() == 32
    said = visitor.page.locator("#why-said").inner_text()
    shown = []
    for _ in range(2):  # they are a step of their own, after the drawing
        visitor.page.locator("#why-step").click()
        shown.append(maps.first.is_visible())
    assert shown == [False, True]
    maps.nth(3).click()
    visitor.page.locator("#why-said", has_text="with 1 feature map switched off").wait_for()
    assert maps.nth(3).get_attribute("aria-pressed") == "true"
    visitor.page.locator("#why-all").click()
    for _ in range(2):
        visitor.page.locator("#why-step").click()
    visitor.page.locator("#why-said", has_text=said).wait_for()
