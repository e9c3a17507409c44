"""The SubscribeURL of a confirmation: who visits it needs no signature, only the token in it.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends
from werkzeug.wrappers import Response

from localaws.refusals import Application, error_answer
from localaws.sns import engine

_XML = "http://sns.amazonaws.com/doc/2010-03-31/"


class Visits:
    """WSGI middleware that lets visitors of a SubscribeURL in, and hands everyone else on."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        query = parse_qs(str(environ.get("QUERY_STRING", "")))
        named = {name: query[name][0] for name in ("Action", "TopicArn", "Token") if name in query}
        visits = environ["REQUEST_METHOD"] == "GET" and "HTTP_AUTHORIZATION" not in environ
        if not (visits and len(named) == 3 and named["Action"] == "ConfirmSubscription"):
            return self._application(environ, start_response)
        return _confirm(named["TopicArn"], named["Token"])(environ, start_response)


def _confirm(topic_arn: str, token: str) -> Response:
    # Who visits is not known yet: moto would make a backend for every account that is named.
    topics = (backend.topics for backend in list(sns_backends[DEFAULT_ACCOUNT_ID].values()))
    topic = next((each[topic_arn] for each in topics if topic_arn in each), None)
    subscription = engine.confirm(topic, token) if topic else None
    if subscription is None:
        headers, body = error_answer("sns", "InvalidParameter", "Invalid parameter: Token")
        return Response(body, 400, headers)
    result = (
        f"<ConfirmSubscriptionResult><SubscriptionArn>{subscription.arn}</SubscriptionArn></ConfirmSubscriptionResult>"
    )
    metadata = f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"
    answer = f'<ConfirmSubscriptionResponse xmlns="{_XML}">{result}{metadata}</ConfirmSubscriptionResponse>'
    return Response(answer, 200, {"Content-Type": "text/xml"})
