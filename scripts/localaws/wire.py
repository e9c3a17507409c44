"""How a service of local AWS calls another: as a client would, through the endpoint, so that calls have one path."""

import hmac
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

_CONFIG = Config(s3={"addressing_style": "path"}, proxies={}, max_pool_connections=32)
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html: threads may share a client, no session.
_making = threading.Lock()
# By which a service says that it calls in somebody's name; nobody else knows the secret.
_VIA = "X-Localaws-Via"
_via_secret = secrets.token_hex()


@dataclass
class Endpoint:
    """Where this local AWS listens; set when the server starts."""

    url: str = ""


endpoint = Endpoint()


def by_tls(text: str) -> str:
    """Return a URL of local AWS as it would be with a certificate, which what crosses loopback counts as having.

    A repository's clone URL may stand wherever AWS's, which begin with https, may.
    """
    return text.replace("http:", "https:", 1) if text.startswith(f"{endpoint.url}/") else text


@dataclass(frozen=True)
class Credentials:
    """An access key with its secret, and a session token when it belongs to an assumed role."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    attempts: int = 3
    """How often a client tries a call that is throttled or fails: a service does not give up at once on another."""
    via: str = ""
    """The service that calls with these credentials of somebody, in their name (``cloudformation.amazonaws.com``)."""

    def environment(self, region: str) -> dict[str, str]:
        """Return the variables by which boto3 in another process finds these credentials and this endpoint."""
        variables = {
            "AWS_ENDPOINT_URL": endpoint.url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        return variables | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client that calls local AWS with these credentials.

        As services do, it follows no bucket into another Region.
        """
        with _making:
            client = _session().client(
                service,
                region_name=region,
                endpoint_url=endpoint.url,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                config=_CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": self.attempts})),
            )
        if service == "s3":
            client.meta.events.register("before-call.s3", _stay_in_region)
            client.meta.events.register("after-call.s3", _say_where)
        if self.via:
            said = {_VIA: f"{_via_secret} {self.via}"}
            client.meta.events.register("before-call", lambda params, **_: params["headers"].update(said))
        return client


def service_between(headers: Mapping[str, str]) -> str:
    """Return the service that makes a request in its caller's name; empty when the caller makes it.

    ``headers`` are by lower-case name.
    """
    secret, _, service = headers.get(_VIA.lower(), "").partition(" ")
    return service if hmac.compare_digest(secret.encode(), _via_secret.encode()) else ""


def _stay_in_region(params: dict[str, Any], **_: Any) -> None:
    """Have botocore believe that it has been redirected already, which it lets happen once."""
    params["context"].get("s3_redirect", {})["redirected"] = True


def _say_where(parsed: dict[str, Any], **_: Any) -> None:
    """Put a redirect into the words of AWS's SDK for Java, which services quote."""
    if parsed.get("Error", {}).get("Code") == "PermanentRedirect":
        region = parsed["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
        parsed["Error"]["Message"] = (
            f"The bucket is in this region: {region}. Please use this region to retry the request"
        )


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    """Return a session without the settings, files and profiles of the person who started local AWS."""
    unset = {name: (None, None, *rest) for name, (_, _, *rest) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=unset | files))
