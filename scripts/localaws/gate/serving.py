"""What the gate let through is what is served: moto reads a request anew, and hears more in it than is said.

moto finds the operation in the query, in the body (of JSON too), or in any header; the region in the user agent or the
URL; the account in a header of its own. Here all of these are the call's that was authorised.
"""

import functools
from collections.abc import Callable
from typing import Any

from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from localaws.gate.call import Call

CALL = "localaws.call"
"""The key of WSGI's environment under which the gate leaves the call that it authorised."""


def _call(request: Request) -> Call | None:
    """Return the call behind a request; None where no gate is, as in the tests of functions, which patch moto."""
    call: Call | None = request.environ.get(CALL)
    return call


@functools.cache
def _has_body(service: str, operation: str) -> bool:
    shape = get_service_model(service).operation_model(operation).input_shape
    return "payload" in shape.serialization or any(
        "location" not in each.serialization for each in shape.members.values()
    )


def reading_what_was_authorised(setup_class: Callable[..., None]) -> Callable[..., None]:
    """Return moto's reading of a request with no parameters but those of the query or the form that the call has."""

    @functools.wraps(setup_class)
    def read(self: BaseResponse, request: Request, *others: Any, **named: Any) -> None:
        setup_class(self, request, *others, **named)
        if call := _call(request):
            given = {} if call.protocol == "json" else (request.form or request.args).to_dict(flat=False)
            self.querystring = self.data = given
            if call.protocol == "rest-json" and not (self.body and _has_body(call.service, call.operation)):
                self.body = "{}"  # moto looks there for what belongs in the query

    return read


def operation_of(find: Callable[[BaseResponse], str]) -> Callable[[BaseResponse], str]:
    """Return moto's finding of the operation, replaced."""

    @functools.wraps(find)
    def found(self: BaseResponse) -> str:
        call = _call(self.normalized_request)
        if call is None:
            return find(self)
        self.uri_match = dict(call.labels)
        return call.operation

    return found


def region_of(find: Callable[..., str]) -> Callable[..., str]:
    """Return moto's finding of the region, replaced."""

    @functools.wraps(find)
    def found(self: BaseResponse, request: Request, full_url: str) -> str:
        call = _call(request)
        return call.region if call else find(self, request, full_url)

    return found


def account_of(find: Callable[[BaseResponse], str]) -> Callable[[BaseResponse], str]:
    """Return moto's finding of the account, replaced."""

    @functools.wraps(find)
    def found(self: BaseResponse) -> str:
        call = _call(self.normalized_request)
        return call.account if call else find(self)

    return found
