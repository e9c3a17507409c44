"""The functions of a workshop as strangers write them: not this project's, and in nothing like its style.

Files that travel between actions are plain JSON, encrypted with the workshop's own key.
"""

import io
import json
import os
import zipfile
from typing import Any

import boto3

sagemaker = boto3.client("sagemaker")
codepipeline = boto3.client("codepipeline")


def do_job(event: dict[str, Any], context: Any) -> None:
    """Do whichever step the user parameters name."""
    job = event["CodePipeline.job"]
    try:
        parameters = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        if STEPS[parameters["step"]](job["data"], parameters):
            codepipeline.put_job_success_result(jobId=job["id"])
        else:
            token = json.dumps({"previous": job["id"]})
            codepipeline.put_job_success_result(jobId=job["id"], continuationToken=token)
    except Exception as problem:  # noqa: BLE001 -- whatever it is, the pipeline must hear of it
        failure = {"type": "JobFailed", "message": str(problem), "externalExecutionId": context.aws_request_id}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=failure)


def approve(event: dict[str, Any], _: Any) -> None:
    """Approve what the message asks for."""
    wanted = json.loads(event["Records"][0]["Sns"]["Message"])["approval"]
    codepipeline.put_approval_result(
        **{name: wanted[name] for name in ("pipelineName", "stageName", "actionName", "token")},
        result={"summary": wanted["customData"] + " Yes.", "status": "Approved"},
    )


def train(data: dict[str, Any], parameters: dict[str, Any]) -> bool:
    where = json.loads(zipfile.ZipFile(io.BytesIO(read(data))).read("data.json"))
    store = data["outputArtifacts"][0]["location"]["s3Location"]["bucketName"]
    name = where["name"] + "-" + data["inputArtifacts"][0]["location"]["s3Location"]["objectKey"].split("/")[-1]
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": os.environ["IMAGE"], "TrainingInputMode": "File"},
        RoleArn=os.environ["MODEL_ROLE"],
        HyperParameters={"num_round": str(parameters["rounds"]), "objective": "reg:squarederror"},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": where["data"]}},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{store}/models"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    write(data, {"job": name, "endpoint": where["name"]})
    return True


def trained(data: dict[str, Any], _: dict[str, Any]) -> bool:
    known = json.loads(read(data))
    found = sagemaker.describe_training_job(TrainingJobName=known["job"])
    if found["TrainingJobStatus"] == "Completed":
        write(data, known | {"training": json.loads(json.dumps(found, default=str))})
    return done(found["TrainingJobStatus"], "Completed", found.get("FailureReason"))


def host(data: dict[str, Any], parameters: dict[str, Any]) -> bool:
    known = json.loads(read(data))
    model = known["job"]
    sagemaker.create_model(
        ModelName=model,
        ExecutionRoleArn=os.environ["MODEL_ROLE"],
        PrimaryContainer={
            "Image": known["training"]["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": known["training"]["ModelArtifacts"]["S3ModelArtifacts"],
        },
    )
    variant = {"VariantName": "AllTraffic", "ModelName": model, "InitialInstanceCount": 1}
    variant["InstanceType"] = parameters["instance"]
    sagemaker.create_endpoint_config(EndpointConfigName=model, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=known["endpoint"], EndpointConfigName=model)
    write(data, {"endpoint": known["endpoint"]})
    return True


def hosted(data: dict[str, Any], _: dict[str, Any]) -> bool:
    known = json.loads(read(data))
    found = sagemaker.describe_endpoint(EndpointName=known["endpoint"])
    write(data, known)
    return done(found["EndpointStatus"], "InService", found.get("FailureReason"))


def taste(data: dict[str, Any], parameters: dict[str, Any]) -> bool:
    answer = boto3.client("runtime.sagemaker").invoke_endpoint(
        EndpointName=json.loads(read(data))["endpoint"],
        ContentType="text/csv",
        Accept="text/csv",
        Body=parameters["row"].encode(),
    )
    return float(answer["Body"].read().decode("ascii")) > 0


def done(status: str, end: str, problem: str | None) -> bool:
    if status not in (end, "InProgress", "Creating"):
        raise RuntimeError(f"{status}: {problem}")
    return status == end


def artifact(data: dict[str, Any], direction: str) -> Any:
    secret = data["artifactCredentials"]
    session = boto3.Session(secret["accessKeyId"], secret["secretAccessKey"], secret["sessionToken"])
    place = data[direction][0]["location"]["s3Location"]
    return session.resource("s3").Object(place["bucketName"], place["objectKey"])


def read(data: dict[str, Any]) -> Any:
    return artifact(data, "inputArtifacts").get()["Body"].read()


def write(data: dict[str, Any], content: dict[str, Any]) -> None:
    artifact(data, "outputArtifacts").put(
        Body=json.dumps(content), ServerSideEncryption="aws:kms", SSEKMSKeyId=os.environ["KEY_ID"]
    )


STEPS = {"train": train, "trained": trained, "host": host, "hosted": hosted, "taste": taste}
