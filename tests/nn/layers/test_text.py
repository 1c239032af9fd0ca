import pytest

from digits20 import Digits20Error
from digits20.nn.layers import Conv, Dense, MaxPool
from digits20.nn.layers.text import layer_dict, layer_of, layers_from, text_of

LAYERS = (Conv(32, 5), MaxPool(2), Conv(64, 3, groups=4), Dense(256), Dense(8, groups=2))
TEXT = "conv 32 5, pool 2, conv 64 3 groups 4, 256, 8 groups 2"


def test_layers_are_read_as_they_are_written():
    assert layers_from(TEXT) == layers_from(TEXT.upper()) == LAYERS
    assert text_of(LAYERS) == TEXT


def test_a_list_may_hold_numbers_texts_and_layers():
    assert layers_from([Conv(32, 5), "pool 2, conv 64 3 groups 4", 256, Dense(8, groups=2)]) == LAYERS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "conv 32",
        "conv 32 5 7",
        "pool",
        "pool 2 groups 2",
        "pool 0",
        "256 groups",
        "dense 256",
        "-3",
        "1e3",
        "12345678",
        "conv a b",
    ],
)
def test_what_is_no_layer_is_refused(text):
    with pytest.raises(
        Digits20Error, match="expected conv CHANNELS SIZE, pool SIZE or a number of units, each from 1 to 9999999"
    ):
        layers_from(text)


@pytest.mark.parametrize("layer", LAYERS)
def test_dicts_come_back(layer):
    assert layer_of(layer_dict(layer)) == layer


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "lstm"},
        {"kind": ["conv"]},
        {"kind": "pool", "size": 0},
        {"kind": "pool", "size": True},
        {"kind": "pool", "size": 2.0},
        {"kind": "pool", "size": 2**40},
        {"kind": "pool", "size": 2, "groups": 1},
        {"kind": "conv", "channels": 2, "size": 3},
    ],
)
def test_other_dicts_are_refused(values):
    with pytest.raises(Digits20Error, match="layer"):
        layer_of(values)
