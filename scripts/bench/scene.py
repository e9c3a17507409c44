"""An account with something of everything, mixed calls to it, and the removal of all of it."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

REGION = "us-east-1"
SERVICES = (
    "cloudformation",
    "codepipeline",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "sagemaker-runtime",
    "sns",
    "sts",
)
NAME = "bench"
_SERVICES_TRUSTED = [f"{name}.amazonaws.com" for name in ("lambda", "sagemaker", "codepipeline")]
_TRUST = {"Effect": "Allow", "Principal": {"Service": _SERVICES_TRUSTED}, "Action": "sts:AssumeRole"}
_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROWS = b"1,0,5\n3,1,5\n" * 10
_HANDLER = "def handler(event, context):\n    return event\n"
_SOON = {"Delay": 0.1, "MaxAttempts": 600}  # local AWS takes no minutes
Record = Callable[[str, float], None]


class FailedFunctionError(Exception):
    """What a function answered instead of what it was given."""


class Timed:
    """A client whose calls are recorded with the seconds they took."""

    def __init__(self, client: Any, service: str, record: Record) -> None:
        self._client = client
        self._service = service
        self._record = record

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        method = getattr(self._client, operation)

        def call(**parameters: Any) -> Any:
            began = time.perf_counter()
            answer = method(**parameters)
            self._record(f"{self._service}:{operation}", time.perf_counter() - began)
            return answer

        return call


class Scene:
    """What the calls work on: made by ``build``, gone after ``clear``. ``record`` hears of every call of a round."""

    def __init__(self, record: Record) -> None:
        import boto3
        from botocore.config import Config

        session = boto3.Session()  # boto3's own session would keep the credentials of an earlier local AWS
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
        self._clients = {name: session.client(name, REGION, config=config) for name in SERVICES}
        signing = Config(signature_version="s3v4")  # a presigned URL of today: boto3's default here is that of 2006
        self._clients["s3"] = session.client("s3", REGION, config=config.merge(signing))
        self._timed = {name: Timed(client, name, record) for name, client in self._clients.items()}
        self.key = ""

    def client(self, service: str) -> Any:
        """Return the plain client of a service."""
        return self._clients[service]

    def build(self) -> None:
        """Make a bucket, a role, a key, a topic, a function, a stack, a pipeline, a model and its endpoint."""
        client = self.client
        client("s3").create_bucket(Bucket=NAME)
        versioned = {"Status": "Enabled"}
        client("s3").put_bucket_versioning(Bucket=NAME, VersioningConfiguration=versioned)
        client("s3").put_object(Bucket=NAME, Key="train.csv", Body=ROWS)
        role = client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=_document(_TRUST))["Role"]["Arn"]
        client("iam").put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=_document(_EVERYTHING))
        self.key = client("kms").create_key()["KeyMetadata"]["KeyId"]
        client("logs").create_log_group(logGroupName=NAME)
        client("lambda").create_function(
            FunctionName=NAME,
            Runtime="python3.13",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": _zip("index.py", _HANDLER)},
        )
        template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        client("cloudformation").create_stack(StackName=NAME, TemplateBody=json.dumps(template))
        client("cloudformation").get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=_SOON)
        client("codepipeline").create_pipeline(pipeline=_pipeline(role))
        self._serve(role)

    def _serve(self, role: str) -> None:
        sagemaker = self.client("sagemaker")
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{NAME}/train.csv"}
        sagemaker.create_training_job(
            TrainingJobName=NAME,
            RoleArn=role,
            AlgorithmSpecification={"TrainingImage": _IMAGE, "TrainingInputMode": "File"},
            HyperParameters={"num_round": "1"},
            InputDataConfig=[
                {"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{NAME}/models"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=NAME, WaiterConfig=_SOON)
        data = sagemaker.describe_training_job(TrainingJobName=NAME)["ModelArtifacts"]["S3ModelArtifacts"]
        container = {"Image": _IMAGE, "ModelDataUrl": data}
        sagemaker.create_model(ModelName=NAME, ExecutionRoleArn=role, PrimaryContainer=container)
        serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 20}
        variant = {"VariantName": "AllTraffic", "ModelName": NAME, "ServerlessConfig": serverless}
        sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME, WaiterConfig=_SOON)

    def round(self, own: str) -> None:
        """Make each call once; what it makes has ``own`` in its name, and goes again with it."""
        client = self._timed.__getitem__
        _storage(client("s3"), own)
        _access(client("iam"), client("sts"), own)
        _machine_learning(client("sagemaker"), client("sagemaker-runtime"))
        _logs(client("logs"), own)
        _events(client("events"), client("sns"), own)
        client("cloudformation").describe_stacks(StackName=NAME)
        client("cloudformation").describe_stack_events(StackName=NAME)
        client("codepipeline").get_pipeline_state(name=NAME)
        client("codepipeline").list_pipeline_executions(pipelineName=NAME)
        answer = client("lambda").invoke(FunctionName=NAME, Payload=b'"a"')
        if "FunctionError" in answer:
            raise FailedFunctionError(answer["Payload"].read().decode())
        client("lambda").list_functions()
        sealed = client("kms").encrypt(KeyId=self.key, Plaintext=b"a")["CiphertextBlob"]
        client("kms").decrypt(CiphertextBlob=sealed)

    def clear(self) -> None:
        """Delete all that ``build`` and the rounds made, and hang up."""
        client = self.client
        sagemaker = client("sagemaker")
        sagemaker.delete_endpoint(EndpointName=NAME)
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=NAME, WaiterConfig=_SOON)
        sagemaker.delete_endpoint_config(EndpointConfigName=NAME)
        sagemaker.delete_model(ModelName=NAME)
        sagemaker.delete_training_job(TrainingJobName=NAME)
        client("codepipeline").delete_pipeline(name=NAME)
        client("cloudformation").delete_stack(StackName=NAME)
        client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig=_SOON)
        client("lambda").delete_function(FunctionName=NAME)
        for group in client("logs").describe_log_groups()["logGroups"]:
            client("logs").delete_log_group(logGroupName=group["logGroupName"])
        client("kms").schedule_key_deletion(KeyId=self.key, PendingWindowInDays=7)
        client("iam").delete_role_policy(RoleName=NAME, PolicyName=NAME)
        client("iam").delete_role(RoleName=NAME)
        found = client("s3").list_object_versions(Bucket=NAME)
        for each in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            client("s3").delete_object(Bucket=NAME, Key=each["Key"], VersionId=each["VersionId"])
        client("s3").delete_bucket(Bucket=NAME)
        for one in self._clients.values():
            one.close()


def _storage(s3: Any, own: str) -> None:
    version = s3.put_object(Bucket=NAME, Key=f"{own}/a", Body=b"a" * 1024)["VersionId"]
    s3.head_object(Bucket=NAME, Key=f"{own}/a")
    s3.get_object(Bucket=NAME, Key=f"{own}/a")["Body"].read()
    s3.list_objects_v2(Bucket=NAME, Prefix=own)
    s3.delete_object(Bucket=NAME, Key=f"{own}/a", VersionId=version)


def _access(iam: Any, sts: Any, own: str) -> None:
    iam.create_role(RoleName=own, AssumeRolePolicyDocument=_document(_TRUST))
    iam.put_role_policy(RoleName=own, PolicyName=own, PolicyDocument=_document(_EVERYTHING))
    iam.get_role(RoleName=own)
    iam.delete_role_policy(RoleName=own, PolicyName=own)
    iam.delete_role(RoleName=own)
    sts.get_caller_identity()


def _machine_learning(sagemaker: Any, runtime: Any) -> None:
    sagemaker.describe_training_job(TrainingJobName=NAME)
    sagemaker.describe_endpoint(EndpointName=NAME)
    sagemaker.list_models()
    runtime.invoke_endpoint(EndpointName=NAME, ContentType="text/csv", Body=b"0,5")["Body"].read()


def _logs(logs: Any, own: str) -> None:
    logs.create_log_stream(logGroupName=NAME, logStreamName=own)
    line = {"timestamp": int(time.time() * 1000), "message": "a"}
    logs.put_log_events(logGroupName=NAME, logStreamName=own, logEvents=[line])
    logs.get_log_events(logGroupName=NAME, logStreamName=own)
    logs.filter_log_events(logGroupName=NAME, logStreamNames=[own])
    logs.delete_log_stream(logGroupName=NAME, logStreamName=own)


def _events(events: Any, sns: Any, own: str) -> None:
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    topic = sns.create_topic(Name=own, Attributes={"Policy": _document(allow)})["TopicArn"]
    sns.publish(TopicArn=topic, Message="a")
    events.put_rule(Name=own, EventPattern=json.dumps({"source": [own]}))
    events.put_targets(Rule=own, Targets=[{"Id": "a", "Arn": topic}])
    events.put_events(Entries=[{"Source": own, "DetailType": "a", "Detail": "{}"}])
    events.remove_targets(Rule=own, Ids=["a"])
    events.delete_rule(Name=own)
    sns.delete_topic(TopicArn=topic)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _zip(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o644 << 16  # Lambda runs nothing that it may not read
        archive.writestr(entry, text)
    return packed.getvalue()


def _pipeline(role: str) -> dict[str, Any]:
    """Return a pipeline that waits for an approval."""
    source = {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": NAME, "S3ObjectKey": "train.csv", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": "Data"}],
    }
    approval = {
        "name": "Approve",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    }
    return {
        "name": NAME,
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": NAME},
        "stages": [{"name": "Source", "actions": [source]}, {"name": "Approve", "actions": [approval]}],
    }
