"""The page's server, as a real process on a real socket."""

import base64
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from hostile import photos
from PIL import Image, ImageDraw

from digits20 import Model, Network, load_csv, save_model
from digits20.images import decode_process
from digits20.images.photo import read_photo
from digits20.system.shipped import shipped

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")
from digits20 import load_model
from digits20.page.__main__ import main as page
from digits20.page.__main__ import served
from digits20.page.answers import Served
from digits20.page.app import Page, application
from digits20.page.guard import Guard
from digits20.page.server import listen, names, uvicorn_for
from digits20.page.workers import Workers


def seven(size=140):
    """A PNG file of a 7 as the page draws it."""
    image = Image.new("L", (size, size), 255)
    ImageDraw.Draw(image).line([(40, 30), (100, 30), (60, 115)], fill=0, width=10, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class Answer:
    """An answer, read by hand. closed: whether it says that the server hangs up, and the server does."""

    def __init__(self, file, method="GET"):
        self.status = int(file.readline().split()[1])
        lines = iter(lambda: file.readline().decode("latin-1").strip(), "")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.body = b"" if method == "HEAD" else file.read(int(self.headers["content-length"]))
        self.closed = self.headers.get("connection") == "close" and file.read(1) == b""

    def json(self):
        return json.loads(self.body)


def readable(client):
    return bool(select.select([client], [], [], 0)[0])


class Server:
    """`python -m digits20.page` on a free port."""

    def __init__(self, folder, *arguments):
        command = [sys.executable, "-m", "digits20.page", "--port", "0", "--json", *map(str, arguments)]
        self.folder = folder
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.said = json.loads(line)
        self.port = int(self.said["page"].rsplit(":", 1)[1].rstrip("/"))

    def ask(self, method, path, body=None, **headers):
        """(status, headers, content): JSON where it is."""
        if body is not None:
            headers.setdefault("Content-Type", "image/png")
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, body, {k.replace("_", "-"): v for k, v in headers.items()}, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, answer.headers, json.loads(content) if is_json and content else content

    address = "127.0.0.1"

    def connect(self):
        return socket.create_connection((self.address, self.port), timeout=120)

    def head(self, request_line, *headers, host=""):
        """The bytes of a request's head, with a right Host unless another is given."""
        own = () if host is None else (f"Host: {host or f'127.0.0.1:{self.port}'}",)
        return "\r\n".join([request_line, *own, *headers, "", ""]).encode("latin-1")

    def raw(self, request_line, *headers, host="", body=b""):
        """The Answer to bytes that no library has made proper."""
        with self.connect() as client, client.makefile("rb") as file:
            client.sendall(self.head(request_line, *headers, host=host) + body)
            return Answer(file, request_line.partition(" ")[0])

    def stop(self):
        """Ctrl-C; returns what it said on stderr."""
        can_press = os.name == "posix" and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        self.process.send_signal(signal.SIGINT if can_press else signal.SIGTERM)
        try:
            return self.process.communicate(timeout=300)[1]
        finally:
            self.process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("page"), "--collect", "mine.csv")
    yield server
    server.stop()


def test_predict_answers_as_the_command_does(server, tmp_path):
    (tmp_path / "drawing").write_bytes(seven())
    command = [sys.executable, "-m", "digits20.predict", "--json", "drawing"]
    said = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True).stdout)
    (asked,), (said,) = server.ask("POST", "/predict", seven())[2].values(), said.values()
    for name in ("scores", "outputs"):
        np.testing.assert_allclose(asked[0].pop(name), said[0].pop(name))
    assert asked[0].pop("confidence") == pytest.approx(said[0].pop("confidence"))
    symbols = [answer[0].pop("symbols")[0] for answer in (asked, said)]
    assert [one["box"] for one in symbols] == [[40, 26, 106, 118]] * 2
    assert [one["known"] for one in symbols] == [True, True]
    assert asked == said == [{"path": "drawing", "label": 7, "known": True}]


