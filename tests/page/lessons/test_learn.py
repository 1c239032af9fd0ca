"""The Learn tab, in a real browser and against a real server."""

import json
import os
import signal
import time
import urllib.request

import numpy as np
import pytest
from page.test_app import seven
from page.test_browser import ONE, SEVEN, browser, visit, window  # noqa: F401

from digits20 import load_model
from digits20.evaluate import main as evaluate

PATIENCE = 90_000  # ms, for a machine that has other work


@pytest.fixture
def visitor(visit):  # noqa: F811
    visitor = visit(path="#learn", alone=True)
    visitor.page.wait_for_selector("#lesson-status[data-status]")
    return visitor


def ask(server, what, content=b""):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return server.ask("POST", f"/learn/{what}", body, Content_Type="application/octet-stream")


def begin(visitor, **fields):
    """Start over with small, quick settings, or those given, whatever was trained before."""
    quick = {"source": "shipped", "base": "scratch", "hidden": 25, "solver": "l-bfgs", "images": 400, "delay": 0.05}
    for name, value in (quick | fields).items():
        field = visitor.page.locator(f"#learn-{name}")
        if name in ("solver", "activation", "source", "base"):
            field.select_option(value)
        else:
            field.fill(str(value))
    before = visitor.page.locator("#lesson-status")
    idle, number = before.get_attribute("data-status") == "idle", before.get_attribute("data-number")
    visitor.page.locator("#lesson-start" if idle else "#lesson-over").click()
    visitor.page.wait_for_function(
        "before => document.querySelector('#lesson-status').dataset.number !== before", arg=number, timeout=PATIENCE
    )


def status(visitor, text):
    visitor.page.locator("#lesson-status", has_text=text).wait_for(timeout=PATIENCE)


def reaches(visitor, wanted):
    """Wait for that iteration or a later one: a busy machine shows fewer of them."""
    shown = "(/iteration ([0-9]+)/.exec(document.querySelector('#lesson-status').innerText) || [])[1]"
    visitor.page.wait_for_function(f"wanted => Number({shown}) >= wanted", arg=wanted, timeout=PATIENCE)


def iteration(visitor):
    words = visitor.page.locator("#lesson-status").inner_text().partition("iteration ")[2]
    return int(words.partition(" ")[0].strip(","))


def test_curves_and_units_grow_and_the_drawing_is_answered_anew(visitor):
    visitor.tab("Draw")
    visitor.draw(SEVEN)
    visitor.tab("Learn")
    begin(visitor)
    reaches(visitor, 5)
    before = visitor.page.locator("#lesson-units").screenshot()
    assert visitor.page.locator("#lesson-curves .line").first.get_attribute("d").count("L") >= 5
    reaches(visitor, 30)
    assert visitor.page.locator("#lesson-units").screenshot() != before
    visitor.page.locator("#lesson-answer .best", has_text="7").wait_for(timeout=PATIENCE)
    visitor.tab("Draw")
    assert visitor.page.locator("#draw-lesson .best .label").inner_text() == "7"


def test_pause_one_step_and_go_on(visitor):
    begin(visitor, delay=0.2)
    status(visitor, "Learning, iteration")
    visitor.page.locator("#lesson-start").click()
    status(visitor, "Paused, iteration")
    at = iteration(visitor)
    visitor.page.wait_for_timeout(600)
    assert iteration(visitor) == at
    visitor.page.locator("#lesson-step").click()
    status(visitor, f"Paused, iteration {at + 1} of 200,")
    visitor.page.locator("#lesson-start").click()
    reaches(visitor, at + 3)


def test_a_rate_that_is_too_large_is_said_and_can_be_moved_while_it_runs(visitor, server):
    begin(visitor, solver="gd", rate=0, delay=0.2)
    reaches(visitor, 3)
    visitor.page.locator("#learn-rate").fill("1.5")
    visitor.page.locator("#learn-rate").dispatch_event("change")
    visitor.page.locator("#lesson-remark", has_text="rate").wait_for(timeout=PATIENCE)


def test_lambda_moves_while_it_runs(server):
    ask(server, "start", {"images": 400, "delay": 0.1, "lam": 0})
    wait_for(server, "running")
    assert ask(server, "change", {"lam": 100.0})[0] == 200
    time.sleep(1)
    ask(server, "do?what=stop")
    wait_for(server, "done")
    assert model_of(server).lam == 100.0


def wait_for(server, wanted):
    for _ in range(600):
        said = ask(server, "change", {"delay": 0.1})[2]["status"]
        if said == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(f"{said}, not {wanted}")


def model_of(server):
    path = server.folder / "learned.pkl"
    path.write_bytes(server.ask("GET", "/learn/model.pkl")[2])
    return load_model(path)


