"""Fixtures of the functions' tests; what they are made of is in fake_aws.py."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

sys.path.append(str(Path(__file__).parent.parent))  # for functions.fake_aws

import deploy_model
import evaluate_model
import get_status
import scoring
import train_model
from clients import Clients
from functions.fake_aws import ARTIFACTS, DATA, MODELS, REGION, Aws, Context, Wire


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables that the template gives the functions, all four together."""
    for name, value in {
        "AWS_REGION": REGION,
        "SUFFIX_ID": "sde",
        "DATA_BUCKET": DATA,
        "MODEL_BUCKET": MODELS,
        "ARTIFACT_BUCKET": ARTIFACTS,
        "TRAINING_DATA_KEY": "train/train.csv",
        "VALIDATION_DATA_KEY": "validation/validation.csv",
        "SAGEMAKER_ROLE_ARN": "arn:aws:iam::123456789012:role/SageMakerRole",
        "TRAINING_IMAGE": f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0",
        "KMS_KEY_ARN": "",
        "TRAINING_TIMEOUT_MINUTES": "120",
        "ENDPOINT_TIMEOUT_MINUTES": "45",
        "SERVERLESS_MEMORY_MB": "2048",
        "SERVERLESS_MAX_CONCURRENCY": "5",
        "HOSTING_INSTANCE_TYPE": "",
        "HOSTING_INSTANCE_COUNT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture(scope="session")
def own_settings() -> Iterator[None]:
    """The AWS settings of the person who runs the tests: out of the way."""
    with pytest.MonkeyPatch.context() as variables:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            variables.delenv(name)
        variables.setenv("AWS_CONFIG_FILE", os.devnull)
        variables.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture(scope="session")
def wire() -> Wire:
    """The end of the wire, the same for all tests."""
    return Wire()


@pytest.fixture(scope="session")
def clients(wire: Wire, own_settings: None) -> Clients:
    """The functions' clients with the credentials of a role; made once: botocore reads models slowly."""
    session = boto3.Session("AKIAROLEROLEROLEROLE", "role-secret", region_name=REGION)
    session.events.register("before-send", wire)
    return Clients(session)


@pytest.fixture(scope="session")
def s3(own_settings: None) -> Any:
    """S3 for the tests themselves."""
    return boto3.Session("test", "test", region_name=REGION).client("s3")


@pytest.fixture
def aws(environment: pytest.MonkeyPatch, wire: Wire, clients: Clients, s3: Any) -> Iterator[Aws]:
    """A fresh AWS account with the stack's buckets, and the four functions connected to it."""
    environment.setattr(scoring, "BACKOFF_SECONDS", 0.001)
    for module in (train_model, get_status, deploy_model, evaluate_model):
        environment.setattr(module, "CLIENTS", clients)
    ours = ["codepipeline", "sagemaker", "sagemakerruntime"]  # moto would answer as well
    moto = mock_aws(config={"core": {"passthrough": {"services": ours}}})
    # No reset: the local AWS that other tests run in this process keeps its state in moto too.
    moto.start(reset=False)
    for bucket in (ARTIFACTS, DATA, MODELS):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    wire.world = Aws(s3)
    yield wire.world
    moto.stop(remove_data=False)
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for bucket in (ARTIFACTS, DATA, MODELS):
        backend.get_bucket(bucket).keys.clear()
        backend.delete_bucket(bucket)


@pytest.fixture
def key(aws: Aws) -> str:
    """The ARN of a KMS key of the account."""
    kms = boto3.Session("test", "test", region_name=REGION).client("kms")
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def context() -> Context:
    """Plenty of time."""
    return Context()
