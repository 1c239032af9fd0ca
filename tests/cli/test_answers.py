"""How predict tells its answers."""

from digits20 import load_model
from digits20.cli.answers import said


def test_of_several_symbols_the_doubted_one_is_marked():
    symbols = [{"label": 2, "known": True}, {"label": 2, "known": False}, {"label": 7, "known": True}]
    answer = {"label": "2 27", "confidence": 0.5, "known": False, "symbols": symbols}
    assert said(answer, load_model("reference")) == "not all digits? (2 2?7, 50.0 %)"
