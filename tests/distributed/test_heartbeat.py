"""A word every so often until training begins."""

import logging
import time

import pytest

from digits20.distributed import heartbeat


@pytest.fixture
def beating(monkeypatch, caplog):
    monkeypatch.setattr(heartbeat, "FIRST", 0.2)
    monkeypatch.setattr(heartbeat, "AGAIN", 0.4)
    caplog.set_level(logging.INFO, "digits20")
    beating = heartbeat.Heartbeat("tcp://h:1: loading 3 partitions")
    yield beating
    beating.stop()


def until(caplog, count):
    while len(caplog.messages) < count:
        time.sleep(0.02)


def test_silence_is_broken_until_training_begins(beating, caplog):
    until(caplog, 2)
    beating.stop()
    assert all(text.startswith("tcp://h:1: loading 3 partitions, for ") for text in caplog.messages)
    said = len(caplog.messages)
    time.sleep(0.6)
    assert len(caplog.messages) == said


def test_what_others_say_puts_the_next_word_off(beating, caplog):
    for _ in range(10):
        logging.getLogger("digits20").warning("something else")
        time.sleep(0.05)
    assert set(caplog.messages) == {"something else"}
