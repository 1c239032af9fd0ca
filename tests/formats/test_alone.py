"""The page that has its model within, in a browser from a file: it answers as Python does and asks nobody anything."""

import base64
import functools
import http.server
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
from page.browser import LAUNCH, Visitor, axe, chromium, hands, playwright

from digits20 import Digits20Error, Model, Network, load_digits, load_model
from digits20.formats.alone import to_html
from digits20.learning.calibration import calibrated
from digits20.learning.transfer import merge
from digits20.nn.layers import Conv, Dense, MaxPool
from digits20.page.answers import Served, look
from digits20.page.why import why

sync = playwright()

SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]
FOUR_AND_TWO = [
    [(0.22, 0.3), (0.12, 0.55), (0.4, 0.55)],
    [(0.32, 0.32), (0.32, 0.75)],
    [(0.62, 0.4), (0.66, 0.32), (0.76, 0.3), (0.84, 0.36), (0.82, 0.46), (0.6, 0.74), (0.88, 0.74)],
]
TOUCHING = [[(0.1, 0.3), (0.35, 0.3), (0.2, 0.75)], [(0.33, 0.3), (0.62, 0.3), (0.5, 0.75)]]  # 77 in one piece
OVER_THE_EDGE = [[(0.3, 0.5), (0.6, 0.5), (0.6, 1.1)]]
ALL_BLACK = [[(0.1 * x, y) for x in range(11) for y in (-0.1, 1.1)]]
EVERY = 1e-3  # a score may differ by less
TELL = """async (strokes) => {
    const drawn = strokes.map((stroke) => stroke.map(([x, y, width]) => ({ x, y, width })));
    const picture = await digits20.picture(drawn);
    const bytes = new Uint8Array(await picture.arrayBuffer());
    const lists = (key, value) => ArrayBuffer.isView(value) ? [...value] : value;
    const plain = (told) => JSON.parse(JSON.stringify(told, lists));
    const answer = await digits20.look(picture).then(({ models }) => plain(models[0]), ({ message }) => message);
    return [btoa(String.fromCharCode(...bytes)), answer];
}"""


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    with sync.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, **LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reference():
    return load_model("reference")


@pytest.fixture(scope="module")
def files(tmp_path_factory, reference):
    folder = tmp_path_factory.mktemp("alone")
    (folder / "page.html").write_bytes(to_html(reference))
    return folder


@pytest.fixture
def visit(browser, files):
    """visit(model, **options of the browser's context) -> Visitor of its page; nothing may fail or be asked for."""
    own, mistakes = [], []

    def visit(model=None, **options):
        file = files / "page.html"
        if model is not None:
            file = files / "other.html"
            file.write_bytes(to_html(model))
        own.append(browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}))
        page = own[-1].new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda said: said.type == "error" and mistakes.append(said.text))
        page.on("request", lambda sent: sent.url.startswith((file.as_uri(), "data:")) or mistakes.append(sent.url))
        return Visitor(page, file.as_uri())

    yield visit
    for context in own:
        context.close()
    assert mistakes == []


def told(visitor, strokes, width=0.055):
    """The drawing as a PNG file, and the page's answer to it: an answer of /look, or the reason for none."""
    png, answer = visitor.page.evaluate(TELL, [[(x, y, width) for x, y, *_ in stroke] for stroke in strokes])
    return base64.b64decode(png), answer


def put(visitor, *strokes, width=0.055):
    """The drawing as one of an earlier visit, which costs less than drawing it."""
    points = [[{"x": x, "y": y, "width": width} for x, y in stroke] for stroke in strokes]
    visitor.page.evaluate("strokes => { localStorage['digits20.strokes'] = strokes }", json.dumps(points))
    visitor.page.reload()
    visitor.answer()


