"""What is read back of an execution, and what is said of that which cannot be."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import documents
from follow import Artifact
from report import findings

from .conftest import ACTIONS, LOG, action, execution_of


class Cloud:
    """S3 and CloudWatch Logs, and the session that leads to them: objects by key, and the events of one stream."""

    def __init__(
        self, objects: dict[str, bytes], log: dict[str, list[str]] | None = None, code: str = "NoSuchKey"
    ) -> None:
        self.objects, self.log, self.code = objects, log, code

    def client(self, _: str) -> "Cloud":
        return self

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's words
        assert Bucket == "artifacts"
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def get_paginator(self, operation: str) -> "Cloud":
        assert operation == "filter_log_events"
        return self

    def paginate(self, logGroupName: str, logStreamNamePrefix: str) -> Any:  # noqa: N803 - boto3's words
        assert logGroupName == "/aws/sagemaker/TrainingJobs"
        if self.log is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "FilterLogEvents")
        for stream, lines in self.log.items():
            yield {"events": [{"message": line} for line in lines] if stream.startswith(logStreamNamePrefix) else []}


def packed(name: str, document: Any) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, json.dumps(document))
    return body.getvalue()


def gathered(cloud: Cloud, *statuses: str) -> findings.Findings:
    """What is found of an execution whose actions, each with an artifact of its name, ended so."""
    reached = [
        replace(action(*one, status), artifacts=(Artifact("artifacts", one[1]),))
        for one, status in zip(ACTIONS, statuses, strict=False)
    ]
    return findings.gather(cloud, "us-east-1", execution_of(*reached))


def test_documents_are_of_the_version_that_the_functions_write() -> None:
    assert findings.VERSION == documents.VERSION
    assert (findings.TRAINING, findings.EVALUATION) == (documents.TRAINING_FILE, documents.EVALUATION_FILE)


def test_the_newest_training_and_its_own_log_are_read(training: dict[str, Any]) -> None:
    started = {key: value for key, value in training.items() if key != "model_data_url"}
    cloud = Cloud(
        {"StartTraining": packed("training.json", started), "GetTrainingStatus": packed("training.json", training)},
        {f"{training['training_job']}/algo-1-1": LOG, f"{training['training_job']}0/algo-1-1": ["[0]#011train-rmse:9"]},
    )
    found = gathered(cloud, "Succeeded", "Succeeded", "Succeeded")
    assert found.training == training
    assert [len(points) for points in found.curves[0].channels.values()] == [100, 100]
    assert found.missing == []


def test_artifacts_of_sources_and_of_what_did_not_succeed_are_left_alone() -> None:
    assert gathered(Cloud({}), "Succeeded", "Failed").missing == []


def test_an_artifact_that_is_gone_is_told() -> None:
    assert gathered(Cloud({}), "Succeeded", "Succeeded").missing == [
        "The artifact of Train/StartTraining is gone: artifacts keeps artifacts for 90 days."
    ]


def test_what_may_not_be_read_is_an_error() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        gathered(Cloud({}, code="AccessDenied"), "Succeeded", "Succeeded")


def test_a_document_of_another_version_is_told(training: dict[str, Any]) -> None:
    found = gathered(
        Cloud({"StartTraining": packed("training.json", training | {"version": 2})}), "Succeeded", "Succeeded"
    )
    assert found.training is None
    assert found.missing == ["training.json of Train/StartTraining has version 2; this reads 1."]


@pytest.mark.parametrize("body", [b"no zip", packed("other.json", {}), packed("training.json", []), b""])
def test_another_s_artifact_is_none_of_ours(body: bytes) -> None:
    found = gathered(Cloud({"StartTraining": body}), "Succeeded", "Succeeded")
    assert (found.training, found.missing) == (None, [])


@pytest.mark.parametrize("log", [None, {}])
def test_a_log_that_is_gone_is_told(training: dict[str, Any], log: dict[str, list[str]] | None) -> None:
    found = gathered(Cloud({"StartTraining": packed("training.json", training)}, log), "Succeeded", "Succeeded")
    assert found.missing == [
        f"The log of {training['training_job']} in /aws/sagemaker/TrainingJobs tells of no round of training."
    ]
