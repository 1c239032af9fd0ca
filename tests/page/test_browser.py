"""The page in a real browser, against a real server."""

import asyncio
import base64
import contextlib
import io
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from page.browser import LAUNCH, Visitor, axe, chromium, hands, misread, playwright
from page.test_app import Server, seven
from PIL import Image, ImageDraw

from digits20 import Digits, Network, Objective, Scipy, fit, save_model
from digits20.system.shipped import shipped

sync = playwright()

ONE = [(0.5, 0.2), (0.5, 0.8)]
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]
SEVEN_IN_TWO = [SEVEN[1:], SEVEN[:2]]  # a 1 at first
FOUR_AND_TWO = [
    [(0.22, 0.3), (0.12, 0.55), (0.4, 0.55)],
    [(0.32, 0.32), (0.32, 0.75)],
    [(0.62, 0.4), (0.66, 0.32), (0.76, 0.3), (0.84, 0.36), (0.82, 0.46), (0.6, 0.74), (0.88, 0.74)],
]
NO_DIGIT = [[(0.15, 0.2), (0.3, 0.8), (0.5, 0.3), (0.7, 0.8), (0.85, 0.2)]]  # W
INSIDE = """tile => {
    const letters = document.createRange();
    letters.selectNodeContents(tile);
    const [text, around] = [letters, tile].map((one) => one.getBoundingClientRect());
    const high = text.top >= around.top - 8 && text.bottom <= around.bottom + 8;  // a line is higher than its letters
    return high && text.left >= around.left && text.right <= around.right;
}"""
HEARD = """() => {
    const spoken = document.querySelector("#spoken");
    window.heard = [];
    new MutationObserver(() => window.heard.push(spoken.textContent)).observe(spoken, { childList: true });
}"""
SHOWN = 60_000  # ms within which a busy machine shows an answer
DESKTOP, BLANK = {"width": 1280, "height": 800}, "about:blank"


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    with sync.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, **LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("page"), "--collect", "mine.csv")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    """A server with the reference model and one that knows three letters."""
    folder = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(0)
    J = Objective(
        Network((400, 4, 3)), Digits(rng.random((30, 400)), np.arange(30) % 3, labels=("A", "B", "C")), lam=1.0
    )
    save_model(fit(J, J.network.initial_theta(rng), Scipy("L-BFGS-B", iterations=3)), folder / "letters.pkl")
    server = Server(folder, "--model", shipped("models/reference.pkl"), "--model", "letters.pkl")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def four_models(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("four"), *["--model", shipped("models/reference.pkl")] * 4)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def window(browser):
    """The page that most tests visit, one after another: a window of one's own costs more than most tests."""
    return browser.new_page(viewport=DESKTOP)


@pytest.fixture
def visit(browser, server, window):
    """visit(**options of the browser's context) -> Visitor; with options, or `alone`, in a window of its own.

    At the end, none has met a mistake or a foreign host.
    """
    own, heard, mistakes = [], [], []

    def listen(page, **listeners):
        for event, listener in listeners.items():
            page.on(event, listener)
            heard.append((page, event, listener))

    def visit(to=server, path="", alone=False, **options):
        base = f"http://127.0.0.1:{to.port}/"
        page = window
        if alone or options:
            own.append(browser.new_context(**{"viewport": DESKTOP, **options}))
            page = own[-1].new_page()
        listen(
            page,
            pageerror=lambda error: mistakes.append(str(error)),
            request=lambda sent: sent.url.startswith((base, "blob:", "data:")) or mistakes.append(sent.url),
        )
        return Visitor(page, base + path)

    yield visit
    for page, event, listener in heard:
        page.remove_listener(event, listener)
    for context in own:
        context.close()
    forget(window)
    assert mistakes == []


def forget(page):
    """Leave the page as one that nobody has visited."""
    page.unroute_all(behavior="ignoreErrors")
    if page.url != BLANK:
        page.evaluate("localStorage.clear()")
        page.goto(BLANK)


@pytest.fixture
def visitor(visit):
    return visit()


