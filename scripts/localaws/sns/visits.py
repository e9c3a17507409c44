"""The SubscribeURL of a confirmation: who visits it needs no signature, only the token in it.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from moto.sns.exceptions import TopicNotFound
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
    account_id, region = (topic_arn.split(":") + [""] * 5)[4:2:-1]
    try:
        subscription = engine.confirm(sns_backends[account_id][region].get_topic(topic_arn), token)
    except (TopicNotFound, KeyError, ValueError):
        subscription = None
    if subscription is None:
        headers, body = error_answer("sns", "InvalidParameter", "Invalid parameter: Token")
        return Response(body, 400, headers)
    result = (
        f"<ConfirmSubscriptionResult><SubscriptionArn>{subscription.arn}</SubscriptionArn></ConfirmSubscriptionResult>"
    )
    metadata = f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"
    answer = f'<ConfirmSubscriptionResponse xmlns="{_XML}">{result}{metadata}</ConfirmSubscriptionResponse>'
    return Response(answer, 200, {"Content-Type": "text/xml"})
