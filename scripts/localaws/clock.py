"""Every duration of local AWS, in seconds, in one place: tests move them, services read them at each use."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Durations:
    """How long things take or may take: AWS's limits have AWS's values; what AWS does slowly is done at once."""

    # https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html: a Lambda action that does not reply.
    action_reply_timeout: float = 20 * 60
    # The same page: the longest that one action may go on by continuation tokens.
    action_total_timeout: float = 24 * 60 * 60
    # Not documented by AWS; people observe 30 to 60 s. Short here, since nobody should wait for a local poll.
    continuation_interval: float = 0.2
    # The same page: a manual approval, unless its timeoutInMinutes says otherwise.
    approval_timeout: float = 7 * 24 * 60 * 60
    # The same page: source actions.
    source_timeout: float = 60 * 60
    # AWS does not say how often it polls sources. Here often enough that nobody has to wait for it.
    source_poll_interval: float = 2
    # How often CodePipeline asks for a build or a stack that it waits for; AWS does not say.
    build_look_interval: float = 0.2
    stack_look_interval: float = 0.2
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: first and second retry.
    async_retry_delays: tuple[float, float] = (60, 120)
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: initialisation has 10 s of its own.
    function_initialisation: float = 10
    # A second of a function's Timeout.
    function_second: float = 1
    # How long a function is Pending, or its update InProgress; on AWS, a second or some. What does not wait for it
    # fails here as there.
    function_change: float = 0.1
    # A worker keeps the credentials it started with, which last an hour.
    worker_lifetime: float = 45 * 60
    # How long a function's output is collected before it goes to CloudWatch Logs, and how long an ended invocation
    # waits for the rest of it.
    log_flush_interval: float = 0.1
    log_patience: float = 2
    # ExecuteChangeSet answers when the stack is ready, or after this: "aws cloudformation deploy", which comes next,
    # looks at the stack once and then every 30 s.
    change_set_patience: float = 2
    # AWS takes longer to make a change set, so that "aws cloudformation deploy", which names them by the second, never
    # meets a name of its own; here a name is free again meanwhile.
    change_set_creation: float = 2
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html:
    # the ServiceTimeout of a custom resource that gives none, in seconds of this length.
    custom_resource_timeout: float = 60 * 60
    custom_resource_second: float = 1
    # How often what waits for a custom resource looks whether its stack gives up.
    halt_look_interval: float = 0.1
    # A minute of a stack's TimeoutInMinutes.
    stack_minute: float = 60
    # botocore sagemaker StopTrainingJob: SIGTERM, then 120 s, then SIGKILL.
    training_stop_grace: float = 120
    # A second of a training job's MaxRuntimeInSeconds.
    training_second: float = 1
    # How long SageMaker stays in each step beyond the work itself; on AWS jobs and endpoints take minutes.
    sagemaker_step: float = 0
    # https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    endpoint_health_timeout: float = 4 * 60
    # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html
    serverless_health_timeout: float = 3 * 60
    # https://github.com/aws/amazon-sagemaker-examples/issues/815, from AWS: a batch transform that does not come up.
    transform_health_timeout: float = 30 * 60
    # A second of a transform job's InvocationsTimeoutInSeconds.
    transform_second: float = 1
    invocation_timeout: float = 60
    # A second of the waiting times in an endpoint's DeploymentConfig.
    deployment_second: float = 1
    # AWS looks at alarms once a minute; here nobody should wait for that.
    alarm_evaluation: float = 1
    # How long an HTTP endpoint may take to answer SNS, the delays of the default delivery policy, and how long a
    # subscription may wait for its confirmation: https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
    http_answer: float = 15
    http_delivery_delays: tuple[float, ...] = (20, 20, 20)
    subscription_token: float = 2 * 24 * 60 * 60
    # The least time between two deliveries of what a training job or an endpoint prints.
    log_delivery_interval: float = 0.1

    # A minute of a build's timeoutInMinutes.
    build_minute: float = 60
    # botocore codebuild StartBuild: how long an idempotency token is valid.
    build_token_lifetime: float = 5 * 60

    # How soon the server notices that it is to stop, and how long it has for that once nobody waits for it.
    look_for_stop: float = 0.05
    end_in_good_order: float = 5
    # How often a function's memory is looked at; what its process takes and gives back meanwhile counts at its answer.
    look_at_memory: float = 0.02


durations = Durations()


class Clock:
    """The time by which schedules, alarms and time limits are due: tests move it, and whoever waits on it wakes."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._conditions: list[threading.Condition] = []  # on which somebody waits by this clock
        self.changed = threading.Condition()

    def now(self) -> float:
        """Return the time of day in seconds since 1970."""
        return time.time() + self._ahead

    def move(self, seconds: float) -> None:
        """Put the clock forward."""
        with self.changed:
            self._ahead += seconds
            self.changed.notify_all()
            conditions = list(self._conditions)
        for condition in conditions:
            with condition:
                condition.notify_all()

    def wait_until(self, moment: float, condition: threading.Condition, holds: Callable[[], bool]) -> bool:
        """Wait until something holds, but no longer than until a moment of this clock; return whether it holds.

        Whoever calls holds ``condition``, on which those who change something notify.
        """
        with self.changed:
            self._conditions.append(condition)
        try:
            while not (held := holds()) and (remaining := moment - self.now()) > 0:
                condition.wait(min(remaining, threading.TIMEOUT_MAX))
            return held
        finally:
            with self.changed:
                self._conditions.remove(condition)


clock = Clock()