def test_look_reads_several_digits_with_their_boxes(server):
    wide = Image.open(io.BytesIO(seven()))
    both = Image.new(wide.mode, (2 * wide.width, wide.height), "white")
    for left in (0, wide.width):
        both.paste(wide, (left, 0))
    file = io.BytesIO()
    both.save(file, "PNG")
    (view,) = server.ask("POST", "/look", file.getvalue())[2]["models"]
    assert (view["reading"], view["label"], view["known"]) == ("77", 7, True)
    assert [one["box"][0] for one in view["symbols"]] == [40, 40 + wide.width]


def test_look_shows_what_the_network_saw_and_did(server):
    (view,) = server.ask("POST", "/look", seven())[2]["models"]
    seen = np.frombuffer(base64.b64decode(view["seen"]["pixels"]), np.uint8)
    assert (view["label"], view["labels"], view["model"]) == (7, list(range(10)), "reference")
    image = read_photo(seven()).pixels[None]
    np.testing.assert_allclose(view["outputs"], load_model("reference").outputs(image)[0], atol=1e-4)
    assert (seen.size, seen.max() > 200, [len(layer) for layer in view["layers"]]) == (400, True, [32, 64, 256])


def test_an_unreadable_picture_is_status_422_with_its_reason(server):
    status, _, answer = server.ask("POST", "/predict", b"hello")
    (entry,) = answer["predictions"]
    assert (status, set(entry)) == (422, {"path", "error"})
    assert entry["error"].startswith("drawing: not a picture")


@pytest.mark.ctrl_c
def test_ctrl_c_ends_it_in_good_order(tmp_path):
    server = Server(tmp_path)
    assert server.ask("GET", "/health")[2]["status"] == "ok"
    assert server.stop() == "digits20.page: interrupted\n"
    assert server.process.returncode == 130


# one's own digits


def lines(server):
    return server.ask("GET", "/collect")[2]["kept"]


def test_a_corrected_digit_becomes_a_line_that_train_reads(server):
    before = lines(server)
    assert server.ask("POST", "/collect?label=1", seven())[2] == {"kept": before + 1}
    server.ask("POST", "/collect?label=7", seven())
    kept = load_csv(server.folder / "mine.csv")
    np.testing.assert_allclose(kept.X[-1], read_photo(seven()).pixels, atol=5e-7)
    assert (kept.y[-2:].tolist(), kept.image_shape) == ([1, 7], (20, 20))


def test_the_last_one_can_be_taken_back(server):
    before = (server.folder / "mine.csv").read_bytes() if lines(server) else b""
    server.ask("POST", "/collect?label=7", seven())
    assert server.ask("DELETE", "/collect")[2] == {"kept": before.count(b"\n"), "label": "7"}
    assert (server.folder / "mine.csv").read_bytes() == before


@pytest.mark.parametrize("query", ["", "?label=17", "?label=", "?label=7&label=8", "?label=7&more=1", "?label=%37%00"])
def test_a_label_that_the_model_does_not_know_is_refused(server, query):
    status, _, answer = server.ask("POST", f"/collect{query}", seven())
    assert (status, list(answer)) == (400, ["error"])


def test_a_picture_without_ink_is_not_kept(server):
    before = lines(server)
    blank = io.BytesIO()
    Image.new("L", (140, 140), 255).save(blank, "PNG")
    assert server.ask("POST", "/collect?label=7", blank.getvalue())[0] == 422
    assert lines(server) == before


# several models


def test_models_are_compared_side_by_side(tmp_path, rng):
    other = Model(Network((64, 5, 3)), rng.standard_normal(343), labels=("a", "b", "c"), image_shape=(8, 8))
    save_model(other, tmp_path / "other.pkl")
    server = Server(tmp_path, "--model", shipped("models/reference.pkl"), "--model", "other.pkl", "--not-sure", "0.8")
    told = server.ask("GET", "/models")[2]
    views = server.ask("POST", "/look", seven())[2]["models"]
    second = server.ask("POST", "/predict?model=1", seven())[2]["predictions"][0]
    units = server.ask("GET", "/models/1/units")[2]
    server.stop()
    assert ([card["name"] for card in told["models"]], told["not_sure"]) == (["reference", "other"], 0.8)
    assert [len(view["scores"]) for view in views] == [10, 3]
    assert second["label"] == views[1]["label"]
    np.testing.assert_allclose(second["scores"], views[1]["scores"])
    assert len(base64.b64decode(units["pixels"])) == units["count"] * units["rows"] * units["columns"] == 5 * 64


