"""Fuzzes one reader with atheris: python -m fuzz.run READER [libFuzzer's options], in the folder tests."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["digits20"], enable_loader_override=False):
    import digits20
    from fuzz import targets


CORPUS = Path(__file__).parent / "corpus"


def main():
    reader = sys.argv.pop(1)
    for path in sorted((CORPUS / reader).iterdir())[:2]:  # what is imported at first takes its time
        targets.check(reader, path.read_bytes())
    atheris.Setup(sys.argv, lambda data: targets.check(reader, data))
    atheris.Fuzz()


if __name__ == "__main__":
    assert digits20
    main()
