"""The built-in image's contract, a row a promise: where it is from, what is given, and what comes back.

The source names the section of the facts that it was established in: B2 is training, B3 is serving (observed by running
the image's own code). A job's status is its exit status, a request's that of HTTP. Bytes are the whole answer to a
request, and the first bytes of a job's model; text is found in the answer, the failure or the log.
"""

from collections.abc import Callable

import pytest

from .contract.hyperparameters import PARAMETERS
from .contract.jobs import JOBS
from .contract.requests import REQUESTS
from .contract.rows import Job, Parameters, Request, Row

# XGBoost says that its reading of text files is deprecated; the image reads them so all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:xgboost")

CONTRACT = PARAMETERS + JOBS + REQUESTS


@pytest.mark.parametrize("row", CONTRACT, ids=lambda row: f"{row[1]}: {row[0]}")
def test_the_contract(
    of_parameters: Callable[[Parameters], tuple[int, bytes]],
    of_job: Callable[[Job], tuple[int, bytes, bytes]],
    of_request: Callable[[Request], tuple[int, bytes]],
    row: Row,
) -> None:
    _, _, given, status, answer = row
    beginning = b""
    if isinstance(given, Parameters):
        came, found = of_parameters(given)
    elif isinstance(given, Job):
        came, found, beginning = of_job(given)
    else:
        came, found = of_request(given)
    if isinstance(answer, bytes):
        told: str | bytes = beginning[: len(answer)] if isinstance(given, Job) else found
    else:
        told = answer if answer in found.decode() else found.decode()
    assert (came, told) == (status, answer)