def picture(name, strokes=(), kind="PNG", size=160, **colours):
    """A file to upload: strokes, shares of its sides, on paper."""
    image = Image.new("RGB", (size, size), colours.get("paper", "white"))
    for stroke in strokes:
        points = [(x * size, y * size) for x, y in stroke]
        ImageDraw.Draw(image).line(points, fill=colours.get("ink", "black"), width=size // 14, joint="curve")
    out = io.BytesIO()
    image.save(out, kind)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": out.getvalue()}


# drawing


def test_nine_in_ten_drawings_of_five_hands_are_recognized(server):
    """Every other drawing of each; `benchmarks/drawings.py` draws them all."""
    half = [hand | {"drawings": hand["drawings"][number % 2 :: 2]} for number, hand in enumerate(hands())]
    path = chromium()
    with ThreadPoolExecutor(1) as thread:  # the synchronous Playwright has this thread's event loop
        wrong = thread.submit(lambda: asyncio.run(misread(path, f"http://127.0.0.1:{server.port}/", half))).result()
    drawings = sum(len(hand["drawings"]) for hand in half)
    assert drawings >= 20
    assert len(wrong) <= 0.1 * drawings, wrong


def test_the_answer_follows_the_pen(visitor):
    box = visitor.page.locator("#paper").bounding_box()
    visitor.page.mouse.move(box["x"] + 190, box["y"] + 60)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 190, box["y"] + 320, steps=10)
    assert visitor.answer() == "1"  # the pen is still down
    visitor.page.mouse.up()


def test_bars_show_each_output_by_itself_with_the_best_one_marked(visitor, server):
    view = server.ask("POST", "/look", seven())[2]
    view["models"][0]["outputs"][3:5] = 0.9, 0.8  # together with the 7's more than 1
    visitor.page.route("**/look", lambda route: route.fulfill(json=view))
    visitor.draw(SEVEN)
    assert visitor.answer() == "7"
    bars = visitor.page.locator(".bars li")
    assert bars.count() == 10
    assert visitor.page.locator(".bars .best .label").all_inner_texts() == ["7"]
    assert bars.locator(".value").all_inner_texts()[3:5] == ["90.0\u00a0%", "80.0\u00a0%"]


def test_below_the_threshold_the_page_is_not_sure(visitor):
    visitor.draw(SEVEN)
    visitor.answer()
    assert "confidence" in visitor.page.locator(".sure").inner_text()
    visitor.slide("threshold", 100)
    assert "Not sure. Perhaps a 7" in visitor.page.locator(".sure").inner_text()


def test_two_digits_are_read_as_a_number_each_in_its_box(visitor):
    visitor.draw(*FOUR_AND_TWO)
    visitor.page.locator(".glyph", has_text=re.compile("^42$")).wait_for(timeout=SHOWN)
    visitor.answer()
    assert visitor.page.locator("#boxes .box").all_inner_texts() == ["4", "2"]
    four, two = (box.bounding_box() for box in visitor.page.locator("#boxes .box").all())
    assert four["x"] + four["width"] < two["x"]


@pytest.mark.parametrize("reading", ["42", "427", "4271903358"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_number_has_place_in_its_tile(visit, server, reading, width):
    visitor = visit(viewport={"width": width, "height": 740})
    view = server.ask("POST", "/look", seven())[2]
    view["models"][0] |= {"reading": reading, "symbols": view["models"][0]["symbols"] * len(reading)}
    visitor.page.route("**/look", lambda route: route.fulfill(json=view))
    visitor.draw(SEVEN)
    glyph = visitor.page.locator(".glyph", has_text=reading)
    glyph.wait_for(timeout=SHOWN)
    assert glyph.evaluate(INSIDE)


def test_a_box_lies_around_its_symbol(visitor):
    visitor.draw(*FOUR_AND_TWO)
    visitor.page.locator("#boxes .box").nth(1).wait_for(timeout=SHOWN)
    visitor.answer()
    sheet, two = (visitor.page.locator(name).last.bounding_box() for name in ("#paper", "#boxes .box"))
    share = (two["x"] - sheet["x"]) / sheet["width"], (two["y"] - sheet["y"]) / sheet["height"]
    assert share == pytest.approx((0.6, 0.3), abs=0.05)


def test_one_digit_has_no_box_nor_has_a_blank_sheet(visitor):
    visitor.draw(SEVEN)
    assert (visitor.answer(), visitor.page.locator("#boxes .box").count()) == ("7", 0)
    visitor.page.locator("#clear").click()
    visitor.draw(*FOUR_AND_TWO)
    visitor.page.locator("#boxes .box").nth(1).wait_for(timeout=SHOWN)
    visitor.page.locator("#clear").click()
    assert visitor.page.locator("#boxes .box").count() == 0


def test_what_is_no_digit_is_doubted_with_the_best_guess_in_brackets(visitor):
    visitor.draw(*NO_DIGIT)
    said = visitor.page.locator(".unsure .sure", has_text="This looks like no digit I know (")
    said.wait_for(timeout=SHOWN)
    visitor.answer()
    assert f"(at best a {visitor.answer()})" in said.inner_text()


def test_what_is_no_label_of_letters_is_doubted_in_other_words(visitor, server):
    view = server.ask("POST", "/look", seven())[2]
    view["models"][0] |= {"known": False, "reading": "B", "label": "B", "labels": list("ABCDEFGHIJ")}
    visitor.page.route("**/look", lambda route: route.fulfill(json=view))
    visitor.draw(SEVEN)
    visitor.page.locator(".unsure .sure", has_text="This is not a label I know (at best a B)").wait_for(timeout=SHOWN)


def test_at_most_ten_questions_a_second_but_for_the_last(visitor):
    wave = [(0.1 + 0.05 * step, 0.5 + 0.3 * (-1) ** step) for step in range(16)]
    visitor.draw(wave)
    visitor.answer()
    asked = visitor.page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.name.endsWith('/look')).map(one => one.startTime)"
    )
    assert len(asked) > 2
    assert min(np.diff(asked)[:-1], default=1000) >= 100


