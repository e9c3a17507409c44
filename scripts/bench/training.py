"""A training job beside XGBoost alone, on the same data in the same run: what a job adds is S3, processes and logs."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import own_aws
from bench.evaluate import generate

ROUNDS = 3
_SIZE = 10_000_000  # bytes of training data
_NAME = "bench-training"
_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
_PARAMETERS = {"objective": "reg:squarederror", "max_depth": 6, "eta": 0.1}
_NUM_ROUND = 50
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_ALONE = """
import sys
import xgboost
train = xgboost.DMatrix(sys.argv[1] + "?format=csv&label_column=0")
xgboost.train({parameters}, train, {num_round}, evals=[(train, "train")], verbose_eval=False).save_model(sys.argv[2])
"""


@dataclass(frozen=True)
class Trained:
    """The median seconds of a job, from download to upload, and of XGBoost alone, from interpreter to model."""

    job: float
    alone: float

    @property
    def ratio(self) -> float:
        """How many times as long a job takes."""
        return self.job / self.alone


def measure(log: Path) -> Trained:
    """Start a local AWS, and train in turn on it and without it."""
    import boto3

    jobs, alone = [], []
    with (
        own_aws.local_aws(log) as aws,
        tempfile.TemporaryDirectory(prefix="bench-", dir=own_aws.BUILD) as folder,
    ):
        os.environ.update(aws.variables)
        session, file = boto3.Session(), Path(folder) / "train.csv"
        generate(file, _SIZE)
        role = _prepare(session, file)
        for number in range(ROUNDS):
            jobs.append(_job(session.client("sagemaker"), f"{_NAME}-{number}", role))
            alone.append(_alone(file))
    return Trained(statistics.median(jobs), statistics.median(alone))


def _prepare(session: Any, file: Path) -> str:
    """Store the data, and return the ARN of a role that may read it."""
    session.client("s3").create_bucket(Bucket=_NAME)
    session.client("s3").upload_file(str(file), _NAME, "train/train.csv")
    iam = session.client("iam")
    role = iam.create_role(RoleName=_NAME, AssumeRolePolicyDocument=_document(_TRUST))["Role"]
    iam.put_role_policy(RoleName=_NAME, PolicyName=_NAME, PolicyDocument=_document(_EVERYTHING))
    return str(role["Arn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _job(sagemaker: Any, name: str, role: str) -> float:
    import account

    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{_NAME}/train/"}
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": _IMAGE, "TrainingInputMode": "File"},
        HyperParameters={name: str(value) for name, value in (_PARAMETERS | {"num_round": _NUM_ROUND}).items()},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": f"s3://{_NAME}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 600})
    job = sagemaker.describe_training_job(TrainingJobName=name)
    if job["TrainingJobStatus"] != "Completed":
        raise account.WorkshopError(f"The training job {name} is {job['TrainingJobStatus']}, expected Completed")
    return float((job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds())


def _alone(file: Path) -> float:
    from localaws.xgboost_container import ENVIRONMENT

    program = _ALONE.format(parameters=_PARAMETERS, num_round=_NUM_ROUND)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, str(file), str(file.with_name("alone.ubj"))],
        env=os.environ | ENVIRONMENT,
        stderr=subprocess.DEVNULL,  # XGBoost says that it will not read text files for ever
        check=True,
    )
    return time.perf_counter() - began
