"""A number drawn into a picture as blocks that survive a video codec.

The strip is one row of 32 blocks along the bottom edge, a 20th of the picture high, where no
label is drawn. Its bits: 4 of the stream, 16 of the picture's number, 12 of a checksum.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

STREAMS, NUMBERS = 1 << 4, 1 << 16  # how many of each there are
_BLOCKS = 32
_CHECK_BITS = 12
_HEIGHT = 20  # the strip is a 20th of the picture's height
_BLACK, _WHITE = 16, 235  # of video luma
# Between these a block is no longer black or white, and nothing is read.
_DARK, _LIGHT = 95, 160


def strip(stream: int, number: int, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """The strip for a picture.

    Args:
        stream: 0..STREAMS - 1.
        number: 0..NUMBERS - 1.
        size_wh: of the whole picture; at least 320×240.

    Returns:
        (height / 20, width) uint8 luma, to stand in the picture's last rows.

    Raises:
        ValueError: stream or number is out of its range.
    """
    if not (0 <= stream < STREAMS and 0 <= number < NUMBERS):
        raise ValueError(
            f"Expected a stream below {STREAMS} and a number below {NUMBERS}. "
            f"Received {stream} and {number}."
        )
    width, height = size_wh
    value = _checked(stream * NUMBERS + number)
    bits = np.array([value >> place & 1 for place in reversed(range(_BLOCKS))], np.uint8)
    row = np.where(bits[np.arange(width) * _BLOCKS // width], _WHITE, _BLACK).astype(np.uint8)
    return np.tile(row, (height // _HEIGHT, 1))


def read(luma: NDArray[np.uint8]) -> tuple[int, int] | None:
    """The stream and the number of a picture.

    Args:
        luma: (H, W) uint8, the whole picture, of any size.

    Returns:
        (stream, number); None when there is no strip or it is damaged.
    """
    height, width = luma.shape
    rows = luma[height - height // _HEIGHT :]
    quarter = len(rows) // 4
    edges = np.arange(_BLOCKS + 1) * width // _BLOCKS
    value = 0
    # The middle of each block: codec and scaling smear its edges.
    for left, right in zip(edges[:-1], edges[1:], strict=True):
        margin = (right - left) // 4
        light = rows[quarter : len(rows) - quarter, left + margin : right - margin].mean()
        if _DARK < light < _LIGHT:
            return None
        value = value << 1 | int(light >= _LIGHT)
    content = value >> _CHECK_BITS
    return divmod(content, NUMBERS) if _checked(content) == value else None


def _checked(content: int) -> int:
    """The content with its checksum behind it."""
    check = zlib.crc32(content.to_bytes(4, "big")) & (1 << _CHECK_BITS) - 1
    return content << _CHECK_BITS | check
