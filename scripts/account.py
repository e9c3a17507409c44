"""The AWS account that a script works on, and every error of AWS or boto3 as one line.

Where a call goes is boto3's own affair: profiles, credentials and AWS_ENDPOINT_URL mean what they mean everywhere.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from botocore.parsers import ResponseParserError

_LOCAL_AWS = "or, for the one on this machine, run `make local` and eval the line that it prints"
# Of each call: throttling is waited for half a minute, and that nobody listens is known after two seconds.
_ATTEMPTS = Config(retries={"mode": "standard", "total_max_attempts": 6})
# What mends what boto3 says before it reaches AWS.
_REMEDIES: list[tuple[tuple[type[BotoCoreError], ...], str]] = [
    (
        (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError),
        f"run `aws configure` for credentials, {_LOCAL_AWS}",
    ),
    ((SSOTokenLoadError, UnauthorizedSSOTokenError), "run `aws sso login`"),
    ((NoRegionError,), f"run `export AWS_REGION=us-east-1` (or another region), {_LOCAL_AWS}"),
    ((ProfileNotFound,), "run `aws configure list-profiles` and export AWS_PROFILE, or unset it"),
    ((NoConnection,), "check the network and AWS_ENDPOINT_URL; `make local` starts the AWS on this machine"),
]
_REFUSED_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
}


class WorkshopError(Exception):
    """What a person must know or mend, in one line: what, where, what was expected, what to do."""


@dataclass(frozen=True)
class Account:
    """Whom the calls reach."""

    session: Any
    id: str
    region: str
    arn: str = ""
    """Who calls."""


def connect() -> Account:
    """Find out where the person's settings lead, and say so before anything happens there."""
    return identify(open_session())


def open_session() -> Any:
    """A session by the person's settings, which has credentials and a region; nobody is asked yet."""
    keep_loopback_from_proxies(os.environ)
    core = botocore.session.get_session()
    core.set_default_client_config(_ATTEMPTS)
    # boto3 reads AWS_DEFAULT_REGION alone; the AWS CLI and people also use AWS_REGION.
    session = boto3.Session(botocore_session=core, region_name=os.environ.get("AWS_REGION") or None)
    # STS would find out about the first only after seconds of attempts, and can do without the second.
    if session.get_credentials() is None:
        raise NoCredentialsError
    if not session.region_name:
        raise NoRegionError
    return session


def identify(session: Any) -> Account:
    """Ask STS whose session it is, and say so."""
    try:
        sts = session.client("sts")
    except ValueError as error:  # botocore's, for an endpoint that is no URL
        raise WorkshopError(f"{error}: AWS_ENDPOINT_URL is expected to look like http://127.0.0.1:4566") from None
    caller = sts.get_caller_identity()
    account = Account(session, caller["Account"], session.region_name, caller["Arn"])
    print(f"Account {account.id}, region {account.region}, endpoint {sts.meta.endpoint_url}", flush=True)
    return account


def keep_loopback_from_proxies(environ: MutableMapping[str, str]) -> None:
    """A person's proxy leads to the world; to it, 127.0.0.1 is itself. Names as urllib compares them with a URL's."""
    before = environ.get("no_proxy") or environ.get("NO_PROXY", "")
    if before.strip() != "*":  # which stands for all, and only alone
        everything = ",".join(filter(None, [before, "127.0.0.1", "localhost", "[::1]"]))
        environ.update(NO_PROXY=everything, no_proxy=everything)


def delays(longest: float = 5.0) -> Iterator[float]:
    """Seconds to wait between two looks: quick answers are seen quickly, slow ones cost few calls."""
    delay = 0.05
    while True:
        yield delay
        delay = min(delay * 1.5, longest)


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def run(work: Callable[[], int]) -> int:
    """Run a script's work; turn what goes wrong into one line and an exit status."""
    try:
        return work()
    except WorkshopError as error:
        print(error, file=sys.stderr)
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        print(explain(error), file=sys.stderr)
    except BrokenPipeError:
        # Whoever read along (`| head`) has gone. https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # Writing, unlike opening, does not name the file. Whatever else names none is a mistake of ours.
        where = error.filename or ("This machine's disk" if error.errno == errno.ENOSPC else None)
        if where is None:
            raise
        print(f"{where}: {error.strerror}. Mend that, then the same command again", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted. What AWS had begun goes on; the same command takes it up again.", file=sys.stderr)
        return 130
    return 1


def explain(error: Exception) -> str:
    """One line: what AWS or boto3 says, and the command that mends it where there is one."""
    said = " ".join(str(error).split())[:1000].rstrip(".")
    if isinstance(error, ClientError) and code(error) in _REFUSED_CREDENTIALS:
        return f"{said}: run `aws configure` or sign in again, {_LOCAL_AWS}"
    remedy = next((remedy for kinds, remedy in _REMEDIES if isinstance(error, kinds)), None)
    return f"{said}: {remedy}" if remedy else said
