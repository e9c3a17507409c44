"""``git clone``, ``git fetch`` and ``git push``: who may, at the URL that a repository reports (cloneUrlHttp).

Git asks twice: GET info/refs, then POST git-upload-pack (which needs codecommit:GitPull) or git-receive-pack
(codecommit:GitPush, at the second request for each reference that is pushed).
"""

import re
import shutil
from collections.abc import Iterable
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from moto.codecommit.models import codecommit_backends
from moto.core import DEFAULT_ACCOUNT_ID
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Response
from werkzeug.wsgi import get_input_stream

from localaws.codecommit.models import PATH, Repository
from localaws.codecommit.password import NoPasswordError, Signer, WrongPasswordError, signer_of
from localaws.gate import request_keys
from localaws.gate.caller import DeletedCallerError, caller_of
from localaws.gate.decision import DeniedError, authorize
from localaws.gate.permissions.rows import Need
from localaws.refusals import Application

_REQUEST = re.compile(
    rf"(?P<path>{PATH}(?P<name>[\w.-]+))/"
    r"(info/refs\?service=(?P<asked>git-upload-pack|git-receive-pack)|(?P<sent>git-upload-pack|git-receive-pack)\?)"
)
_ACTIONS = {"git-upload-pack": "codecommit:GitPull", "git-receive-pack": "codecommit:GitPush"}
_IN_MEMORY = 1024 * 1024  # of a push; the rest is on disk until all has come
_CHUNK = 65536
UNVERIFIED_REALM = "AWS CodeCommit"


class Clones:
    """WSGI middleware that serves git clients, and hands everyone else on: no bucket of S3 has so short a name."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not str(environ.get("PATH_INFO", "")).startswith(PATH):
            return self._application(environ, start_response)
        body = get_input_stream(environ)
        try:
            answer = _answer(environ, body)
            while body.read(
                _CHUNK
            ):  # also of what is refused: git reads no answer before it has said all it has to say
                pass
        except ClientDisconnected:
            raise ConnectionAbortedError from None  # werkzeug lets a client that has gone go
        return answer(environ, start_response)


def _answer(environ: dict[str, Any], body: IO[bytes]) -> Response:
    request = _REQUEST.fullmatch(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
    if request is None:
        return _refused(HTTPStatus.NOT_FOUND, "Local AWS serves git clients of the smart protocol only")
    try:
        signer = signer_of(environ, request["path"])
        action = _ACTIONS[request["asked"] or request["sent"]]
        return _served(environ, body, signer, Need(action, _arn(signer.region, request["name"])))
    except NoPasswordError:
        answer = _refused(HTTPStatus.UNAUTHORIZED, "A user name and a password are needed")
        answer.headers["WWW-Authenticate"] = f'Basic realm="{UNVERIFIED_REALM}"'
        return answer
    except DeletedCallerError:
        return _refused(HTTPStatus.FORBIDDEN, "The security token included in the request is invalid.")
    except (DeniedError, WrongPasswordError) as error:
        return _refused(HTTPStatus.FORBIDDEN, str(error))


def _served(environ: dict[str, Any], body: IO[bytes], signer: Signer, need: Need) -> Response:
    """Return git's answer; raises DeniedError."""
    caller, keys = caller_of(signer.access_key_id), request_keys.keys_of(environ, signer.region)

    def check(reference: str) -> None:
        authorize(caller, Need(need.action, need.resource, {"codecommit:references": reference}), keys)

    authorize(caller, need, keys)
    repository = _repository(need.resource)
    if repository is None:
        return _refused(HTTPStatus.NOT_FOUND, f"There is no repository {need.resource}")
    from localaws.codecommit.smart_http import UnreadableError, served  # late: see objects

    with SpooledTemporaryFile(_IN_MEMORY, prefix="push-") as whole:  # nobody waits for a client that is slow
        shutil.copyfileobj(body, whole)
        whole.seek(0)
        complete = environ | {"wsgi.input": whole}
        complete.pop("HTTP_TRANSFER_ENCODING", None)  # chunks are put together by now
        try:
            return served(complete, repository, caller.principal.arn, check)
        except UnreadableError as error:
            return _refused(HTTPStatus.BAD_REQUEST, f"This is no request of git's: {error}")


def _arn(region: str, name: str) -> str:
    return f"arn:aws:codecommit:{region}:{DEFAULT_ACCOUNT_ID}:{name}"


def _repository(arn: str) -> Repository | None:
    region, account_id, name = arn.split(":")[3:]
    found: Repository | None = codecommit_backends[account_id][region].repositories.get(name)
    return found


def _refused(status: HTTPStatus, why: str) -> Response:
    """Return what git ends with; it shows the text, too."""
    return Response(f"{why}\n", status, content_type="text/plain")
