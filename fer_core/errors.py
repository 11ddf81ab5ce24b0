"""Every error that the package raises on purpose.

    FerError
    ├── MediaError       a photo or video cannot be used
    ├── ModelError       a model folder is missing, damaged or contradicts itself
    ├── DetectorError    a face detector is unknown or lacks its file
    ├── DataError        a training data set cannot be read
    └── ReportError      the reports of a training run cannot be read

Messages are sentences for people who do not program: what was expected, what was
received, what to do next. No face in a picture is not an error: it is an empty result.
"""


class FerError(Exception):
    """Base of all errors raised on purpose; its text may be shown to a person as it is."""


class MediaError(FerError):
    """A photo or video cannot be used."""


class ModelError(FerError):
    """A model folder is missing, damaged or contradicts itself."""


class DetectorError(FerError):
    """A face detector is unknown or lacks its file."""


class DataError(FerError):
    """A training data set cannot be read."""


class ReportError(FerError):
    """The reports of a training run cannot be read."""