def check_alike(model, png, there):
    here = look(png, [Served("here", model)])["models"][0]
    assert [there[key] for key in ("label", "reading", "known")] == [here[key] for key in ("label", "reading", "known")]
    assert [one["box"] for one in there["symbols"]] == [one["box"] for one in here["symbols"]]
    np.testing.assert_allclose(there["scores"], here["scores"], atol=EVERY)
    np.testing.assert_allclose(there["outputs"], here["outputs"], atol=EVERY)
    for A, B in zip(there["layers"], here["layers"], strict=True):
        np.testing.assert_allclose(A, B, atol=2e-3)


# ---- the same answers


def test_fifty_drawings_are_answered_as_by_python(visit, reference):
    visitor = visit()
    for hand in hands():
        for one in hand["drawings"]:
            strokes = [[(x / 1000, y / 1000) for x, y, _ in stroke] for stroke in one["strokes"]]
            check_alike(reference, *told(visitor, strokes, hand["width"] / 100))


def test_test_images_are_answered_as_by_python(visit, reference):
    """Two hundred; benchmarks/alone.py has a thousand."""
    test = load_digits().shuffle(0)[4800:]
    answers = visit().page.evaluate("rows => JSON.parse(rows).map(digits20.predict)", json.dumps(test.X.tolist()))
    scores = reference.predict_proba(test.X)
    assert [one["label"] for one in answers] == reference.predict(test.X).tolist()
    np.testing.assert_allclose([one["scores"] for one in answers], scores, atol=EVERY)


def test_several_digits_touching_ones_and_cut_ones_are_read_as_by_python(visit, reference):
    visitor = visit()
    for strokes in (FOUR_AND_TWO, TOUCHING, OVER_THE_EDGE):
        check_alike(reference, *told(visitor, strokes))


def words():
    network = Network((180, 7, 5, 3), "tanh", "softmax")
    theta = network.initial_theta(np.random.default_rng(1))
    return Model(network, theta, ("no", "yes", "täglich"), (15, 12), ("deskew",))


def merged():
    """An ensemble of two networks with convolutions, with a confidence of its own."""
    network = Network((20, 20), [Conv(3, 4), MaxPool(2), Conv(4, 3), Dense(9), Dense(10)], "relu", "sigmoid")
    members = [
        Model(network, network.initial_theta(np.random.default_rng(seed)), scores={"cost": 1.0}) for seed in (1, 2)
    ]
    train, held_out = load_digits().take(slice(None, None, 10)).shuffle(0).split(400)
    return calibrated(merge(members), train, held_out)


def plain():
    """Without hidden layers, and with a single label."""
    network = Network((400, 1))
    return Model(network, network.initial_theta(np.random.default_rng(1)), labels=("only",))


@pytest.mark.parametrize("make", [words, merged, plain])
def test_any_network_is_answered_as_by_python(visit, make):
    model = make()
    visitor = visit(model)
    for strokes in ([SEVEN], FOUR_AND_TWO):
        check_alike(model, *told(visitor, strokes))


def test_which_pixels_spoke_for_it_is_told_as_by_python(visit):
    model = merged()
    png, there = told(visit(model), [SEVEN])
    here = look(png, [Served("here", model)])["models"][0]["saliency"]
    values = np.frombuffer(base64.b64decode(here["values"]), np.int8)
    np.testing.assert_allclose(there["saliency"]["values"], values, atol=1)


def test_why_is_explained_as_by_python(visit):
    model = load_model("course")
    visitor = visit(model)
    put(visitor, SEVEN)
    png, _ = told(visitor, [SEVEN])
    visitor.tab("Why")
    visitor.page.wait_for_selector("#why-network svg")
    visitor.page.locator("#why-unit-0").focus()
    said = visitor.page.locator("#why-sum td").all_inner_texts()[1:9:2]
    unit = why(png, Served("here", model))["units"][0]
    terms = [unit["bias"], unit["raised"], unit["lowered"], unit["bias"] + unit["raised"] + unit["lowered"]]
    assert [text.replace("\u2212", "-") for text in said] == [f"{term:.2f}" for term in terms]


