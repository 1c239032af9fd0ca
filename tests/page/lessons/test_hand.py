"""'Teach it my hand' on the Draw tab, in a real browser and against a real server."""

import numpy as np
import pytest
from page.test_app import seven
from page.test_browser import FOUR_AND_TWO, SEVEN, SHOWN, browser, visit, visitor, window  # noqa: F401

from digits20 import load_digits, load_model
from digits20.page.lessons.examples import Examples
from digits20.page.lessons.plan import Material, lesson_for

LEARNED = '#hand-said[data-status="done"]'


@pytest.fixture(autouse=True)
def forgotten(server):
    """Each test begins with nothing corrected and nothing taught."""
    while server.ask("DELETE", "/learn/examples?set=hand")[2]["counts"]:
        pass
    while server.ask("POST", "/learn/do?what=undo", b"", Content_Type="application/octet-stream")[0] == 200:
        pass


def correct(visitor, label):  # noqa: F811
    group = visitor.page.get_by_role("group", name="That was a")
    group.get_by_role("button", name=label).click()


def test_three_corrections_are_learned_and_told_before_and_after(visitor, server):  # noqa: F811
    for number in range(3):
        visitor.draw([(x + 0.02 * number, y) for x, y in SEVEN])
        visitor.answer()
        correct(visitor, "4")  # a hand that writes 4 like this
        visitor.page.get_by_text(f"{number + 1} drawing").first.wait_for()
    visitor.page.get_by_role("button", name="Teach it my hand").click()
    visitor.page.locator(LEARNED).wait_for(timeout=3 * SHOWN)
    own, test = (" ".join(row.split()) for row in visitor.page.locator("#hand-scores tbody tr").all_inner_texts())
    assert own == "My 3 drawings < 0.1 % > 99.9 %"
    assert float(test.split()[-2]) > 95
    assert visitor.page.locator("#hand-drawings li").all_inner_texts()[0].startswith("✓ 7 → 4")
    visitor.page.locator("#draw-lesson .best .label", has_text="4").wait_for(timeout=SHOWN)
    visitor.page.get_by_role("button", name="Undo the teaching").click()
    visitor.page.locator("#hand-result").wait_for(state="hidden")
    assert server.ask("GET", "/learn/model.pkl")[0] == 404


def test_of_several_symbols_the_chosen_one_is_corrected(visitor, server):  # noqa: F811
    visitor.draw(*FOUR_AND_TWO)
    visitor.page.locator("#boxes .box").nth(1).wait_for(timeout=SHOWN)
    visitor.answer()
    visitor.page.get_by_role("button", name="Symbol 2, read as 2").click(timeout=SHOWN)
    correct(visitor, "7")
    visitor.page.get_by_role("button", name="Symbol 2, kept as 7").wait_for()
    correct(visitor, "9")
    visitor.page.get_by_role("button", name="Symbol 1, kept as 9").wait_for()
    visitor.page.get_by_text("2 drawings corrected").first.wait_for()
    assert server.ask("GET", "/learn/hand")[2]["counts"] == {"7": 1, "9": 1}


def test_the_symbol_that_is_explained_is_the_one_that_is_corrected(visitor):  # noqa: F811
    visitor.draw([(0.2, 0.4), (0.2, 0.7)], [(0.5, 0.2), (0.9, 0.2), (0.7, 0.85)])  # a small 1 and a large 7
    visitor.page.locator(".which button").nth(1).wait_for(timeout=SHOWN)
    visitor.answer()
    for label in "7", "1":
        assert visitor.page.locator('.which [aria-pressed="true"]').first.inner_text() == label
        visitor.page.get_by_role("img", name=f"The network's input, predicted as {label}").wait_for(timeout=SHOWN)
        visitor.page.get_by_role("button", name="Symbol 1, read as 1").first.click()


def test_a_symbol_that_is_not_there_is_refused(server):
    asked = server.ask("POST", "/learn/examples?set=hand&label=7&symbol=1", seven())
    assert (asked[0], asked[2]["error"]) == (400, "symbol: no such symbol in the picture")


def test_a_hand_is_tested_with_images_that_the_model_has_never_learned():
    reference, hand = load_model("reference"), Examples()
    hand.add("7", np.ones(400))
    asked = {"source": "hand", "base": "first", "solver": "adam"}
    lesson = lesson_for(asked, Material(None, Examples(), hand, reference, reference))
    _, own_test = load_digits().shuffle(reference.settings["seed"]).split(reference.settings["train_size"])
    held = {row.tobytes() for row in own_test.X}
    assert all(row.tobytes() in held for part in lesson.held for row in part.X)
    assert not any(row.tobytes() in held for row in lesson.images.X)