def test_the_course_network_ends_with_the_bits_of_the_librarys_fit(server):
    from dataclasses import replace

    from digits20 import load_digits
    from digits20.learning.settings import Training
    from digits20.optim.lbfgs import LBFGS

    ask(server, "start", {"images": 500, "iterations": 30, "hidden": [8]})
    wait_for(server, "done")
    training = Training(hidden=(8,), solver=replace(LBFGS(), iterations=30), train_size=500, validation=100)
    rng = np.random.default_rng(0)
    train, validation, _ = training.split(load_digits(), rng)
    (job,) = training.jobs(train, validation, rng)
    assert np.array_equal(model_of(server).theta, job.run().theta)


def test_undo_goes_back_to_the_training_before(visitor):
    begin(visitor, iterations=30, delay=0)
    status(visitor, "Done, iteration 30,")
    first = visitor.page.locator("#lesson-scores").inner_text()
    begin(visitor, iterations=3, delay=0)
    status(visitor, "Done, iteration 3,")
    visitor.page.locator("#lesson-undo").click()
    status(visitor, "Done, iteration 30,")
    assert visitor.page.locator("#lesson-scores").inner_text() == first


def test_what_is_kept_and_removed_is_told_by_name(visitor, server):
    ask(server, "start", {"images": 20, "iterations": 1, "hidden": [2]})
    wait_for(server, "done")
    visitor.page.locator("#lesson-keep").click()
    visitor.page.locator("#told", has_text="was kept").wait_for(timeout=PATIENCE)
    name = server.ask("GET", "/models")[2]["models"][-1]["name"]
    assert visitor.page.locator(".answer h2").all_inner_texts()[-1] == name
    visitor.tab("Model")
    visitor.page.locator("#which").select_option(name)
    visitor.page.on("dialog", lambda dialog: dialog.accept())
    visitor.page.get_by_role("button", name=f"Remove {name}").click()
    visitor.page.locator("#told", has_text=f"{name} was removed.").wait_for()
    assert name not in visitor.page.locator(".answer h2").all_inner_texts()
    assert server.ask("DELETE", "/models/kept?name=reference")[0] == 404


def test_another_server_is_told_with_what_is_lost(visit):  # noqa: F811
    visitor, servers = visit(alone=True), iter(["one"])
    news = {"status": "idle", "number": 0, "points": [], "scores": {}, "sizes": {}, "settings": {}, "undo": 0}

    def answer(route):
        told = json.dumps({**news, "server": next(servers, "two")})
        route.fulfill(body=f"retry: 50\ndata: {told}\n\n", content_type="text/event-stream")

    visitor.page.route("**/learn/events*", answer)
    visitor.page.reload()
    visitor.page.locator("#told", has_text="The server was started anew").wait_for()


def test_a_closed_page_and_a_second_page_harm_nothing(visit, visitor, server):  # noqa: F811
    begin(visitor, delay=0.2)
    status(visitor, "Learning, iteration")
    second = visit(path="#learn", alone=True)
    status(second, "Learning, iteration")
    visitor.page.close()
    at = iteration(second)
    reaches(second, at + 3)


def test_from_nothing_two_symbols_of_ones_own(visitor):
    visitor.page.locator("#teach-paper").scroll_into_view_if_needed()
    box = visitor.page.locator("#teach-paper").bounding_box()
    for number in range(5):
        for label, stroke in (("seven", SEVEN), ("bar", ONE)):
            points = [(x + 0.02 * number, y) for x, y in stroke]
            for place, (x, y) in enumerate(points):
                visitor.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
                if not place:
                    visitor.page.mouse.down()
            visitor.page.mouse.up()
            visitor.page.locator("#teach-label").fill(label)
            visitor.page.locator("#teach-add").click()
            visitor.page.locator("#teach-counts", has_text=f"{label}: {number + 1}").wait_for()
    visitor.page.locator("#teach-tune").click()
    status(visitor, "Done, iteration 150,")
    assert "→ >\xa099.9" in visitor.page.locator("#lesson-scores div", has_text="My examples").inner_text()
    for _ in range(10):
        visitor.page.locator("#teach-undo").click()
    visitor.page.get_by_text("No examples yet").wait_for()


def test_a_label_can_be_added_after_a_training(server):
    for labels in ("left", "right"), ("up",):
        for label in labels * 3:
            ask(server, f"examples?label={label}", seven())
        ask(server, "start", {"source": "own", "base": "reference", "solver": "adam", "iterations": 1})
        wait_for(server, "done")
    learned = model_of(server).labels
    for _ in range(9):
        server.ask("DELETE", "/learn/examples")
    assert learned == ("left", "right", "up")


def test_fine_tuning_on_digits_tells_before_and_after(server):
    while server.ask("DELETE", "/learn/examples")[2]["counts"]:
        pass
    for _ in range(5):
        assert server.ask("POST", "/learn/examples?label=3", seven())[0] == 200  # a hand that writes 3 like this
    ask(server, "start", {"source": "own", "base": "reference", "solver": "adam", "learning_rate": 0.001, "lam": 0,
                          "iterations": 2, "images": 60000})  # fmt: skip
    wait_for(server, "done")
    for _ in range(5):
        server.ask("DELETE", "/learn/examples")
    assert model_of(server).labels == tuple(range(10))
    assert model_of(server).scores["test_accuracy"] > 0.9


