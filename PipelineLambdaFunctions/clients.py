"""The function's boto3 clients: each made when it is first needed, then kept for the next invocations."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from pipeline_job import Credentials

# A call that hangs must not use up the function's time (boto3 by default waits 60 s to connect and 60 s to read).
_PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})

# When the time is nearly up: at most 9 s a call (two attempts of 4 s, and a second between them), however it hangs.
# Three in a row, the state, the answer and a failure where that is refused, end in the 30 s that `pipeline_answer`
# keeps.
_IN_HASTE = Config(connect_timeout=1.5, read_timeout=2.5, retries={"mode": "standard", "total_max_attempts": 2})

# The container has 60 s to answer: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
_INFERENCE = Config(connect_timeout=5, read_timeout=65, retries={"mode": "adaptive", "total_max_attempts": 6})


class Clients:
    """Clients with the credentials of the function's role, and S3 with those of a job."""

    def __init__(self, session: boto3.Session | None = None) -> None:
        self._given = session

    @cached_property
    def _session(self) -> boto3.Session:
        return self._given or boto3.Session()

    @cached_property
    def codepipeline(self) -> Any:
        """Only `pipeline_answer` uses this."""
        return self._session.client("codepipeline", config=_IN_HASTE)

    @cached_property
    def s3(self) -> Any:
        """S3, as the function's role."""
        return self._session.client("s3", config=_PATIENCE)

    @cached_property
    def s3_in_haste(self) -> Any:
        """S3, as the function's role, for what must be written before the time is up."""
        return self._session.client("s3", config=_IN_HASTE)

    @cached_property
    def sagemaker(self) -> Any:
        """SageMaker's control plane."""
        return self._session.client("sagemaker", config=_PATIENCE)

    @cached_property
    def sagemaker_runtime(self) -> Any:
        """SageMaker's endpoints; slows down by itself when it is throttled."""
        return self._session.client("sagemaker-runtime", config=_INFERENCE)

    def s3_as(self, credentials: Credentials) -> Any:
        """S3 with a job's own credentials: they reach that job's artifacts and nothing else."""
        return self._session.client(
            "s3",
            config=_PATIENCE,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
        )