def test_the_last_answer_counts_under_a_slow_server(visitor):
    held = []
    visitor.page.route("**/look", lambda route: route.continue_() if held else held.append(route))
    visitor.draw(*SEVEN_IN_TWO)
    visitor.page.wait_for_timeout(150)
    assert visitor.page.locator(".sure").inner_text() == "Waiting for your digit"
    held[0].continue_()
    assert visitor.answer() == "7"


def test_a_question_that_hangs_is_given_up_for_a_newer_one(visit):
    visitor, held = visit(alone=True), []  # a clock that was stopped is never quite itself again
    visitor.page.route("**/look", lambda route: held.append(route), times=1)
    visitor.page.clock.install()
    visitor.draw(*SEVEN_IN_TWO)
    visitor.page.clock.fast_forward(2500)
    assert visitor.answer() == "7"


def test_an_answer_to_a_drawing_that_was_cleared_is_not_shown(visitor, server):
    held, answer = [], server.ask("POST", "/look", seven())[2]
    visitor.page.route("**/look", lambda route: held.append(route))
    visitor.draw(ONE)
    visitor.page.wait_for_timeout(50)
    visitor.page.locator("#clear").click()
    for route in held:
        with contextlib.suppress(sync.Error):  # the page may have hung up
            route.fulfill(json=answer)
    visitor.page.wait_for_timeout(100)
    assert visitor.page.locator(".sure").inner_text() == "Waiting for your digit"


def test_a_busy_server_is_asked_again(visitor):
    busy = {"status": 503, "json": {"error": "too many requests at once"}}
    visitor.page.route("**/look", lambda route: route.fulfill(**busy))
    visitor.draw(SEVEN)
    visitor.page.get_by_text("The server is busy").wait_for()
    visitor.page.wait_for_timeout(800)  # the last question has had its refusal
    assert visitor.page.locator("#answers").get_attribute("aria-busy") == "true"
    visitor.page.unroute("**/look")
    assert visitor.answer() == "7"
    assert visitor.page.locator("#trouble").is_hidden()


def test_a_server_that_is_frozen_is_said_within_three_seconds_and_the_old_answer_goes(visitor):
    """Three seconds of the page's own patience; how late a busy machine shows it is not asked."""
    visitor.draw(SEVEN)
    assert visitor.answer() == "7"
    visitor.page.route("**/look", lambda route: None)
    visitor.page.evaluate(
        """() => {
            const timeout = AbortSignal.timeout;
            window.limits = [];
            AbortSignal.timeout = (limit) => (window.limits.push(limit), timeout.call(AbortSignal, limit));
        }"""
    )
    visitor.draw(ONE)
    visitor.page.get_by_text("The server does not answer").wait_for()
    assert 0 < max(visitor.page.evaluate("window.limits")) < 3000
    assert visitor.page.locator(".glyph").inner_text() == ""
    assert visitor.page.locator(".sure").inner_text() == "No answer"