# the routes


NOT_JSON = (
    *("/", "/static/{name}", "/openapi.json", "/learn/events", "/learn/examples.csv", "/learn/model.pkl"),
    "/models/{number}/page.html",
)


def test_openapi_describes_every_json_route(server):
    described = {
        (method.upper(), path)
        for path, operations in server.ask("GET", "/openapi.json")[2]["paths"].items()
        for method in operations
    }
    assert described == {
        (method, route.path)
        for route in application(Page([]), Workers()).routes
        for method in route.methods - {"HEAD"}
        if route.path not in NOT_JSON
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/static/", 404),
        ("GET", "/models/" + 5000 * "9" + "/units", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/..%2fapp.py", 404),
        ("GET", "/static/%2e%2e%2fapp.py", 404),
        ("GET", "/static/..%5capp.py", 404),
        ("GET", "/static//etc/passwd", 404),
        ("GET", "/static/%2fetc%2fpasswd", 404),
        ("GET", "/static/index.html%00.js", 404),
        ("GET", "//etc/passwd", 404),
        ("GET", "/health/", 404),
        ("POST", "?look", 404),
        ("GET", "/models/1/units", 404),
        ("GET", "/models/-1/units", 404),
        ("GET", "/models/99999999999999999999/units", 404),
        ("POST", "/predict?model=1", 404),
        ("POST", "/predict?model=-1", 400),
        ("POST", "/predict?model=%d9%a1", 400),
        ("POST", "/predict?model=0&model=0", 400),
        ("POST", "/look?x=1", 400),
        ("GET", "/predict", 405),
        ("DELETE", "/models", 405),
        ("OPTIONS", "/predict", 405),
        ("TRACE", "/", 405),
        ("PUT", "/collect", 405),
        ("BREW", "/", 405),
    ],
)
def test_what_does_not_exist_is_refused_in_one_line_of_json(server, method, path, status):
    answer = server.raw(f"{method} {path} HTTP/1.1", f"Content-Length: {len(seven())}", body=seven())
    assert answer.status == status
    assert list(answer.json()) == ["error"]


def test_head_has_the_headers_of_get_and_nothing_else(server):
    answer = server.raw("HEAD /health HTTP/1.1")
    assert (answer.status, answer.body, int(answer.headers["content-length"]) > 0) == (200, b"", True)


# strangers

