"""GetTrainingStatus, GetDeployStatus: look at a training job or an endpoint, then answer, or wait by continuation.

In: training.json or deployment.json. Out: for a training job, training.json completed with what the job made.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from artifacts import Artifacts
from clients import Clients
from continuation import Deadline, Token
from endpoint_status import watch_endpoint
from outcomes import Outcome, Waiting
from pipeline_answer import Context, Progress, answer
from pipeline_job import Event, Job
from sagemaker_errors import is_missing
from settings import number
from training_status import watch_training_job
from user_parameters import UserParameters

CLIENTS = Clients()


def lambda_handler(event: Event, context: Context) -> None:
    """The function's entry point."""
    answer(event, context, CLIENTS, lambda job, progress: get_status(job, Settings.read(), CLIENTS, progress))


@dataclass(frozen=True)
class Settings:
    """The function's environment variables."""

    training_minutes: int
    endpoint_minutes: int

    @classmethod
    def read(cls) -> "Settings":
        """Read the variables that the template sets."""
        return cls(number("TRAINING_TIMEOUT_MINUTES"), number("ENDPOINT_TIMEOUT_MINUTES"))


def get_status(job: Job, settings: Settings, clients: Clients, progress: Progress) -> Outcome:
    """The step: what the parameters name, looked at once."""
    given = UserParameters(job.user_parameters, ("wait-for", "execution-id"))
    wait_for = given.text("wait-for", "training-job|endpoint", "training-job or endpoint")
    execution = given.execution_id()
    token = Token.of(job.continuation_token, job.id)
    progress.resume = lambda: token
    artifacts = Artifacts(job, clients)
    try:
        if wait_for == "endpoint":
            return watch_endpoint(artifacts, Deadline(token, settings.endpoint_minutes), clients.sagemaker, progress)
        deadline = Deadline(token, settings.training_minutes)
        return watch_training_job(artifacts, execution, deadline, clients.sagemaker, progress)
    except ClientError as error:
        if is_missing(error) and token.is_fresh:
            return Waiting(token, f"Not found yet while {progress.doing}")
        raise
