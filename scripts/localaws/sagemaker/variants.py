"""A production variant: a container that serves a model, with the weight and the capacity it has on the endpoint."""

import contextlib
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from localaws import children
from localaws.clock import durations
from localaws.faults.processes import at_work
from localaws.sagemaker import logs, storage
from localaws.sagemaker.capture import Capture
from localaws.sagemaker.containers import Answer, Container, DeploymentError, UnreachableError, fetch_model
from localaws.sagemaker.images import version_of
from localaws.sagemaker.models import Endpoint, Model, now
from localaws.xgboost_container import ENVIRONMENT

LOG_GROUP = "/aws/sagemaker/Endpoints/{}"
PAYLOAD_LIMIT = 6_291_456  # botocore: the longest body of InvokeEndpoint
# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html
SERVERLESS_PAYLOAD_LIMIT = 4 * 1024 * 1024


class ReplacedError(Exception):
    """The variant no longer serves: another has taken its place."""


class Variant:
    """A production variant that serves: its container, and how many requests it may work on."""

    def __init__(self, endpoint: Endpoint, settings: Mapping[str, Any], model: Model, region: str) -> None:
        self.settings = settings
        self.weight: float = settings.get("InitialVariantWeight", 1.0)
        self.count: int = settings.get("InitialInstanceCount", 0)
        self.serverless: dict[str, int] = dict(settings.get("ServerlessConfig", {}))
        self.wanted: Mapping[str, Any] = {}  # what UpdateEndpointWeightsAndCapacities is about to change
        self._started = now()
        self.image: str = model.container["Image"]
        self._endpoint_name = endpoint.name
        self._model = model
        self._version = version_of(self.image, region)
        self._folder = tempfile.TemporaryDirectory(prefix="localaws-endpoint-")
        self._working = 0
        self._ending = False
        self._changed = threading.Condition()
        self.capture: Capture | None = None
        instance = uuid4().hex if self.is_serverless else f"i-{uuid4().hex[:17]}"
        self.log_stream = f"{settings['VariantName']}/{instance}"
        with contextlib.ExitStack() as when_it_fails:
            when_it_fails.callback(self._folder.cleanup)
            s3 = fetch_model(model, Path(self._folder.name), region, storage.hosting_source(model.arn))
            self.credentials = s3.credentials
            self._log = logs.LogStream(s3.credentials, region, LOG_GROUP.format(endpoint.name), self.log_stream)
            self._container = self._start()
            when_it_fails.callback(children.kill, self._container.process)
            self._log.open()  # while the container starts
            when_it_fails.pop_all()

    @property
    def is_serverless(self) -> bool:
        """Whether it is hosted without instances."""
        return bool(self.serverless)

    @property
    def payload_limit(self) -> int:
        """The longest request body."""
        return SERVERLESS_PAYLOAD_LIMIT if self.is_serverless else PAYLOAD_LIMIT

    def capture_to(self, config: Mapping[str, Any], place: str, region: str) -> None:
        """Write requests and answers to S3 from now on."""
        self.capture = Capture(config, self.credentials, region, place)

    def _start(self) -> Container:
        environment = ENVIRONMENT | self._model.container.get("Environment", {})
        return Container(Path(self._folder.name), self._version, environment, self._log)

    def describe(self) -> dict[str, Any]:
        """Return what DescribeEndpoint says about it."""
        resolved = [{"SpecifiedImage": self.image, "ResolvedImage": self.image, "ResolutionTime": self._started}]
        document = {
            "VariantName": self.settings["VariantName"],
            "DeployedImages": resolved,
            "CurrentWeight": self.weight,
            "DesiredWeight": self.wanted.get("DesiredWeight", self.weight),
        }
        if self.is_serverless:
            return document | {
                "CurrentServerlessConfig": self.serverless,
                "DesiredServerlessConfig": self.serverless | self.wanted.get("ServerlessUpdateConfig", {}),
            }
        return document | {
            "CurrentInstanceCount": self.count,
            "DesiredInstanceCount": self.wanted.get("DesiredInstanceCount", self.count),
        }

    def desired(self) -> dict[str, Any]:
        """Return its weight and capacity, as ``scale`` takes them."""
        if self.is_serverless:
            return {"DesiredWeight": self.weight, "ServerlessUpdateConfig": self.serverless}
        return {"DesiredWeight": self.weight, "DesiredInstanceCount": self.count}

    def scale(self, wanted: Mapping[str, Any]) -> None:
        """Take the weight and the capacity of a DesiredWeightAndCapacity."""
        self.weight = wanted.get("DesiredWeight", self.weight)
        self.count = wanted.get("DesiredInstanceCount", self.count)
        self.serverless |= wanted.get("ServerlessUpdateConfig", {})
        self.wanted = {}

    def check(self) -> None:
        """Raise DeploymentError unless the container passes the ping health check in time."""
        usual = durations.serverless_health_timeout if self.is_serverless else durations.endpoint_health_timeout
        timeout = self.settings.get("ContainerStartupHealthCheckTimeoutInSeconds", usual)
        with at_work(f"container:{self._endpoint_name}", self._container.process):
            is_healthy = self._container.is_healthy(timeout)
        if not is_healthy:
            raise DeploymentError(
                f"The primary container for production variant {self.settings['VariantName']} did not pass the ping "
                "health check. Please check CloudWatch logs for this endpoint."
            )

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer | None:
        """Return the container's answer, or None when more requests are under way than MaxConcurrency allows.

        Raises UnreachableError when the process has died; the next request finds a new one, which the log says.
        """
        most = self.serverless.get("MaxConcurrency")
        with self._changed:
            if self._ending:
                raise ReplacedError
            if most is not None and self._working >= most:
                return None
            self._working += 1
            container = self._container
        try:
            with at_work(f"endpoint:{self._endpoint_name}", container.process):
                return container.request("POST", "/invocations", body, headers, durations.invocation_timeout)
        except UnreachableError:
            self._replace(container)
            raise
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    def _replace(self, dead: Container) -> None:
        with self._changed:
            if self._container is dead and not self._ending:
                children.kill(dead.process)
                self._log.put([f"Container exited with status {dead.process.returncode}. Restarting it."])
                self._container = self._start()

    def end(self) -> None:
        """Take no more requests, finish those under way, and end the process."""
        with self._changed:
            self._ending = True
            self._changed.wait_for(lambda: not self._working, durations.invocation_timeout)
        children.kill(self._container.process)
        self._folder.cleanup()
