"""The error of settings that do not go together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import Digits20Error


class SettingError(Digits20Error):
    """Settings that do not go together.

    Made of a template, in which the names of settings stand in braces, and of other values that stand there: so that
    the command line can name its options in the same message.
    """

    def __init__(self, template: str, values: Mapping[str, object] | None = None) -> None:
        super().__init__(template, values or {})

    def __str__(self) -> str:
        return self.worded(str)

    def worded(self, called: Callable[[str], str]) -> str:
        """The message, in which a setting `name` is called called(name)."""
        template, values = self.args
        return str(template.format_map(_Words(called, values)))


class _Words(dict[str, object]):
    def __init__(self, called: Callable[[str], str], values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.called = called

    def __missing__(self, name: str) -> str:
        return self.called(name)
