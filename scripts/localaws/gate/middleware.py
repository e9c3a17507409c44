"""The door to the services: a request passes when its signature holds and its caller is allowed all that it needs."""

from collections.abc import Iterable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from localaws.constraints import missing
from localaws.gate import chunks, request_keys, serving, system_tags
from localaws.gate.call import AmbiguousRequestError, Call, UnknownOperationError, body_of, call_of, unpack
from localaws.gate.caller import DeletedCallerError, caller_of
from localaws.gate.decision import DeniedError, authorize
from localaws.gate.permissions import needs_of
from localaws.gate.permissions.rows import Need
from localaws.gate.reading import UnreadableRequestError
from localaws.gate.signature import (
    ExpiredError,
    OldSignatureError,
    Signature,
    UnsignedError,
    WrongDurationError,
    WrongSignatureError,
    signature_of,
    verify,
)
from localaws.iam import limits
from localaws.identity import credentials_of, has_expired
from localaws.refusals import QUERY_SERVICES, Application, refusal
from localaws.wire import service_between

_QUERY_AND_S3 = (*QUERY_SERVICES, "s3")
_REST_SERVICES = ("lambda", "s3")
UNVERIFIED_INPUT = ("MalformedInput", "{}")  # the code that people quote of IAM; the text is the parser's
# What each service says of a body that it cannot read; what is not here says SerializationException.
_UNREADABLE = {
    "s3": ("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"),
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: InvalidRequestContentException
    "lambda": ("InvalidRequestContentException", "Could not parse request body into json: {}"),
    **dict.fromkeys(QUERY_SERVICES, UNVERIFIED_INPUT),
}


# Services that check themselves what their models demand, of more than members that are missing.
_CHECKING = ("cloudformation", "codebuild", "codepipeline", "s3", "sagemaker", "sagemaker-runtime")
# By what code the others call a member that is missing; clients of AWS's do not let one be missing.
UNVERIFIED_LACKING = {
    **dict.fromkeys(("cloudwatch", "iam", "sns", "sts"), "ValidationError"),
    "logs": "InvalidParameterException",
}


class _RefusedError(Exception):
    """Why a request does not pass: HTTP status, code and message, as the service that was called says it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Gate:
    """WSGI middleware around moto's dispatcher."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            _admit(environ)
        except _RefusedError as refused:
            answer = refusal(environ, refused.status, refused.code, str(refused))
            return answer(environ, start_response)
        return self._application(environ, start_response)


def _admit(environ: dict[str, Any]) -> None:
    """Raise _RefusedError unless this request may reach its service."""
    if _is_form(environ):
        # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html: its signature is a field of the form.
        message = "Local AWS does not support uploads by browsers (POST Object)."
        raise _RefusedError(400, "NotImplemented", message)
    try:
        signature = signature_of(environ)
    except OldSignatureError as error:
        # S3 says so of every bucket made since 24 June 2020; what other services say of it is not published.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/Appendix-Sigv2.html
        raise _RefusedError(400, "InvalidRequest", str(error)) from None
    except WrongDurationError as error:
        raise _RefusedError(400, "AuthorizationQueryParametersError", str(error)) from None
    except UnsignedError as error:
        raise _RefusedError(403, "AccessDenied", str(error)) from None
    body = _body(environ, signature.service)
    _verify(signature, environ, body)
    try:
        caller = caller_of(signature.access_key_id)
    except DeletedCallerError:
        raise _unknown_key(signature.service) from None
    # What serves the request finds out by itself whose, where and what it is: let it find what was verified.
    environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={signature.credential}"
    call = environ[serving.CALL] = _call(environ, signature, body)
    about_request, needs = _about_request(environ, call), _needs(call)
    try:
        for need in needs:
            authorize(caller, need, about_request)
    except DeniedError as error:
        raise _denied(signature.service, str(error)) from None
    if reserved := system_tags.refusal(call.service, needs):
        raise _RefusedError(400, *reserved)
    if call.service not in _CHECKING and (lacking := missing(call.service, call.operation, call.parameters)):
        raise _RefusedError(400, UNVERIFIED_LACKING.get(call.service, "ValidationException"), lacking)
    if call.service == "iam" and (wrong := limits.broken(call.operation, call.parameters)):
        raise _RefusedError(400, "ValidationError", wrong)


