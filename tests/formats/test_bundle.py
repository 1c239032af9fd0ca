"""Modules joined to one script: each once, below those that import it; what cannot be joined is refused."""

import pytest

from digits20 import Digits20Error
from digits20.formats.bundle import bundle


def test_an_imported_module_stands_before_and_once():
    modules = {
        "main": 'import { a, b as c } from "./low.js";\nimport * as mid from "./mid.js";\na(c, mid);\n',
        "mid": 'import { a } from "./low.js";\nexport const m = a;\n',
        "low": "export function a() {}\nexport class b {}\n",
    }
    assert bundle(modules, "main") == (
        "const module_low = (() => {\nfunction a() {}\nclass b {}\nreturn { a, b };\n})();\n"
        "const module_mid = (() => {\nconst { a } = module_low;\nconst m = a;\nreturn { m };\n})();\n"
        "const module_main = (() => {\nconst { a, b: c } = module_low;\nconst mid = module_mid;\na(c, mid);\n"
        "return {};\n})();\n"
    )


def test_an_import_over_several_lines_is_one():
    script = bundle({"main": 'import {\n  a,\n  b,\n} from "./low.js";\n', "low": "export const a = 1;\n"}, "main")
    assert "const { a, b } = module_low;" in script


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('import x from "y";\n', "cannot be joined"),
        ("export default 1;\n", "cannot be joined"),
        ('import { a } from "./none.js";\n', "no such module"),
        ('import { a } from "./main.js";\n', "imports itself"),
    ],
)
def test_what_cannot_be_joined_is_refused(source, said):
    with pytest.raises(Digits20Error, match=said):
        bundle({"main": source}, "main")
