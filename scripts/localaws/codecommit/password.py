"""Passwords of git clients, as ``aws codecommit credential-helper`` makes them.

The user is an access key id, followed by % and the session token of an assumed role; the password is a moment, Z and
the signature (version 4) of a request that nobody sends: method GIT, the repository's path, the host without its port.
https://github.com/aws/aws-cli/blob/develop/awscli/customizations/codecommit.py
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials
from werkzeug.datastructures import Authorization

from localaws import regions
from localaws.identity import credentials_of, has_expired
from localaws.wire import Credentials

# "the credentials stored in the keychain stop working after about 15 minutes":
# https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-https-unixes.html
_VALID = timedelta(minutes=15)
_MOMENT = "%Y%m%dT%H%M%S"
_PASSWORD = re.compile(r"(?P<moment>\d{8}T\d{6})Z(?P<signature>[0-9a-f]{64})")


class NoPasswordError(Exception):
    """A request without a password, which git sends first: it asks for one when it is told to."""


class WrongPasswordError(Exception):
    """A password that nobody may come in with; the text says why."""


@dataclass(frozen=True)
class Signer:
    """Who has signed, and for which region."""

    access_key_id: str
    region: str


def signer_of(environ: Mapping[str, Any], path: str) -> Signer:
    """Return who signed a request for the repository at a path; raises NoPasswordError or WrongPasswordError.

    On AWS the host names the region. Here one host has all: a request is for the region it was signed for.
    """
    given = Authorization.from_header(environ.get("HTTP_AUTHORIZATION"))
    if given is None or given.type != "basic":
        raise NoPasswordError
    access_key_id, _, token = (given.username or "").partition("%")
    password = _PASSWORD.fullmatch(given.password or "")
    credentials = credentials_of(access_key_id)
    if password is None or credentials is None or token != (credentials.session_token or ""):
        raise WrongPasswordError("This is no password of an access key, as aws codecommit credential-helper makes them")
    _check_time(password["moment"])
    if has_expired(access_key_id):
        raise WrongPasswordError("The security token included in the request is expired")
    host = str(environ["HTTP_HOST"]).split(":")[0]
    request = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    for region in regions.names():
        if hmac.compare_digest(_signature(credentials, region, password["moment"], request), password["signature"]):
            return Signer(access_key_id, region)
    raise WrongPasswordError("The password is signed with another secret, or for another repository or host")


def _check_time(moment: str) -> None:
    try:
        signed = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise WrongPasswordError(f"The password is of {moment}, which is no time") from None
    now = datetime.now(UTC)
    if abs(now - signed) > _VALID:
        raise WrongPasswordError(f"The password is of {moment}, and not within 15 minutes of {now.strftime(_MOMENT)}")


def _signature(credentials: Credentials, region: str, moment: str, canonical_request: str) -> str:
    key = SigningCredentials(credentials.access_key_id, credentials.secret_access_key)
    signer, request = SigV4Auth(key, "codecommit", region), AWSRequest()
    request.context["timestamp"] = moment
    return str(signer.signature(signer.string_to_sign(request, canonical_request), request))
