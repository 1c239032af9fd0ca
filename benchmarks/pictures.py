"""Makes the README's pictures: python benchmarks/pictures.py"""

from __future__ import annotations

import tempfile
from pathlib import Path

from digits20.train import main as train

PICTURES = Path(__file__).parent / "pictures"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "digits20.pkl")
        train(["--lambda", "1.0", "--model", model, "--plot", str(PICTURES / "costs.png")])


if __name__ == "__main__":
    main()
