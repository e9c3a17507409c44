"""Every duration of local AWS, in seconds, in one place: tests move them, services read them at each use."""

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
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: first and second retry.
    async_retry_delays: tuple[float, float] = (60, 120)
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: initialisation has 10 s of its own.
    function_initialisation: float = 10
    # A worker keeps the credentials it started with, which last an hour.
    worker_lifetime: float = 45 * 60
    # How long a function's output is collected before it goes to CloudWatch Logs, and how long an ended invocation
    # waits for the rest of it.
    log_flush_interval: float = 0.1
    log_patience: float = 2
    # ExecuteChangeSet answers when the stack is ready, or after this: "aws cloudformation deploy", which comes next,
    # looks at the stack once and then every 30 s.
    change_set_patience: float = 2
    # botocore sagemaker StopTrainingJob: SIGTERM, then 120 s, then SIGKILL.
    training_stop_grace: float = 120
    # https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    endpoint_health_timeout: float = 4 * 60
    invocation_timeout: float = 60
    # The least time between two deliveries of what a training job or an endpoint prints.
    log_delivery_interval: float = 0.1


durations = Durations()
