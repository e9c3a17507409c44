"""Signatures of a body's chunks, each of which continues the one before; the first continues the request's.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from localaws.gate.signature import Signature

CHAIN = "localaws.chunks"
"""The key of WSGI's environment under which the gate leaves the chain of a body that is signed by chunks."""
SIGNED = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
"""What x-amz-content-sha256 says of such bodies."""
_NOTHING = sha256(b"").hexdigest()


class Chain:
    """What the next signature has to be. It knows the key of one day, region and service, not the secret."""

    def __init__(self, signature: Signature, secret: str) -> None:
        key = f"AWS4{secret}".encode()
        for part in (signature.date, signature.region, signature.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._key = key
        self._scope = f"{signature.timestamp}\n{signature.credential.partition('/')[2]}"
        self._last = signature.value

    def continues_with(self, given: str, digest: str) -> bool:
        """Return whether this is the signature of the next chunk, whose data have this SHA-256."""
        return self._is_next(given, f"AWS4-HMAC-SHA256-PAYLOAD\n{self._scope}\n{self._last}\n{_NOTHING}\n{digest}")

    def ends_with(self, given: str, trailers: Mapping[str, str]) -> bool:
        """Return whether this is the signature of the trailers behind the last chunk."""
        text = "".join(f"{name}:{value}\n" for name, value in trailers.items())
        digest = sha256(text.encode()).hexdigest()
        return self._is_next(given, f"AWS4-HMAC-SHA256-TRAILER\n{self._scope}\n{self._last}\n{digest}")

    def _is_next(self, given: str, text: str) -> bool:
        self._last = hmac.digest(self._key, text.encode(), "sha256").hex()
        return hmac.compare_digest(self._last.encode(), given.encode())