FOREIGN_HOSTS = [
    "evil.example",
    "127.0.0.1",
    "localhost:1",
    "127.0.0.1.evil.example:{port}",
    "[::1]",
    "x@localhost:{port}",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("method", ["GET /", "POST /predict", "DELETE /collect"])
def test_a_name_that_was_made_to_point_here_is_refused(server, host, method):
    """DNS rebinding."""
    answer = server.raw(f"{method} HTTP/1.1", host=host.format(port=server.port))
    assert (answer.status, "Host" in answer.json()["error"]) == (403, True)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_the_pages_own_names_are_let_in(server, host):
    assert server.raw("GET /health HTTP/1.1", host=host.format(port=server.port)).status == 200


WHOLE = ["http://{}/health", "HTTP://{}/health", "http://{}", "http://{}/models/0/units", "https://{}/health?"]


@pytest.mark.parametrize("target", WHOLE)
@pytest.mark.parametrize("host", ["", "evil.example"])  # which the URL's own host overrides
def test_a_request_for_a_whole_url_is_answered_as_one_for_its_path(server, target, host):
    answer = server.raw(f"GET {target.format(f'127.0.0.1:{server.port}')} HTTP/1.1", host=host)
    assert answer.status == 200


@pytest.mark.parametrize("host", ["evil.example", "u:p@127.0.0.1:{}", "127.0.0.1:{}@evil.example", "", "127.0.0.1:1"])
def test_a_request_for_a_whole_url_elsewhere_is_refused(server, host):
    assert server.raw(f"GET http://{host.format(server.port)}/health HTTP/1.1").status == 403


@pytest.mark.parametrize("number", ["9" * 5000, "%D9%A3", "-1", "0x1", "1e3", "%20"])
def test_what_is_no_number_of_a_model_is_refused_where_a_path_has_it(server, number):
    assert server.raw(f"GET /models/{number}/units HTTP/1.1").status == 404
    head = ["Content-Type: image/png", "Content-Length: 1"]
    assert server.raw(f"POST /predict?model={number} HTTP/1.1", *head, body=b"x").status == 400


@pytest.mark.parametrize("head", ["GET /health HTTP/1.1", "GET /health HTTP/1.0"])
def test_a_request_without_a_host_is_refused(server, head):
    assert server.raw(head, host=None).status in (400, 403)


@pytest.mark.parametrize(
    "header",
    [
        "Origin: http://evil.example",
        "Origin: http://localhost:1",
        "Origin: null",
        "Origin: http://127.0.0.1:{port}.evil.example",
        "Origin: file://",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ],
)
@pytest.mark.parametrize(
    "method", ["POST /predict", "POST /look", "POST /collect?label=7", "DELETE /collect", "GET /models"]
)
def test_a_foreign_page_cannot_reach_it(server, header, method):
    before = lines(server)
    answer = server.raw(f"{method} HTTP/1.1", header.format(port=server.port), "Content-Length: 0")
    assert (answer.status, "another origin" in answer.json()["error"]) == (403, True)
    assert lines(server) == before


def test_a_header_that_comes_twice_cannot_be_read_in_two_ways(server):
    own = f"127.0.0.1:{server.port}"
    for twice in ([f"Origin: http://{own}", "Origin: http://evil.example"], ["Host: evil.example"]):
        assert server.raw("POST /predict HTTP/1.1", *twice, "Content-Length: 0").status == 400


def test_no_answer_lets_another_origin_read_it(server):
    for origin in ("http://evil.example", f"http://127.0.0.1:{server.port}"):
        answer = server.raw("GET /models HTTP/1.1", f"Origin: {origin}")
        assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_a_link_on_another_page_may_lead_here(server):
    followed = server.raw("GET / HTTP/1.1", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
    assert followed.status == 200


def test_every_answer_forbids_what_the_page_does_not_need(server):
    for answer in (server.raw("GET / HTTP/1.1"), server.raw("GET /x HTTP/1.1"), server.raw("GET / HTTP/1.1", host="x")):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


# bodies

LARGE = 5 * 2**20 + 1


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(server):
    answer = server.raw("POST /predict HTTP/1.1", "Content-Length: 99999999999")
    assert (answer.status, answer.closed) == (413, True)


def test_a_body_above_5_mb_is_refused_while_it_comes(server):
    answer = server.raw("POST /predict HTTP/1.1", f"Content-Length: {LARGE}", body=bytes(LARGE))
    assert (answer.status, answer.closed) == (413, True)


def test_a_body_in_chunks_is_refused_when_it_gets_too_large(server):
    with server.connect() as client:
        client.sendall(server.head("POST /predict HTTP/1.1", "Transfer-Encoding: chunked"))
        sent, part = 0, chunk(bytes(65536))
        while sent < 3 * LARGE and not readable(client):
            client.sendall(part)
            sent += 65536
        answer = Answer(client.makefile("rb"))
    assert (answer.status, answer.closed) == (413, True)
    assert sent < 3 * LARGE


def test_a_body_of_5_mb_less_a_little_is_looked_at(server):
    answer = server.raw("POST /predict HTTP/1.1", f"Content-Length: {LARGE - 1}", body=bytes(LARGE - 1))
    assert (answer.status, answer.json()["predictions"][0]["error"][:22]) == (422, "drawing: not a picture")


def test_what_follows_a_body_that_is_longer_than_said_is_no_part_of_it(server):
    with server.connect() as client, client.makefile("rb") as file:
        client.sendall(server.head("POST /predict HTTP/1.1", "Content-Length: 5") + b"hello" + bytes(99))
        assert [Answer(file).status, Answer(file).status] == [422, 400]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (["Content-Length: x"], b"", 400),
        (["Content-Length: -1"], b"", 400),
        (["Content-Length: 5", "Content-Length: 6"], b"hello!", 400),
        (["Transfer-Encoding: chunked"], b"zz\r\n", 400),
        (["Transfer-Encoding: chunked"], b"-5\r\nhello\r\n", 400),
        (["Transfer-Encoding: gzip"], b"", 501),
        (["Content-Length: 2", "Transfer-Encoding: chunked"], b"0\r\n\r\n", 400),
        ([], b"", 411),
        (["Content-Length: 5", "Content-Type: text/html"], b"hello", 415),
        (["Content-Length: 5", "Content-Type: application/x-www-form-urlencoded"], b"hello", 415),
        (["Content-Length: 5", "Content-Type: multipart/form-data; boundary=x"], b"hello", 415),
        (["Content-Length: 0"], b"", 422),
    ],
)
def test_a_body_that_is_none_is_refused_with_a_clear_status(server, headers, body, status):
    answer = server.raw("POST /predict HTTP/1.1", *headers, body=body)
    assert answer.status == status


