"""Python processes of our own, which work for this one and end when it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def start(code: str) -> subprocess.Popen[bytes]:
    """A process that runs `code`, which finds digits20 as this process does; raises OSError where none can start.

    Its standard input and output are pipes, nobody sees its standard error. It must end when its input does: then it
    never outlives this process, whatever ends that.
    """
    path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code],  # without the working folder, which may hold files of strangers
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,  # a terminal's Ctrl-C is for the process that asks
    )
