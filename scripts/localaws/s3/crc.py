"""CRC-32C and CRC-64/NVME, for which Python has no module: with numpy, some hundred megabytes a second.

A block is cut into lanes of equal length, which advance together, two bytes a step; their values are then joined.
Joining is linear: the value of A followed by B is that of A, advanced over as many zeros as B is long, xor that of B.
"""

import functools
from typing import Any

_LANE = 512  # bytes; more lanes make longer vectors, longer lanes fewer joins


class _Crc:
    def __init__(self, polynomial: int, width: int) -> None:
        self._polynomial, self._width = polynomial, width
        self._value = self._ones = (1 << width) - 1

    def update(self, block: bytes, /) -> None:
        whole = len(block) - len(block) % _LANE
        for value in _lanes(block[:whole], self._polynomial) if whole else ():
            self._value = _skip(self._value, self._polynomial) ^ int(value)
        table = _table(self._polynomial)
        for byte in block[whole:]:
            self._value = table[(self._value ^ byte) & 0xFF] ^ (self._value >> 8)

    def digest(self) -> bytes:
        return (self._value ^ self._ones).to_bytes(self._width // 8, "big")


def _lanes(data: bytes, polynomial: int) -> Any:
    """Return the values of all lanes, each as if it began with zero."""
    import numpy as np

    table = _table_of_pairs(polynomial)
    steps = np.ascontiguousarray(np.frombuffer(data, dtype="<u2").reshape(-1, _LANE // 2).T)
    values = np.zeros(steps.shape[1], dtype=np.uint64)
    for step in steps:
        values = table[(values ^ step).astype(np.uint16)] ^ (values >> np.uint64(16))
    return values


def _skip(value: int, polynomial: int) -> int:
    """Return a value advanced over a lane of zeros."""
    result = 0
    for table in _skip_tables(polynomial):
        result ^= table[value & 0xFF]
        value >>= 8
    return result


@functools.cache
def _table(polynomial: int) -> tuple[int, ...]:
    """Return what each byte becomes: the polynomial is reflected, lowest bit first."""
    values = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)  # noqa: PLW2901 - this is how a CRC is defined
        values.append(value)
    return tuple(values)


@functools.cache
def _table_of_pairs(polynomial: int) -> Any:
    """Return what each two bytes become."""
    import numpy as np

    table = np.array(_table(polynomial), dtype=np.uint64)
    first = np.arange(1 << 16, dtype=np.uint64)
    for _ in range(2):
        first = table[first & np.uint64(0xFF)] ^ (first >> np.uint64(8))
    return first


@functools.cache
def _skip_tables(polynomial: int) -> tuple[tuple[int, ...], ...]:
    """Return, for each byte of a value, what its 256 possibilities become over a lane of zeros."""
    table = _table(polynomial)

    def advanced(value: int) -> int:
        for _ in range(_LANE):
            value = table[value & 0xFF] ^ (value >> 8)
        return value

    size = (polynomial.bit_length() + 7) // 8
    bits = [advanced(1 << bit) for bit in range(8 * size)]
    return tuple(
        tuple(
            functools.reduce(int.__xor__, (bits[8 * place + bit] for bit in range(8) if byte >> bit & 1), 0)
            for byte in range(256)
        )
        for place in range(size)
    )


def CRC32C() -> _Crc:  # noqa: N802 - named as S3 names it
    """Return a digest of CRC-32C (Castagnoli)."""
    return _Crc(0x82F63B78, 32)


def CRC64NVME() -> _Crc:  # noqa: N802
    """Return a digest of CRC-64/NVME."""
    return _Crc(0x9A6C9329AC4BC9B5, 64)