def test_what_was_learned_from_the_shipped_digits_is_scored_as_a_model_of_train(server, capsys):
    ask(server, "start", {"iterations": 5, "images": 500, "lam": 3, "hidden": [8]})
    wait_for(server, "done")
    model = model_of(server)
    assert evaluate(["--model", str(server.folder / "learned.pkl"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == pytest.approx(model.scores["test_accuracy"])


def test_what_was_fine_tuned_doubts_what_is_no_digit(server):
    ask(
        server,
        "start",
        {"base": "reference", "solver": "adam", "learning_rate": 0.0001, "iterations": 1, "images": 300},
    )
    wait_for(server, "done")
    cross = np.maximum(np.eye(20), np.eye(20)[::-1])
    assert not model_of(server).known(cross[None]).any()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"hidden": [0]}, "layers"),
        ({"hidden": [2000, 2000]}, "more than 2000000 weights"),
        ({"lam": -1}, "lam"),
        ({"lam": 1e400}, "expected JSON"),
        ({"lam": 10**4000}, "lam"),
        ({"solver": "best"}, "solver"),
        ({"source": "table"}, "no table yet"),
        ({"warps": True}, "mini-batches"),
        ({"lamda": 1}, "lamda: no setting; expected"),
        ({"source": "hand"}, "no examples yet"),
        ([], "expected a JSON object"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(server, asked, said):
    code, _, answer = ask(server, "start", asked)
    assert code == 400
    assert said in answer["error"] or "expected" in answer["error"]


def test_a_table_of_ones_own_is_read_and_a_bad_one_refused(server):
    rows = "".join(",".join(["0"] * 10 + ["1"] * 390 + [str(n % 2)]) + "\n" for n in range(40))
    assert ask(server, "table", rows.encode())[2] == {"images": 40, "labels": list(range(10))}
    code, _, answer = ask(server, "table", b"no table")
    assert (code, "table" in answer["error"]) == (422, True)
    assert ask(server, "start", {"source": "table"})[2] == {"error": "no table yet: choose a file"}  # nor on the first


def test_a_page_that_is_opened_later_shows_the_settings_of_what_runs(visit, server):  # noqa: F811
    ask(server, "start", {"images": 300, "solver": "gd", "learning_rate": 0.1, "hidden": [7, 5], "delay": 0.2})
    late = visit(path="#learn", alone=True)
    late.page.locator("#lesson-status[data-status]").wait_for()
    shown = {name: late.page.locator(f"#learn-{name}").input_value() for name in ("images", "solver", "rate", "hidden")}
    ask(server, "do?what=stop")
    assert shown == {"images": "300", "solver": "gd", "rate": "-1", "hidden": "7 5"}


def test_a_silent_server_is_said_within_three_seconds_and_when_it_is_back(visitor, server):
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        visitor.page.locator("#lesson-status", has_text="the server does not answer").wait_for(timeout=10_000)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    visitor.page.locator("#lesson-status", has_text="No news").wait_for(state="detached", timeout=PATIENCE)
    assert visitor.page.locator("#trouble").is_hidden()


def test_without_images_to_validate_the_training_accuracy_is_shown(server):
    while server.ask("DELETE", "/learn/examples")[2]["counts"]:
        pass
    for label in ("a", "b") * 3:
        ask(server, f"examples?label={label}", seven())
    ask(server, "start", {"source": "own", "hidden": [3], "iterations": 5})
    wait_for(server, "done")
    for _ in range(6):
        server.ask("DELETE", "/learn/examples")
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/learn/events?page=a") as told:
        news = json.loads(told.readline().removeprefix(b"data: "))
    assert news["points"][-1]["train_accuracy"] == 0.5


@pytest.mark.parametrize(("low", "high"), [(-7.8, 1), (-1, 0), (-1.4, 0.9), (-40, 3)])
def test_the_levels_of_the_costs_have_room_for_their_numbers(visit, low, high):  # noqa: F811
    asked = "([low, high]) => import('/static/curves.js').then(({levels}) => levels(low, high))"
    levels = np.log10(visit().page.evaluate(asked, [low, high]))
    assert len(levels) >= 2
    assert np.diff(levels).min() >= (high - low) / 6.5


def test_a_folder_of_pictures_is_added_each_under_the_name_of_its_folder(visitor, server, tmp_path):
    while server.ask("DELETE", "/learn/examples")[2]["counts"]:
        pass
    for label in ("left", "right"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.png").write_bytes(seven())
    (tmp_path / "left" / "2.png").write_bytes(b"no picture")
    visitor.page.locator("#teach-folder").set_input_files(tmp_path)
    visitor.page.locator("#teach-said", has_text="2 examples; 1 not added, the first: 2.png: ").wait_for()
    assert server.ask("DELETE", "/learn/examples")[2]["counts"] in ({"left": 1}, {"right": 1})
    server.ask("DELETE", "/learn/examples")
