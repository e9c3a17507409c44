"""Compress in the format of zips, to the same bytes everywhere.

zlib's bytes differ with its version and its make, and zips are to differ only when their contents do. This is RFC 1951
with its fixed codes and the nearest matches: text shrinks to under half, and every inflater reads it.
"""

from collections.abc import Iterator

_SHORTEST, _LONGEST, _FARTHEST = 3, 258, 32768
_END = 256


def _steps(first: int, extra_bits: list[int]) -> list[tuple[int, int]]:
    """The least value of each code and how many bits say how far above it a value is."""
    found = []
    for bits in extra_bits:
        found.append((first, bits))
        first += 1 << bits
    return found


# RFC 1951, 3.2.5. The longest length has a code of its own.
_LENGTHS = [*_steps(3, [0] * 8 + [bits for bits in range(1, 6) for _ in range(4)])[:28], (258, 0)]
_DISTANCES = _steps(1, [0, 0] + [bits for bits in range(14) for _ in range(2)])


def deflate(content: bytes) -> bytes:
    """Return what inflates to the content."""
    stream, size = 0b011, 3  # the last block, of fixed codes; the first bit is the lowest
    pieces = []
    for value, bits in _coded(content):
        stream |= value << size
        size += bits
        if size >= 64:
            pieces.append((stream & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little"))
            stream, size = stream >> 64, size - 64
    return b"".join(pieces) + stream.to_bytes((size + 7) // 8, "little")


def _coded(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield what is to be written, as values and how many bits they have."""
    seen: dict[bytes, int] = {}
    place = 0
    while place < len(content):
        before = seen.get(content[place : place + _SHORTEST])
        length = _match(content, before, place) if before is not None and place - before <= _FARTHEST else 0
        if length:
            yield from _step(_LENGTHS, length, first_symbol=_END + 1)
            yield from _step(_DISTANCES, place - (before or 0))
        else:
            yield _symbol(content[place])
            length = 1
        for passed in range(place, min(place + length, len(content) - _SHORTEST + 1)):
            seen[content[passed : passed + _SHORTEST]] = passed
        place += length
    yield _symbol(_END)


def _match(content: bytes, before: int, place: int) -> int:
    length, most = _SHORTEST, min(_LONGEST, len(content) - place)
    while length < most and content[before + length] == content[place + length]:
        length += 1
    return length


def _step(steps: list[tuple[int, int]], value: int, first_symbol: int | None = None) -> Iterator[tuple[int, int]]:
    number = max(number for number, (least, _) in enumerate(steps) if least <= value)
    least, bits = steps[number]
    yield (_reversed(number, 5), 5) if first_symbol is None else _symbol(first_symbol + number)
    yield value - least, bits


def _symbol(symbol: int) -> tuple[int, int]:
    """The fixed code of a byte, the end or a length (RFC 1951, 3.2.6)."""
    if symbol < 144:
        return _reversed(0b00110000 + symbol, 8), 8
    if symbol < 256:
        return _reversed(0b110010000 + symbol - 144, 9), 9
    if symbol < 280:
        return _reversed(symbol - 256, 7), 7
    return _reversed(0b11000000 + symbol - 280, 8), 8


def _reversed(code: int, bits: int) -> int:
    """Codes begin with their highest bit, everything else with its lowest."""
    return int(f"{code:0{bits}b}"[::-1], 2)
