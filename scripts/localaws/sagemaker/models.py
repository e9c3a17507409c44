"""What SageMaker remembers of training jobs, models, endpoint configurations and endpoints. No HTTP, no threads."""

import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LONGEST_REASON = 1024  # botocore: FailureReason
_MOST_FINAL_METRICS = 40  # botocore: FinalMetricDataList; which of more these are is not said
TERMINAL = ("Completed", "Failed", "Stopped")
BUSY = ("Creating", "Updating", "RollingBack", "Deleting")

UNVERIFIED_OUT_OF_TIME = "Training job runtime exceeded MaxRuntimeInSeconds provided"
# What the job says at each step (seen in DescribeTrainingJob's SecondaryStatusTransitions).
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": UNVERIFIED_OUT_OF_TIME,
}


def _concurrency(variants: Iterable[Mapping[str, Any]]) -> int:
    return sum(variant["ServerlessConfig"]["MaxConcurrency"] for variant in variants if "ServerlessConfig" in variant)


def now() -> datetime:
    """Return the time as SageMaker writes it down."""
    return datetime.now(UTC)


@dataclass
class Resource:
    """What has a name, an ARN and tags; ``request`` is what it was created from."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = ""
    on_change: Callable[[], None] = lambda: None  # called at each new status

    def __post_init__(self) -> None:
        self.tags = {tag["Key"]: tag["Value"] for tag in self.request.get("Tags") or ()}


@dataclass
class TrainingJob(Resource):
    """A training job; the engine drives it through ``enter``."""

    status: str = "InProgress"
    secondary_status: str = ""
    transitions: list[dict[str, Any]] = field(default_factory=list)
    training_started: datetime | None = None
    ended: datetime | None = None
    failure_reason: str | None = None
    model_artifacts: str | None = None
    metrics: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    stop: Callable[[], None] = lambda: None  # the engine's

    def __post_init__(self) -> None:
        super().__post_init__()
        self.enter("Starting")

    def enter(self, secondary_status: str, status: str | None = None, failure_reason: str | None = None) -> None:
        """Go to the next step, and to a status when it is the last one."""
        at = now()
        if self.transitions:
            self.transitions[-1]["EndTime"] = at
        message = failure_reason or _MESSAGES[secondary_status]
        self.transitions.append({"Status": secondary_status, "StartTime": at, "StatusMessage": message})
        self.secondary_status = secondary_status
        self.modified = at
        if secondary_status == "Downloading":  # botocore: TrainingStartTime comes before the data
            self.training_started = at
        if failure_reason:
            self.failure_reason = failure_reason[:LONGEST_REASON]
        if status in TERMINAL:
            self.ended = self.transitions[-1]["EndTime"] = at
        self.status = status or self.status  # last: who sees the status sees the rest
        self.on_change()

    def describe(self) -> dict[str, Any]:
        """Return what DescribeTrainingJob says."""
        document = {name: value for name, value in self.request.items() if name != "Tags"} | {
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary_status,
            "SecondaryStatusTransitions": list(self.transitions),
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.failure_reason:
            document["FailureReason"] = self.failure_reason
        if self.training_started:
            document["TrainingStartTime"] = self.training_started
        if self.ended:
            seconds = math.ceil((self.ended - (self.training_started or self.ended)).total_seconds())
            document |= {
                "TrainingEndTime": self.ended,
                "TrainingTimeInSeconds": seconds,
                "BillableTimeInSeconds": seconds,
            }
        if self.model_artifacts:
            document["ModelArtifacts"] = {"S3ModelArtifacts": self.model_artifacts}
        if self.metrics and self.status in TERMINAL:
            final = [
                {"MetricName": name, "Value": value, "Timestamp": at} for name, (value, at) in self.metrics.items()
            ]
            document["FinalMetricDataList"] = final[:_MOST_FINAL_METRICS]
        return document


@dataclass
class Model(Resource):
    """A model: an image, a model.tar.gz and the role that may read it."""

    container: dict[str, Any] = field(default_factory=dict)  # the one that serves it, whatever it was made of


@dataclass
class EndpointConfig(Resource):
    """An endpoint configuration: never changed after its creation."""

    @property
    def variants(self) -> list[dict[str, Any]]:
        """Its production variants, as requested."""
        variants: list[dict[str, Any]] = self.request["ProductionVariants"]
        return variants

    @property
    def capture(self) -> dict[str, Any] | None:
        """What is to be captured of its requests, if anything is."""
        config: dict[str, Any] = self.request.get("DataCaptureConfig", {"EnableCapture": False})
        return config if config.get("EnableCapture", True) else None

    @property
    def hosting(self) -> str:
        """The kind of hosting, in words."""
        return "serverless" if "ServerlessConfig" in self.variants[0] else "instances"

    @property
    def concurrency(self) -> int:
        """How many requests its serverless variants may answer at once."""
        return _concurrency(self.variants)


@dataclass
class Endpoint(Resource):
    """An endpoint; ``serving`` holds the running variants by name and is replaced whole."""

    status: str = "Creating"
    config_name: str = ""
    failure_reason: str | None = None
    pending: EndpointConfig | None = None  # about to be served
    serving: dict[str, Any] = field(default_factory=dict)
    incoming: dict[str, Any] = field(default_factory=dict)  # variants that take over, and their share of requests
    share: float = 0.0
    capture: dict[str, Any] | None = None  # of what serves
    deployment: dict[str, Any] = field(default_factory=dict)  # the latest DeploymentConfig

    @property
    def fleet(self) -> dict[str, Any]:
        """The variants for a request: those that serve, or by chance those that take over."""
        return self.incoming if random.random() < self.share else self.serving  # noqa: S311 - nothing secret

    def to(self, status: str, failure_reason: str | None = None) -> None:
        """Change status."""
        self.modified = now()
        self.failure_reason = failure_reason and failure_reason[:LONGEST_REASON]
        self.status = status
        self.on_change()

    def begin_update(self, config: EndpointConfig) -> None:
        """Note that another configuration is about to be served."""
        self.pending = config
        self.to("Updating")

    def instances(self, instance_type: str) -> int:
        """Return how many instances of a type it uses, or is about to."""
        wanted = [
            (variant["InstanceType"], variant["InitialInstanceCount"])
            for variant in (self.pending.variants if self.pending else [])
            if "InstanceType" in variant
        ]
        present = [(variant.settings.get("InstanceType"), variant.count) for variant in self.serving.values()]
        return sum(count for kind, count in wanted + present if kind == instance_type)

    @property
    def concurrency(self) -> int:
        """How many requests its serverless variants answer at once, or are about to."""
        return self.pending.concurrency if self.pending else _concurrency(v.settings for v in self.serving.values())

    @property
    def hosting(self) -> str:
        """The kind of hosting that it has now, in words."""
        serverless = any(variant.is_serverless for variant in self.serving.values())
        return "serverless" if serverless else "instances"

    def describe(self) -> dict[str, Any]:
        """Return what DescribeEndpoint says."""
        document: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config_name,
            "EndpointStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.serving:
            document["ProductionVariants"] = [variant.describe() for variant in self.serving.values()]
        if self.failure_reason:
            document["FailureReason"] = self.failure_reason
        if self.capture:
            document["DataCaptureConfig"] = {
                "EnableCapture": True,
                "CaptureStatus": "Started",
                "CurrentSamplingPercentage": self.capture["InitialSamplingPercentage"],
                "DestinationS3Uri": self.capture["DestinationS3Uri"],
                "KmsKeyId": self.capture.get("KmsKeyId", ""),
            }
        if self.deployment:
            document["LastDeploymentConfig"] = self.deployment
        if self.pending:
            stage = [{"Status": "Baking" if self.share else "Creating", "StartTime": self.modified}]
            names = [{"VariantName": name["VariantName"], "VariantStatus": stage} for name in self.pending.variants]
            document["PendingDeploymentSummary"] = {
                "EndpointConfigName": self.pending.name,
                "ProductionVariants": names,
                "StartTime": self.modified,
            }
        return document
