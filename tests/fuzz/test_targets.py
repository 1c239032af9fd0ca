"""The fuzz targets over the files that fuzzing starts from; fuzzing itself is benchmarks/fuzz.py's."""

from pathlib import Path

import pytest

from fuzz.targets import TARGETS, check

CORPUS = Path(__file__).parent / "corpus"


def test_the_corpus_is_small_and_each_target_has_some():
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == set(TARGETS)
    assert sum(path.stat().st_size for path in files) < 300_000


@pytest.mark.parametrize("reader", TARGETS)
def test_a_target_takes_some_files_and_finds_nothing_in_any(reader):
    taken = [check(reader, path.read_bytes()) for path in sorted((CORPUS / reader).iterdir())]
    assert any(taken)
