"""What is deflated, zlib inflates to the same; and the bytes are RFC 1951's, worked out by hand."""

import random
import zlib

import pytest

import package
from deflate import deflate

chance = random.Random(1)  # noqa: S311 - equal runs, equal tests
SOURCES = sorted(package.SOURCES.glob("*.py"))


def inflated(content: bytes) -> bytes:
    return zlib.decompress(content, -zlib.MAX_WBITS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a",
        b"ab",
        b"abcabc",
        b"a" * 1000,
        bytes(range(256)) * 40,
        chance.randbytes(70_000),
        *[b"abcd" * (length // 4) + b"abcd"[: length % 4] for length in (257, 258, 259, 260, 261, 262, 263)],
        *[b"xyz" + bytes(apart - 3) + b"xyz" for apart in (4, 32767, 32768, 32769, 40_000)],
        bytes(chance.choices(b"ab", k=50_000)),
    ],
    ids=lambda content: f"{content[:4]!r}, {len(content)}",
)
def test_everything_comes_back(content: bytes) -> None:
    assert inflated(deflate(content)) == content


@pytest.mark.parametrize(
    ("content", "bits"),
    [
        (b"", "1 10 0000000"),
        (b"a", "1 10 10010001 0000000"),
        (b"\x90", "1 10 110010000 0000000"),
        (b"aaaa", "1 10 10010001 0000001 00000 0000000"),  # "a", then three from one back: length code 257
        # "a", then 258 from one back (code 285), then two more
        (b"a" * 261, "1 10 10010001 11000101 00000 10010001 10010001 0000000"),
        # twelve from twelve back: length code 265 with 1 bit for 11 and 12, distance code 6 with 2 bits for 9 to 12
        (
            b"abcdefghijkl" * 2,
            "1 10 " + " ".join(f"{0x30 + byte:08b}" for byte in b"abcdefghijkl") + " 0001001 1 00110 11 0000000",
        ),
    ],
)
def test_the_bits_are_those_of_the_standard(content: bytes, bits: str) -> None:
    text = bits.replace(" ", "")
    text += "0" * (-len(text) % 8)
    assert deflate(content) == bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))


def test_sources_shrink_to_little_more_than_half() -> None:
    assert sum(len(deflate(path.read_bytes())) for path in SOURCES) < 0.55 * sum(
        path.stat().st_size for path in SOURCES
    )
