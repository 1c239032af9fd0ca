"""The errors that a user can meet: each says in one line which file or value, and what was seen."""


class Digits20Error(ValueError):
    """Anything digits20 refuses. The message is one short line."""


class DataFileError(Digits20Error):
    """A table of images that cannot be used: names the file, the line where it has one, and what was seen."""


class ModelFileError(Digits20Error):
    """A model file that cannot be trusted or written: names the file and what was seen."""


class ImageError(Digits20Error):
    """A picture that cannot be read as one symbol: names the file and what was seen."""