def test_a_picture_of_too_many_pixels_is_not_decoded(server):
    bomb = io.BytesIO()
    Image.new("1", (8000, 6000)).save(bomb, "PNG")
    status, _, answer = server.ask("POST", "/predict", bomb.getvalue())
    assert status == 422
    assert "more than the 40000000" in answer["predictions"][0]["error"]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /" + 20000 * "x" + " HTTP/1.1", 431),
        ("GET /health HTTP/9.9", 505),
        ("nonsense", 400),
        ("\0\0\0\0", 400),
    ],
)
def test_what_is_no_request_is_refused_and_hung_up_on(server, request_line, status):
    answer = server.raw(request_line)
    assert (answer.status, list(answer.json()), answer.closed) == (status, ["error"], True)


def test_huge_headers_are_refused(server):
    assert server.raw("GET /health HTTP/1.1", *(f"X-{i}: {200 * 'x'}" for i in range(200))).status == 431


# the slow, the silent and the vanished


class InThread(Server):
    """The same in a thread of the tests' process, so that they can wait less and see more."""

    def __init__(self, workers, body_seconds):
        self.workers = workers
        sock = listen("127.0.0.1", 0)
        self.port = sock.getsockname()[1]
        what = Page([Served("reference", load_model(shipped("models/reference.pkl")))])
        self.uvicorn = uvicorn_for(
            Guard(application(what, workers), names("127.0.0.1", self.port), body_seconds=body_seconds)
        )
        self.thread = threading.Thread(target=self.uvicorn.run, kwargs={"sockets": [sock]})
        self.thread.start()
        while not self.uvicorn.started:
            time.sleep(0.01)

    def stop(self):
        self.uvicorn.should_exit = True
        self.thread.join(120)
        assert not self.thread.is_alive()


@pytest.fixture
def in_thread(monkeypatch):
    """Starts a server that need not wait for anybody when it ends."""
    monkeypatch.setattr("digits20.page.server.CLOSE_SECONDS", 0.1)
    monkeypatch.setattr("digits20.page.guard.LINGER_SECONDS", 0.1)
    servers = []

    def start(workers, body_seconds=10):
        servers.append(InThread(workers, body_seconds))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def hasty(in_thread, monkeypatch):
    """A server that waits a fraction of a second."""
    monkeypatch.setattr("digits20.page.server.HEAD_SECONDS", 0.3)
    monkeypatch.setattr("digits20.page.server.WRITE_SECONDS", 0.3)
    return in_thread(Workers(), body_seconds=0.3)


@pytest.fixture
def narrow(in_thread, monkeypatch):
    """A server that works on one picture while one more may wait, and takes 20 connections."""
    monkeypatch.setattr("digits20.page.server.MAX_CONNECTIONS", 20)
    return in_thread(Workers(at_once=1, waiting=1))


@pytest.fixture
def held(monkeypatch):
    """An Event until which every picture takes its time, and how many were begun."""
    go, begun = threading.Event(), []

    def slowly(image, model):
        begun.append(image)
        go.wait(120)
        return {"predictions": [{}]}

    monkeypatch.setattr("digits20.page.answers.predictions", slowly)
    yield go, begun
    go.set()


