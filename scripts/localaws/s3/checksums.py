"""The checksums of S3: what they are called and how they are computed, a block at a time.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

from localaws.s3.crc import CRC32C, CRC64NVME
from localaws.s3.errors import invalid_request, not_implemented

# What S3 computes of a body that comes without a checksum.
DEFAULT = "CRC64NVME"


class Digest(Protocol):
    """Takes bytes, block by block, and says their digest."""

    def update(self, block: bytes, /) -> object:
        """Take more bytes."""

    def digest(self) -> bytes:
        """Return the digest of all bytes so far."""


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, block: bytes, /) -> None:
        self._value = zlib.crc32(block, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


ALGORITHMS: dict[str, Callable[[], Digest]] = {
    "CRC32": _Crc32,
    "CRC32C": CRC32C,
    "CRC64NVME": CRC64NVME,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}
ELSEWHERE = {"XXHASH3", "XXHASH64", "XXHASH128"}  # S3 has them; Python and the libraries here do not
SIZES = {name: len(make().digest()) for name, make in ALGORITHMS.items()}


def named(algorithm: str) -> str:
    """Return S3's name of an algorithm; raise S3Refusal for one that is none, or that local AWS has not."""
    name = algorithm.upper()
    if name in ELSEWHERE:
        raise not_implemented(f"the checksum algorithm {name}")
    if name not in ALGORITHMS:
        raise invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(sorted({*ALGORITHMS, *ELSEWHERE}))}]"
        )
    return name


def header(algorithm: str) -> str:
    """Return the name of the header that carries such a checksum."""
    return f"x-amz-checksum-{algorithm.lower()}"


def encoded(digest: bytes) -> str:
    """Return a digest as headers and documents carry it."""
    return base64.b64encode(digest).decode()


def checksum(algorithm: str, blocks: Iterable[bytes]) -> str:
    """Return the checksum of all blocks."""
    digest = ALGORITHMS[algorithm]()
    for block in blocks:
        digest.update(block)
    return encoded(digest.digest())


def md5(blocks: Iterable[bytes]) -> str:
    """Return the MD5 of all blocks as ETags show it."""
    digest = hashlib.md5(usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def of_parts(algorithm: str, checksums: list[str]) -> str:
    """Return the composite checksum of a multipart upload: that of its parts' checksums, and their number."""
    return f"{checksum(algorithm, map(base64.b64decode, checksums))}-{len(checksums)}"
