"""InvokeEndpoint: finds the variant, passes the request on, answers in AWS's words."""

import contextlib
import json
import random
import time

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse

from localaws import constraints
from localaws.sagemaker.backend import sagemaker_backends
from localaws.sagemaker.containers import Answer, UnreachableError
from localaws.sagemaker.errors import SageMakerError
from localaws.sagemaker.models import Endpoint
from localaws.sagemaker.variants import LOG_GROUP, PAYLOAD_LIMIT, ReplacedError, Variant
from localaws.sagemakerruntime import metrics

_SERVING = ("InService", "Updating", "RollingBack")
_PASSED_ON = ("Content-Type", "Accept", "X-Amzn-SageMaker-Custom-Attributes")
_REFUSED = ("TargetModel", "TargetContainerHostname", "InferenceId", "EnableExplanations", "InferenceComponentName")
# People report texts like these, AWS publishes none.
UNVERIFIED_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
    "each container in Amazon CloudWatch, resolve the issue, and try again."
)
UNVERIFIED_TOO_LARGE = "HTTP content length exceeded {limit} bytes."
UNVERIFIED_ANSWER_TOO_LARGE = "The response of the container exceeded {limit} bytes."  # botocore: Body, both ways
UNVERIFIED_THROTTLED = ("ThrottlingException", "Rate exceeded")  # more requests at once than MaxConcurrency
UNVERIFIED_UNREACHABLE = "Amazon SageMaker could not get a response from the primary container."


class SageMakerRuntimeResponse(BaseResponse):
    """Answers SageMaker Runtime's API."""

    use_raw_body = True

    def __init__(self) -> None:
        super().__init__(service_name="sagemaker-runtime")
        self.automated_parameter_parsing = True

    def invoke_endpoint(self) -> TYPE_RESPONSE:
        """Pass a request on to the endpoint's container."""
        for name in _REFUSED:
            if self._get_param(name):
                raise SageMakerError("ValidationError", f"Local AWS does not implement {name} of InvokeEndpoint.")
        self._check_form()
        while True:
            endpoint = self._endpoint(self._get_param("EndpointName"))
            variant = _variant(endpoint, self._get_param("TargetVariant"))
            if len(self.raw_body) > variant.payload_limit:  # raw, since no body would be "{}"
                message = UNVERIFIED_TOO_LARGE.format(limit=variant.payload_limit)
                return 413, {"status": "413", "Content-Type": "application/json"}, json.dumps({"message": message})
            with contextlib.suppress(ReplacedError):  # an update ended this variant since we looked: look again
                return self._answer(endpoint, variant, self._invoke(endpoint, variant))

    def _check_form(self) -> None:
        given = dict(self.params) | {"Body": b""}  # its length is the variant's to limit
        try:
            constraints.check("sagemaker-runtime", "InvokeEndpoint", given)
        except constraints.ValidationException as error:
            raise SageMakerError("ValidationError", error.message) from None

    def _invoke(self, endpoint: Endpoint, variant: Variant) -> Answer:
        """Return the container's answer, or what stands for it when there is none, and count the invocation."""
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        began = time.monotonic()
        try:
            answer = variant.invoke(self.raw_body, headers)
        except UnreachableError:
            answer = Answer(500, "", UNVERIFIED_UNREACHABLE.encode())
        except TimeoutError:
            answer = Answer(0, "", UNVERIFIED_TIMED_OUT.encode())
        if answer is None:
            raise SageMakerError(*UNVERIFIED_THROTTLED)
        if len(answer.body) > PAYLOAD_LIMIT:
            answer = Answer(500, "", UNVERIFIED_ANSWER_TOO_LARGE.format(limit=PAYLOAD_LIMIT).encode())
        metrics.invoked(endpoint, variant.settings["VariantName"], answer.status, began, answered=time.monotonic())
        return answer

    def _endpoint(self, name: str) -> Endpoint:
        endpoint: Endpoint | None = sagemaker_backends[self.current_account][self.region].endpoints.get(name.lower())
        if endpoint is None or endpoint.name != name or endpoint.status not in _SERVING:
            raise SageMakerError("ValidationError", f"Endpoint {name} of account {self.current_account} not found.")
        return endpoint

    def _answer(self, endpoint: Endpoint, variant: Variant, answer: Answer) -> TYPE_RESPONSE:
        if not 200 <= answer.status < 400:
            raise self._model_error(endpoint, variant, answer.status, answer.body.decode(errors="replace"))
        if variant.capture:
            variant.capture.note(
                (self.headers.get("Content-Type", ""), self.raw_body), (answer.content_type, answer.body)
            )
        headers = {
            "Content-Type": answer.content_type,
            "x-Amzn-Invoked-Production-Variant": variant.settings["VariantName"],
        }
        return 200, headers, answer.body

    def _model_error(self, endpoint: Endpoint, variant: Variant, status: int, text: str) -> SageMakerError:
        side = "client" if 400 <= status < 500 else "server"
        group = LOG_GROUP.format(endpoint.name)
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        error = SageMakerError(
            "ModelError",
            f'Received {side} error ({status}) from primary with message "{text}". See {console}#logEventViewer:'
            f"group={group} in account {self.current_account} for more information.",
        )
        error.OriginalStatusCode = status
        error.OriginalMessage = text
        error.LogStreamArn = (
            f"arn:{self.partition}:logs:{self.region}:{self.current_account}:log-group:{group}"
            f":log-stream:{variant.log_stream}"
        )
        return error


def _variant(endpoint: Endpoint, wanted: str | None) -> Variant:
    variants: dict[str, Variant] = endpoint.fleet
    if wanted is None:
        weights = [variant.weight for variant in variants.values()]
        return random.choices(list(variants.values()), weights)[0]  # noqa: S311 - nothing secret
    if wanted not in variants:
        raise SageMakerError("ValidationError", f"Variant {wanted} not found for Request")
    return variants[wanted]