def test_a_black_sheet_says_why_there_is_no_answer(visitor):
    visitor.slide("width", 12)
    visitor.draw(*[[(0.02, 0.04 * row), (0.98, 0.04 * row)] for row in range(26)])
    visitor.page.locator(".sure", has_text="No digit: no ink found (the picture is dark all over)").wait_for()


def test_drawing_and_threshold_survive_a_reload(visitor):
    visitor.draw(SEVEN)
    visitor.slide("threshold", 70)
    visitor.answer()
    visitor.page.reload()
    visitor.page.wait_for_selector(".answer .best")
    assert visitor.answer() == "7"
    assert visitor.page.locator("#threshold").input_value() == "70"


def test_uploads_without_a_server_are_given_up(visitor):
    visitor.page.route("**/look", lambda route: route.abort())
    visitor.upload(picture("seven.png", [SEVEN]))
    assert "does not answer" in visitor.page.locator("#unreadable li").inner_text()


def test_the_sheet_stays_in_view_beside_four_models(visit, four_models):
    visitor = visit(four_models, viewport={"width": 768, "height": 1024})
    visitor.draw(SEVEN)
    visitor.answer()
    columns = {round(box["x"]) for box in (one.bounding_box() for one in visitor.page.locator(".answer").all())}
    assert len(columns) == 2
    visitor.page.mouse.wheel(0, 5000)
    visitor.page.wait_for_timeout(200)
    assert visitor.page.locator("#paper").bounding_box()["y"] >= 0


def test_clear_and_undo(visitor):
    page = visitor.page
    visitor.draw(ONE, [(0.2, 0.5), (0.8, 0.5)])
    visitor.answer()
    both = visitor.ink()
    page.locator("#clear").click()
    assert (visitor.answer(), page.locator("#invitation").is_visible()) == ("", True)
    page.locator("#undo").click()
    page.keyboard.press("Control+z")
    assert visitor.answer() == "1"
    assert 0 < visitor.ink() < both


def test_the_pressure_of_a_pen_makes_the_stroke_wider(visitor):
    session = visitor.page.context.new_cdp_session(visitor.page)
    box = visitor.page.locator("#paper").bounding_box()

    def stroke(force):
        for kind, y in (("mousePressed", 60), ("mouseMoved", 150), ("mouseMoved", 300), ("mouseReleased", 300)):
            place = {"x": box["x"] + 190, "y": box["y"] + y, "button": "left", "buttons": 1, "clickCount": 1}
            session.send("Input.dispatchMouseEvent", {"type": kind, "pointerType": "pen", "force": force, **place})
        visitor.answer()
        return visitor.ink()

    soft = stroke(0.1)
    visitor.page.keyboard.press("Escape")
    assert stroke(0.9) > 1.5 * soft


