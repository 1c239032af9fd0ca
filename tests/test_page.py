"""The page's server, as a real process on a real socket."""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image, ImageDraw

pytest.importorskip("uvicorn")


def seven(size=140):
    """A PNG file of a 7 as the page draws it."""
    image = Image.new("L", (size, size), 255)
    ImageDraw.Draw(image).line([(40, 30), (100, 30), (60, 115)], fill=0, width=10, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class Server:
    """`python -m digits20.page` on a free port."""

    def __init__(self, folder, *arguments):
        command = [sys.executable, "-m", "digits20.page", "--port", "0", "--json", *map(str, arguments)]
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
            answer = urllib.request.urlopen(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, answer.headers, json.loads(content) if is_json and content else content

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def stop(self):
        """Ctrl-C; returns what it said on stderr."""
        self.process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            return self.process.communicate(timeout=20)[1]
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
    assert server.ask("POST", "/predict", seven())[2] == said


def test_look_shows_what_the_network_saw_and_did(server):
    (view,) = server.ask("POST", "/look", seven())[2]["models"]
    seen = np.frombuffer(base64.b64decode(view["seen"]["pixels"]), np.uint8)
    assert (view["label"], view["labels"], view["model"]) == (7, list(range(10)), "reference")
    assert (seen.size, seen.max() > 200, [len(layer) for layer in view["layers"]]) == (400, True, [512])


def test_an_unreadable_picture_is_status_422_with_its_reason(server):
    status, _, answer = server.ask("POST", "/predict", b"hello")
    (entry,) = answer["predictions"]
    assert (status, set(entry)) == (422, {"path", "error"})
    assert entry["error"].startswith("drawing: not a picture")


def test_ctrl_c_ends_it_in_good_order(tmp_path):
    server = Server(tmp_path)
    assert server.ask("GET", "/health")[2]["status"] == "ok"
    assert server.stop() == "digits20.page: interrupted\n"
    assert server.process.returncode == 130