def until(what):
    for _ in range(12_000):
        if what():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def post(server, client):
    client.sendall(server.head("POST /predict HTTP/1.1", "Content-Length: 5") + b"hello")


@pytest.mark.parametrize("part", [b"GET /hea", b"GET /health HTTP/1.1\r\nHost: 127"])
def test_headers_that_do_not_come_to_an_end_are_given_up(hasty, part):
    with hasty.connect() as client, client.makefile("rb") as file:
        client.sendall(part)
        answer = Answer(file)
    assert (answer.status, answer.closed) == (408, True)


def test_headers_that_trickle_in_are_given_up_all_the_same(hasty):
    with hasty.connect() as client, client.makefile("rb") as file:
        for byte in hasty.head("GET /health HTTP/1.1", "X-Slow: yes"):
            if readable(client):
                break
            client.sendall(bytes([byte]))
            time.sleep(0.02)
        assert Answer(file).status == 408


def test_a_second_request_may_not_trickle_in_either(hasty, monkeypatch):
    monkeypatch.setattr("digits20.page.server.HEAD_SECONDS", 100)
    with hasty.connect() as client, client.makefile("rb") as file:
        client.sendall(hasty.head("GET /health HTTP/1.1") + b"GET /h")
        assert Answer(file).status == 200
        monkeypatch.setattr("digits20.page.server.HEAD_SECONDS", 0.3)
        client.sendall(b"ealth HTT")
        assert Answer(file).status == 408


@pytest.mark.parametrize("kind", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_body_that_does_not_come_is_given_up(hasty, kind):
    with hasty.connect() as client, client.makefile("rb") as file:
        client.sendall(hasty.head("POST /predict HTTP/1.1", kind) + b"3\r\nabc\r\n")
        answer = Answer(file)
    assert (answer.status, answer.closed) == (408, True)


def test_a_connection_on_which_nothing_is_said_is_closed_without_a_word(hasty):
    with hasty.connect() as client:
        assert client.recv(1) == b""


def test_more_connections_than_it_takes_are_refused(narrow):
    clients = [narrow.connect() for _ in range(20)]
    with narrow.connect() as client, client.makefile("rb") as file:
        assert Answer(file).status == 503
    for client in clients:
        client.close()
    until(lambda: not narrow.uvicorn.server_state.connections)
    assert narrow.ask("GET", "/health")[0] == 200


def test_a_client_that_reads_nothing_is_hung_up_on(hasty, monkeypatch):
    with hasty.connect() as client:
        client.sendall(2000 * hasty.head("GET / HTTP/1.1"))
        until(lambda: hasty.uvicorn.server_state.total_requests)
        until(lambda: not hasty.uvicorn.server_state.connections)
        monkeypatch.setattr("digits20.page.server.HEAD_SECONDS", 100)
        assert hasty.ask("GET", "/health")[0] == 200


def test_more_pictures_than_may_wait_are_refused_and_those_before_answered(narrow, held):
    go, _ = held
    with narrow.connect() as first, narrow.connect() as second, narrow.connect() as third:
        for waiting, client in enumerate((first, second), 1):
            post(narrow, client)
            until(lambda waiting=waiting: narrow.workers.under_way == waiting)
        post(narrow, third)
        refused = Answer(third.makefile("rb"))
        assert narrow.ask("GET", "/health")[0] == 200
        go.set()
        answered = [Answer(client.makefile("rb")).status for client in (first, second)]
    assert (refused.status, refused.headers["retry-after"], answered) == (503, "1", [200, 200])


def test_nothing_is_done_for_a_client_that_has_gone(narrow, held):
    go, begun = held
    with narrow.connect() as first, narrow.connect() as second:
        post(narrow, first)
        until(lambda: begun)
        post(narrow, second)
        until(lambda: narrow.workers.under_way == 2)
        second.close()
        until(lambda: narrow.workers.under_way == 1)
        go.set()
        assert Answer(first.makefile("rb")).status == 200
    assert len(begun) == 1


def test_a_picture_that_takes_long_is_given_up_with_its_client(narrow):
    data = photos.scans(80)
    with narrow.connect() as client:
        client.sendall(narrow.head("POST /predict HTTP/1.1", f"Content-Length: {len(data)}") + data)
        until(lambda: decode_process._busy)
        (decoder,) = decode_process._busy.values()
    until(lambda: decoder.process.poll() is not None)
    until(lambda: not narrow.workers.under_way)
    assert narrow.ask("POST", "/predict", seven())[0] == 200


def test_many_slow_clients_do_not_hold_up_a_quick_one(server):
    slow = [server.connect() for _ in range(100)]
    for client in slow:
        client.sendall(server.head("POST /predict HTTP/1.1", "Content-Length: 1000000") + bytes(1000))
    assert server.ask("POST", "/predict", seven())[0] == 200
    for client in slow:
        client.close()


@pytest.mark.ctrl_c
def test_it_ends_while_a_slow_client_is_at_it(tmp_path):
    server = Server(tmp_path)
    with server.connect() as client:
        client.sendall(server.head("POST /predict HTTP/1.1", "Content-Length: 1000000") + bytes(1000))
        assert server.ask("GET", "/health")[0] == 200
        assert server.stop() == "digits20.page: interrupted\n"


# the command


def said(capsys):
    """What the command refused with: one line, nothing on stdout."""
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err[:22]) == ("", 1, "digits20.page: error: ")
    return err[22:].strip()