def test_a_finger_draws_without_scrolling_the_page(visit):
    visitor = visit(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    session = visitor.page.context.new_cdp_session(visitor.page)
    box = visitor.page.locator("#paper").bounding_box()
    for kind, ys in (("touchStart", [300]), ("touchMove", range(280, 60, -20)), ("touchEnd", [None])):
        for y in ys:
            points = [] if y is None else [{"x": box["x"] + 170, "y": box["y"] + y}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert visitor.answer() == "1"
    assert visitor.page.evaluate("scrollY") == 0


def test_drawing_with_the_keyboard_alone(visitor):
    page = visitor.page
    while page.evaluate("document.activeElement.id") != "paper":
        page.keyboard.press("Tab")
    page.evaluate(HEARD)
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert "Pen up" in page.evaluate("window.heard")  # the answer may follow at once
    assert visitor.answer() == "1"
    page.keyboard.press("Delete")
    assert visitor.answer() == ""


def test_the_answer_is_spoken(visitor):
    visitor.draw(SEVEN)
    visitor.answer()
    visitor.page.get_by_role("status").filter(has_text="7, ").wait_for()


# what the network sees


def test_the_image_its_units_and_its_saliency_are_drawn(visitor):
    seen, lights = (visitor.page.locator(name).first for name in (".sight canvas", ".inside canvas"))
    blank = seen.screenshot(), lights.screenshot()
    visitor.draw(SEVEN)
    visitor.answer()
    drawn = seen.screenshot(), lights.screenshot()
    assert (drawn[0] != blank[0], drawn[1] != blank[1]) == (True, True)
    assert "active" in lights.get_attribute("aria-label")
    visitor.page.get_by_label("Show which pixels matter").check()
    assert seen.screenshot() != drawn[0]


def test_a_unit_pointed_at_shows_what_it_looks_for(visitor):
    visitor.page.locator(".inside canvas").first.hover()
    pattern = visitor.page.locator(".pattern")
    pattern.wait_for()
    assert "Unit" in pattern.inner_text()


def test_two_models_answer_side_by_side(visit, two_models):
    visitor = visit(two_models)
    visitor.draw(SEVEN)
    assert visitor.answer(0) == "7"
    assert visitor.answer(1) in ("A", "B", "C")
    assert visitor.page.locator(".answer h2").all_inner_texts() == ["reference", "letters"]
    left, right = (visitor.page.locator(".answer").nth(number).bounding_box() for number in (0, 1))
    assert (left["y"], left["x"] + left["width"] < right["x"]) == (right["y"], True)
    visitor.tab("Model")
    visitor.page.locator("#which").select_option("letters")
    assert "3 labels" in visitor.page.locator(".about").inner_text()


def test_the_model_tab_tells_settings_scores_costs_and_units(visitor):
    visitor.tab("Model")
    said = visitor.page.locator(".about").inner_text()
    assert all(
        word in said
        for word in (
            "conv 32 5, pool 2, conv 64 3, pool 2, 256, 10",
            "99.2\N{NO-BREAK SPACE}%",
            "169,610",
            "batch size",
            "adam",
        )
    )
    assert visitor.page.locator("#model .chart .line").get_attribute("d").count("L") == 150
    visitor.page.get_by_role("img", name="Weights of 32 units").wait_for()
    assert visitor.ink(".patterns") > 31 * 25


# uploads


def test_good_pictures_come_into_the_gallery_and_bad_ones_are_listed_with_the_reason(visitor):
    visitor.upload(
        picture("seven.png", [SEVEN]),
        picture("night.jpg", [ONE], "JPEG", paper="navy", ink="yellow"),
        picture("blank.png"),
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not a picture"},
        {"name": "large.bin", "mimeType": "", "buffer": bytes(5_300_000)},
    )
    gallery = visitor.page.locator("#gallery li")
    labels = dict(
        zip(gallery.locator(".file").all_inner_texts(), gallery.locator("strong").all_inner_texts(), strict=True)
    )
    assert labels == {"seven.png": "7", "night.jpg": "1"}
    assert gallery.locator("canvas").count() == 2
    refused = " ".join(sorted(visitor.page.locator("#unreadable li").all_inner_texts()))
    assert all(words in refused for words in ("blank.png no ink found", "large.bin 5.3 MB", "notes.txt not a picture"))


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_a_picture_can_be_pasted_or_dropped_anywhere(visitor, event):
    content = base64.b64encode(seven()).decode()
    visitor.page.evaluate(
        """([kind, content]) => {
            const data = new DataTransfer();
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            data.items.add(new File([bytes], "here.png", { type: "image/png" }));
            const happened = kind === "paste"
              ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true })
              : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
            document.body.dispatchEvent(happened);
        }""",
        [event, content],
    )
    assert visitor.page.locator("#gallery li strong").inner_text() == "7"
    assert visitor.page.locator("#upload").is_visible()


def test_a_picture_too_large_to_send_is_made_smaller_first(visitor):
    large = picture("seven.bmp", [SEVEN], "BMP", size=1400)
    assert len(large["buffer"]) > 5 * 2**20
    visitor.upload(large)
    assert visitor.page.locator("#gallery li strong").inner_text() == "7"


def test_an_answer_below_the_threshold_is_doubted_in_the_gallery_too(visitor):
    visitor.upload(picture("seven.png", [SEVEN]))
    doubt = visitor.page.get_by_text("not sure", exact=True)
    assert doubt.is_hidden()
    visitor.tab("Draw")
    visitor.slide("threshold", 100)
    visitor.tab("Upload")
    assert doubt.is_visible()


def test_what_is_no_digit_is_doubted_in_the_gallery_too(visitor):
    visitor.upload(picture("no.png", NO_DIGIT))
    visitor.page.locator(".said.unsure", has_text="This looks like no digit I know (").wait_for(timeout=SHOWN)


def test_a_number_in_the_gallery_is_read_whole(visitor):
    visitor.upload(picture("number.png", FOUR_AND_TWO))
    assert visitor.page.locator("#gallery li strong").inner_text() == "42"


def test_the_name_of_a_file_is_never_markup(visitor):
    visitor.upload(picture("<img src=x onerror=alert(1)>.png", [SEVEN]), picture("<b>bad.png"))
    assert visitor.page.locator(".file").inner_text() == "<img src=x onerror=alert(1)>.png"
    assert "<b>bad.png" in visitor.page.locator("#unreadable li").inner_text()


# corrections


def kept(server):
    return server.ask("GET", "/collect")[2]["kept"]


def test_that_was_a_seven_is_kept_and_taken_back(visitor, server):
    before = kept(server)
    visitor.draw(SEVEN)
    choose = visitor.page.get_by_role("group", name="That was a").get_by_role("button", name="7")
    choose.click()
    visitor.page.get_by_text(f"{before + 1} kept in mine.csv").first.wait_for()
    assert (kept(server), choose.get_attribute("aria-pressed")) == (before + 1, "true")
    visitor.page.get_by_role("button", name="Undo the last").click()
    visitor.page.wait_for_selector('.choose button[aria-pressed="false"]:nth-child(8):enabled')
    assert kept(server) == before


def test_after_a_correction_the_next_stroke_starts_a_new_drawing(visitor):
    visitor.draw(SEVEN)
    visitor.page.get_by_role("group", name="That was a").get_by_role("button", name="7").click()
    visitor.page.get_by_role("button", name="Undo the last").wait_for()
    visitor.draw(ONE)
    assert visitor.answer() == "1"


def test_a_picture_of_the_gallery_can_be_corrected(visitor, server):
    before = kept(server)
    visitor.upload(picture("seven.png", [SEVEN]))
    card = visitor.page.locator("#gallery li")
    card.get_by_label("That was a").select_option("1")
    card.get_by_role("button", name="Keep").click()
    card.get_by_role("button", name="Kept").wait_for()
    assert kept(server) == before + 1


def test_without_a_file_digits_are_corrected_all_the_same_and_it_says_how_to_keep_them(visit, two_models):
    visitor = visit(two_models)
    visitor.page.locator("#correction").get_by_text("--collect corrections.csv").wait_for()
    assert visitor.page.locator(".choose").is_visible()


# look and access


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_any_tab(visit, scheme):
    source = axe()
    visitor = visit(color_scheme=scheme)
    visitor.draw(*FOUR_AND_TWO)
    visitor.answer()
    visitor.page.evaluate(source)
    for tab in ("Draw", "Why", "Learn", "Upload", "Model"):
        visitor.tab(tab)
        if tab == "Upload":
            visitor.upload(picture("seven.png", [SEVEN]), picture("no.png", NO_DIGIT), picture("blank.png"))
        found = visitor.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_dark_and_light_follow_the_system_or_the_button(visit):
    visitor = visit(alone=True)

    def brightness():
        colour = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, colour[4:-1].split(",")))

    visitor.page.emulate_media(color_scheme="light")
    light = brightness()
    visitor.page.emulate_media(color_scheme="dark")
    assert brightness() < 150 < 600 < light
    button = visitor.page.get_by_role("button", name="Colours")
    button.click()
    assert (button.inner_text(), brightness()) == ("Colours: light", light)


@pytest.mark.parametrize("width", [360, 820])
def test_nothing_is_wider_than_the_window(visit, two_models, width):
    visitor = visit(two_models, viewport={"width": width, "height": 740})
    visitor.draw(SEVEN)
    visitor.answer()
    for tab in ("Draw", "Why", "Learn", "Upload", "Model"):
        visitor.tab(tab)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def test_tabs_move_by_arrow_keys_and_open_by_address(visit):
    page = visit(path="#model").page
    assert page.locator("#model").is_visible()
    page.get_by_role("tab", name="Model").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#draw").is_visible()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.textContent") == "Model"


def test_words_explain_themselves_and_escape_closes_only_that(visitor):
    visitor.draw(SEVEN)
    visitor.page.get_by_role("button", name="Hidden units").first.focus()
    tip = visitor.page.locator("#hidden-text")
    assert tip.is_visible()
    visitor.page.keyboard.press("Escape")
    assert tip.is_hidden()
    assert visitor.ink() > 0


def test_the_page_may_not_speak_to_another_host(browser, server):
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/")
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/x.png"
        page.evaluate("url => { new Image().src = url; fetch(url).catch(() => {}); }", url)
        elsewhere.settimeout(0.3)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    page.close()
