"""Keeps what was counted of a test set, so that the next invocation goes on where this one ran out of time.

The state is an object in the pipeline's bucket, written before the answer that leads to it. Its key holds all that its
content depends on: the action's first job (and with it the model), the test set's version, and how many bytes of it
were counted. So a job that is delivered twice, or a function that dies between state and answer, writes the same again.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from bodies import body_of
from clients import Clients
from continuation import VERSION, Deadline, Place, Token, check_version
from csv_rows import Batch
from metrics import Score
from outcomes import ActionError

FOLDER = "continuations"
MINUTES = 23 * 60  # CodePipeline ends an action after 24 hours, and an invocation may take 15 minutes


class Checkpoint:
    """The score of the rows up to a byte of a test set. `keep` may be called in another thread at any time."""

    @classmethod
    def of(cls, clients: Clients, bucket: str, token: Token, version_id: str, training_mean: float) -> "Checkpoint":
        """The one that an invocation before this one has kept or, if there was none, that of an action that begins."""
        score = _kept_score(clients.s3, bucket, token.place) if token.place else Score(training_mean)
        return cls(clients.s3_in_haste, bucket, token, version_id, score)

    def __init__(self, s3: Any, bucket: str, token: Token, version_id: str, score: Score) -> None:
        self.score = score
        self._s3 = s3
        self._bucket = bucket
        self._token = token
        self._version_id = version_id
        self.offset = token.place.offset if token.place else 0
        self.lines = token.place.lines if token.place else 0
        self._lock = threading.Lock()

    def count(self, batch: Batch, predictions: Sequence[float]) -> None:
        """Take the next batch in."""
        with self._lock:
            self.score.add(batch.first_line, batch.labels, predictions)
            self.offset += batch.size
            self.lines = batch.last_line

    def keep(self) -> Token:
        """Write the state; the token that finds it again. ActionError when the action has had its time."""
        with self._lock:
            offset, lines, score = self.offset, self.lines, self.score.document()
        if Deadline(self._token, MINUTES).is_past:
            raise ActionError(
                f"{lines} lines were scored in {MINUTES // 60} hours, and CodePipeline gives an action 24: give the"
                " function more memory, which brings more CPU, the endpoint more capacity, or the test fewer rows."
            )
        version = hashlib.sha256(self._version_id.encode()).hexdigest()[:16]
        key = f"{FOLDER}/{self._token.first_job}/{version}/{offset}.json"
        state = json.dumps({"version": VERSION, "score": score}, allow_nan=False)
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=state.encode())
        return replace(self._token, place=Place(self._version_id, offset, lines, key))


def _kept_score(s3: Any, bucket: str, place: Place) -> Score:
    try:
        body = body_of(lambda: s3.get_object(Bucket=bucket, Key=place.state))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ActionError(
            f"What was scored so far, s3://{bucket}/{place.state}, cannot be read ({code}): retry the stage with all"
            " actions, which begins anew."
        ) from error
    state: Mapping[str, Any] = json.loads(body)
    check_version(f"state s3://{bucket}/{place.state}", state.get("version"))
    return Score.of(state["score"])
