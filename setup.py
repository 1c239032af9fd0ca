"""The package's description on an index of packages: the README, with its links made absolute.

All other metadata is in setup.cfg, and so is the address of the source, which links are to start with.
"""

import configparser
import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent


def description() -> str:
    """README.md with `](path)` as `](SOURCE/blob/main/path)`, and pictures as `SOURCE/raw/main/path`."""
    settings = configparser.ConfigParser()
    settings.read(HERE / "setup.cfg", encoding="utf-8")
    addresses = dict(line.split(" = ") for line in settings["metadata"]["project_urls"].strip().splitlines())
    text = (HERE / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"(!\[[^\]]*\]\()(?!https?:)", rf"\1{addresses['Source']}/raw/main/", text)
    return re.sub(r"(?<=\]\()(?!https?:|#)", f"{addresses['Source']}/blob/main/", text)


setup(long_description=description())