def _is_form(environ: dict[str, Any]) -> bool:
    kind = str(environ.get("CONTENT_TYPE", "")).lower()
    return environ["REQUEST_METHOD"] == "POST" and kind.startswith("multipart/form-data")


def _body(environ: dict[str, Any], service: str) -> bytes | None:
    try:
        return None if service == "s3" else body_of(environ)
    except UnreadableRequestError as error:
        raise _unreadable(service, error) from None


def _unreadable(service: str, error: UnreadableRequestError) -> _RefusedError:
    code, message = _UNREADABLE.get(service, ("SerializationException", "{}"))
    return _RefusedError(400, code, message.format(error))


def _verify(signature: Signature, environ: dict[str, Any], body: bytes | None) -> None:
    service = signature.service
    wrong = "SignatureDoesNotMatch" if service in _QUERY_AND_S3 else "InvalidSignatureException"
    credentials = credentials_of(signature.access_key_id)
    if credentials is None:
        raise _unknown_key(service)
    try:
        verify(signature, credentials, environ, body)
    except UnsignedError as error:
        raise _RefusedError(403, "AccessDenied", str(error)) from None
    except WrongSignatureError:
        raise _RefusedError(
            403,
            wrong,
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ) from None
    except ExpiredError as error:
        if service == "s3":
            code = "RequestTimeTooSkewed" if signature.expires is None else "AccessDenied"
            raise _RefusedError(403, code, str(error)) from None
        # https://github.com/aws/aws-sdk-js/issues/265
        raise _RefusedError(403, wrong, f"Signature expired: {error}") from None
    if has_expired(signature.access_key_id):
        raise _expired_session(service)
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256") in chunks.SIGNED:
        environ[chunks.CHAIN] = chunks.Chain(signature, credentials.secret_access_key)


def _expired_session(service: str) -> _RefusedError:
    if service == "s3":  # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        return _RefusedError(400, "ExpiredToken", "The provided token has expired.")
    message = "The security token included in the request is expired"
    if service in QUERY_SERVICES:
        return _RefusedError(403, "ExpiredToken", message)
    return _RefusedError(403 if service in _REST_SERVICES else 400, "ExpiredTokenException", message)


def _unknown_key(service: str) -> _RefusedError:
    if service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return _RefusedError(403, "InvalidAccessKeyId", message)
    code = "InvalidClientTokenId" if service in QUERY_SERVICES else "UnrecognizedClientException"
    return _RefusedError(403, code, "The security token included in the request is invalid.")


def _call(environ: dict[str, Any], signature: Signature, body: bytes | None) -> Call:
    service = signature.service
    try:
        body = unpack(environ, body) if body else body
        return call_of(environ, service, signature.region, DEFAULT_ACCOUNT_ID, body)
    except UnknownOperationError:
        raise _RefusedError(404, "UnknownOperationException", f"{service} has no such operation.") from None
    except UnreadableRequestError as error:
        raise _unreadable(service, error) from None
    except AmbiguousRequestError as error:
        raise _RefusedError(400, "InvalidRequest", f"Local AWS cannot tell what is meant: {error}.") from None


def _needs(call: Call) -> list[Need]:
    try:
        return needs_of(call)
    except UnknownOperationError:
        message = f"Local AWS does not implement {call.service}:{call.operation}."
        raise _RefusedError(400, "NotImplemented", message) from None


def _about_request(environ: dict[str, Any], call: Call) -> dict[str, str | tuple[str, ...]]:
    """Return the condition keys that tell of the request itself."""
    via = service_between(call.headers)
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
    called: dict[str, str | tuple[str, ...]] = {
        "aws:calledvia": (via,),
        "aws:calledviafirst": via,
        "aws:calledvialast": via,
    }
    return {
        **request_keys.keys_of(environ, call.region),
        "aws:viaawsservice": str(bool(via)).lower(),
        **(called if via else {}),
    }


def _denied(service: str, message: str) -> _RefusedError:
    """Return a denial with the code and status that each service has for it."""
    if service == "sns":
        return _RefusedError(403, "AuthorizationError", message)
    if service in _QUERY_AND_S3:
        return _RefusedError(403, "AccessDenied", message)
    return _RefusedError(403 if service in _REST_SERVICES else 400, "AccessDeniedException", message)
