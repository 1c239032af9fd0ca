"""Kill -9 in loops of saves: what is there afterwards, for every kind of file that digits20 writes.

    python benchmarks/kills.py [KILLS]

Each kill comes at a random instant within 50 ms of a save (seed: the kind's name), with files of a realistic size: a
model of about a megabyte. After each the file is read as its reader does, and must be whole.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import describe, table

HIDDEN = 2000  # units: 100-2000-10 in float32 is a file of 0.9 MB


def main() -> None:
    kills = sys.argv[1] if len(sys.argv) > 1 else "200"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.system.crash", folder, kills, str(HIDDEN), "0.05"]
        done = subprocess.run(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True, check=True)
    head = ["file", "kills", "saves done", "kills that left a temporary beside", "temporaries after one more save"]
    print(table(head, [[str(value) for value in json.loads(line).values()] for line in done.stdout.splitlines()]))
    print("\nNo file was torn, and no acknowledged line of the CSV was lost.")
    print(f"\n{describe()}")


if __name__ == "__main__":
    main()
