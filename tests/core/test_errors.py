import pytest

from fer_core import errors


@pytest.mark.parametrize(
    "name", ["MediaError", "ModelError", "DetectorError", "DataError", "ReportError"]
)
def test_one_handler_catches_every_error(name: str) -> None:
    error = getattr(errors, name)
    assert issubclass(error, errors.FerError)
    assert error.__doc__
    assert name in (errors.__doc__ or "")