def test_a_port_in_use_is_said(server, capsys):
    assert page(["--port", str(server.port)]) == 2
    assert said(capsys) == f"127.0.0.1 port {server.port}: address already in use (--port 0 takes a free one)"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--model", "no.pkl"], "no.pkl: no such file"),
        (["--collect", "missing.csv/mine.csv"], "missing.csv is not a folder"),
        (["--collect", "other.csv"], "other.csv line 1: 2 pixels, expected 400"),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid port 8020: "),
        (["--port", "65536"], "argument --port: 65536: expected a whole number from 0 to 65535"),
        (["--not-sure", "1.5"], "argument --not-sure: 1.5: expected a finite number from 0 to 1"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path, monkeypatch, capsys, arguments, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "missing.csv").write_text("")
    (tmp_path / "other.csv").write_text("0,0,7\n")
    try:
        code = page(arguments)
    except SystemExit as exit:  # argparse
        code = exit.code
    assert code == 2
    assert what in said(capsys)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    assert page([]) == 2
    assert said(capsys) == 'the page needs Starlette and uvicorn: pip install "digits20[page]"'


def test_help_needs_no_server():
    code = (
        "import sys; from digits20.page import __main__\ntry: __main__.main(['--help'])\nfinally: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "--collect FILE" in done.stdout
    assert not {"uvicorn", "starlette", "scipy", "PIL"} & set(done.stdout.splitlines()[-1].split())


def test_models_of_one_name_are_told_apart(tmp_path, rng):
    model = Model(Network((4, 2)), rng.standard_normal(10), labels=("a", "b"), image_shape=(2, 2))
    paths = [tmp_path / folder / "own.pkl" for folder in "abc"]
    for path in paths:
        save_model(model, path)
    assert [one.name for one in served(paths)] == ["own", "own 2", "own 3"]


def test_the_reference_model_can_be_compared_by_its_name():
    assert [one.name for one in served(["reference"])] == ["reference"]


def test_other_names_are_let_in_when_told(tmp_path):
    server = Server(tmp_path, "--allow-host", "my.home", "--allow-host", "box:9000")
    hosts = ["my.home", f"my.home:{server.port}", "box:9000", "box", "your.home"]
    assert [server.raw("GET /health HTTP/1.1", host=host).status for host in hosts] == [200, 200, 200, 403, 403]
    proxied = server.raw("GET /models HTTP/1.1", "Origin: https://my.home", host="my.home")
    server.stop()
    assert proxied.status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127/8 on its loopback")
def test_listening_everywhere_lets_in_the_address_that_was_called_and_no_name(tmp_path):
    server = Server(tmp_path, "--host", "0.0.0.0")
    server.address = "127.0.0.2"
    hosts = [f"127.0.0.2:{server.port}", f"127.0.0.3:{server.port}", f"evil.example:{server.port}"]
    assert [server.raw("GET /health HTTP/1.1", host=host).status for host in hosts] == [200, 403, 403]
    server.stop()
