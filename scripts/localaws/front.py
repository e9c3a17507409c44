"""The door of local AWS: who may come in, before any service sees a request.

A server on this machine that runs code must not serve the pages a browser visits: requests by another name than
loopback (DNS rebinding) or from another origin are refused, and so are moto's own administration paths. So is what
moto has and local AWS has not: other services, and regions that do not exist.
"""

import re
from collections.abc import Iterable
from typing import Any

from localaws import regions
from localaws.refusals import Application, refusal, region_of, service_of

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")

# As requests name them when they are signed.
_SERVED = {
    "cloudformation",
    "codebuild",
    "codecommit",
    "codeconnections",
    "codepipeline",
    "codestar-connections",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "s3",
    "sagemaker",
    "servicequotas",
    "sns",
    "ssm",
    "sts",
}


class Front:
    """WSGI middleware around the gate."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        denial = _refused(environ)
        return (denial or self._application)(environ, start_response)


def _refused(environ: dict[str, Any]) -> Application | None:
    host, origin = str(environ.get("HTTP_HOST", "")), str(environ.get("HTTP_ORIGIN", ""))
    if not _LOOPBACK.fullmatch(host):
        return refusal(environ, 403, "AccessDenied", f"Local AWS answers on loopback only, not as {host!r}.")
    if origin and not _LOOPBACK.fullmatch(origin.partition("://")[2]):
        return refusal(environ, 403, "AccessDenied", f"Local AWS answers no requests from the origin {origin!r}.")
    if str(environ.get("PATH_INFO", "")).startswith(("/moto-api", "/latest/", "/v20180820/")):
        what = "administration, instance metadata or S3 Control"
        return refusal(environ, 403, "AccessDenied", f"Local AWS has no paths of {what}.")
    return _unknown_place(environ)


def _unknown_place(environ: dict[str, Any]) -> Application | None:
    region, service = region_of(environ), service_of(environ)
    if service not in _SERVED:
        # moto would answer for many more, and pretend.
        return refusal(environ, 400, "NotImplemented", f"Local AWS does not have the service {service}.")
    if region not in regions.names():
        return refusal(environ, 400, "InvalidRegion", f"Local AWS knows no region {region!r}: us-east-1 is one.")
    return None