def test_a_feature_map_that_is_switched_off_adds_nothing_as_in_python(visit):
    model = merged()
    visitor = visit(model)
    png, _ = told(visitor, [SEVEN])
    strokes = [[{"x": x, "y": y, "width": 0.055} for x, y in SEVEN]]
    there = visitor.page.evaluate("async (drawn) => digits20.why(await digits20.picture(drawn), '0', [1, 4])", strokes)
    here = why(png, Served("here", model), [1, 4])
    active = [[unit["activation"] for unit in told["units"]] for told in (there, here)]
    assert active[1] != [unit["activation"] for unit in why(png, Served("here", model))["units"]]
    np.testing.assert_allclose(*active, atol=EVERY)
    maps = np.frombuffer(base64.b64decode(here["maps"]["values"]), np.int8)
    np.testing.assert_allclose(there["maps"]["values"], maps, atol=1)


# ---- the file


def test_the_reference_model_takes_less_than_one_and_a_half_megabytes(files):
    assert (files / "page.html").stat().st_size < 1_500_000


def test_the_same_model_gives_the_same_bytes(files, reference):
    assert to_html(reference) == (files / "page.html").read_bytes()


def test_hostile_labels_stay_text(visit):
    hostile = ("</script><script>document.title='bad'</script>", "<!--<script>", '"><img src=x onerror=alert(1)>')
    visitor = visit(replace(words(), labels=hostile))
    assert visitor.page.locator(".bars .label").all_inner_texts() == list(hostile)
    assert visitor.page.title().startswith("digits20")


def test_only_the_pages_own_script_may_run(drawn):
    drawn.page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: 'bad = 1'}))")
    assert drawn.page.evaluate("typeof bad") == "undefined"
    policy = drawn.page.locator("meta[http-equiv]").get_attribute("content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_weights_beyond_float32_are_refused():
    model = words()
    with pytest.raises(Digits20Error, match="beyond float32"):
        to_html(replace(model, theta=model.theta * 1e39))


# ---- for people


def test_draw_and_see_the_answer_on_a_phone_by_touch(visit):
    visitor = visit(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    box = visitor.page.locator("#paper").bounding_box()
    session = visitor.page.context.new_cdp_session(visitor.page)
    for number, (x, y) in enumerate(SEVEN):
        kind = "touchMove" if number else "touchStart"
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert visitor.answer() == "7"


def test_the_keyboard_draws(visit):
    visitor = visit()
    visitor.page.locator("#paper").focus()
    for key in [" ", *["ArrowDown"] * 16, " "]:
        visitor.page.keyboard.press(key)
    assert visitor.answer() == "1"


def test_what_looks_like_no_digit_is_said(visit):
    visitor = visit()
    put(visitor, [(0.15, 0.2), (0.3, 0.8), (0.5, 0.3), (0.7, 0.8), (0.85, 0.2)])
    assert "looks like no digit I know" in visitor.page.locator(".sure").inner_text()


def test_a_sheet_without_a_digit_says_why(visit):
    assert told(visit(), ALL_BLACK, width=0.5)[1].startswith("no ink found (the picture is dark")


@pytest.fixture(scope="module")
def drawn(browser, files):
    """A page with a drawing, for what looks at it."""
    visitor = Visitor(browser.new_page(viewport={"width": 360, "height": 800}), (files / "page.html").as_uri())
    put(visitor, SEVEN)
    yield visitor
    visitor.page.close()


@pytest.mark.parametrize("tab", ["Draw", "Why"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(drawn, scheme, tab):
    drawn.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    drawn.tab(tab)
    drawn.page.evaluate(axe())
    found = drawn.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("tab", ["Draw", "Why"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_window(drawn, width, tab):
    drawn.page.set_viewport_size({"width": width, "height": 800})
    drawn.tab(tab)
    assert drawn.page.evaluate("document.documentElement.scrollWidth") == width


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


def test_a_page_that_a_web_server_hands_out_can_be_installed(browser, files, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=files)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.browser_type.launch_persistent_context(tmp_path, executable_path=chromium(), **LAUNCH)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/page.html")
        page.wait_for_selector('link[rel="manifest"]', state="attached")
        faults = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
        context.close()
        server.shutdown()
    assert faults == []
