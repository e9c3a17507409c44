"""The account by the name that the tests give it, 123456789012: what is asked gets its true id, and answers lose it.

So a test names an account in plain words, as AWS's documentation does, and is asked of any account nevertheless.
"""

import io
from typing import Any

from botocore.response import StreamingBody

ALIAS = "123456789012"


class AccountAlias:
    """Gives clients the alias of an account."""

    def __init__(self, account_id: str) -> None:
        self._id = account_id

    def give(self, client: Any) -> None:
        """Have a client say the true id and hear the alias. Bytes that are sent, such as a zip, stay as they are."""
        client.meta.events.register("provide-client-params", self._ask)
        client.meta.events.register("after-call", self._hear)

    def _ask(self, params: dict[str, Any], **_: Any) -> Any:
        return _renamed(params, ALIAS, self._id)

    def _hear(self, parsed: dict[str, Any], **_: Any) -> None:
        for name, value in parsed.items():
            if isinstance(value, StreamingBody):  # what a function returns, or has kept in a bucket
                body = value.read().replace(self._id.encode(), ALIAS.encode())
                parsed[name] = StreamingBody(io.BytesIO(body), len(body))
            else:
                parsed[name] = _renamed(value, self._id, ALIAS)


def _renamed(thing: Any, old: str, new: str) -> Any:
    """Return the same with a name changed in every text in it."""
    match thing:
        case str():
            return thing.replace(old, new)
        case dict():
            return {_renamed(key, old, new): _renamed(value, old, new) for key, value in thing.items()}
        case list() | tuple():
            return [_renamed(each, old, new) for each in thing]
        case _:
            return thing
