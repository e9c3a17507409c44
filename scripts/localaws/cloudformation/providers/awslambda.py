"""Functions, who may invoke them, and how they are invoked asynchronously."""

import io
import zipfile
from pathlib import Path
from typing import Any

from localaws.clock import durations
from localaws.cloudformation.failures import ResourceError
from localaws.cloudformation.providers.base import Clients, Provider, Work, given, tags_of

_NAME_LIMIT = 64
_STATEMENT_ID_LIMIT = 100
# What an update that takes a property away goes back to: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_DEFAULTS: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "MemorySize": 128,
    "Timeout": 3,
    "DeadLetterConfig": {},
}
_CONFIGURATION = ("Handler", "LoggingConfig", "Role", "Runtime", *_DEFAULTS)


class Function(Provider):
    """AWS::Lambda::Function, from a zip file in S3 or from source text in the template."""

    type = "AWS::Lambda::Function"
    effective = (
        "Code.S3Bucket",
        "Code.S3Key",
        "Code.S3ObjectVersion",
        "Code.ZipFile",
        "DeadLetterConfig",
        "Environment",
        "FunctionName",
        "Handler",
        "LoggingConfig",
        "MemorySize",
        "PackageType",
        "ReservedConcurrentExecutions",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
    )
    stored = ("Architectures", "Description", "EphemeralStorage", "TracingConfig")
    attribute_names = ("Arn",)
    fixed = ("Architectures", "EphemeralStorage", "TracingConfig")  # moto keeps the first
    name_property = "FunctionName"

    def exists(self, client: Clients, name: str) -> bool:
        return bool(client("lambda").get_function_configuration(FunctionName=name))

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        name = properties.get("FunctionName") or work.generated_name(_NAME_LIMIT)
        options = given(properties, *_CONFIGURATION, *self.fixed, "PackageType")
        work.client("lambda").create_function(
            FunctionName=name, Code=_code(properties), Tags=tags_of(properties), **options
        )
        work.identified(name)
        _settle(work, name)
        self._reserve(work, name, {}, properties)

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        function = work.client("lambda")
        if old["Code"] != new["Code"]:
            function.update_function_code(FunctionName=physical_id, **_code(new))
            _settle(work, physical_id)
        defaults = _DEFAULTS | {"LoggingConfig": {"LogGroup": f"/aws/lambda/{physical_id}"}}
        before, after = ({**defaults, **given(p, *_CONFIGURATION)} for p in (old, new))
        if before != after:
            function.update_function_configuration(FunctionName=physical_id, **after)
            _settle(work, physical_id)
        self._reserve(work, physical_id, old, new)
        arn = work.arn("lambda", f"function:{physical_id}")
        if gone := tags_of(old).keys() - tags_of(new).keys():
            function.untag_resource(Resource=arn, TagKeys=sorted(gone))
        if tags := tags_of(new):
            function.tag_resource(Resource=arn, Tags=tags)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("lambda").delete_function(FunctionName=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Arn": work.arn("lambda", f"function:{physical_id}")}

    def _reserve(self, work: Work, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        number = "ReservedConcurrentExecutions"
        if number in new:
            work.client("lambda").put_function_concurrency(FunctionName=name, **given(new, number))
        elif number in old:
            work.client("lambda").delete_function_concurrency(FunctionName=name)


class Permission(Provider):
    """AWS::Lambda::Permission. Every change replaces it."""

    type = "AWS::Lambda::Permission"
    effective = ("Action", "FunctionName", "Principal", "SourceAccount", "SourceArn")
    attribute_names = ("Id",)

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        statement_id = work.generated_name(_STATEMENT_ID_LIMIT)
        work.client("lambda").add_permission(StatementId=statement_id, **properties)
        work.identified(statement_id)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        name = properties["FunctionName"]
        work.client("lambda").remove_permission(FunctionName=name, StatementId=physical_id)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Id": physical_id}


class EventInvokeConfig(Provider):
    """AWS::Lambda::EventInvokeConfig."""

    type = "AWS::Lambda::EventInvokeConfig"
    effective = (
        "DestinationConfig",
        "FunctionName",
        "MaximumEventAgeInSeconds",
        "MaximumRetryAttempts",
        "Qualifier",
    )

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        self.update(work, "", {}, properties)
        work.identified(f"{properties['FunctionName']}|{properties['Qualifier']}")

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        work.client("lambda").put_function_event_invoke_config(**new)

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("lambda").delete_function_event_invoke_config(**given(properties, "FunctionName", "Qualifier"))


class Version(Provider):
    """AWS::Lambda::Version: what the function is when the version is made. Every change makes another."""

    type = "AWS::Lambda::Version"
    effective = ("FunctionName",)
    stored = ("Description",)
    attribute_names = ("FunctionArn", "Version")

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        functions = work.client("lambda")
        pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=properties["FunctionName"])
        existing = [version["Version"] for page in pages for version in page["Versions"]]
        published = functions.publish_version(**properties)
        # Lambda answers the last version when nothing has changed since.
        if published["Version"] in existing:
            raise ResourceError(
                f"A version for this Lambda function exists ( {published['Version']} ). Modify the function to create "
                "a new version."
            )
        work.identified(published["FunctionArn"])

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        function, _, version = physical_id.rpartition(":")
        work.client("lambda").delete_function(FunctionName=function, Qualifier=version)

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"FunctionArn": physical_id, "Version": physical_id.rpartition(":")[2]}


class Alias(Provider):
    """AWS::Lambda::Alias of one version."""

    type = "AWS::Lambda::Alias"
    effective = ("FunctionName", "FunctionVersion", "Name")
    stored = ("Description",)
    attribute_names = ("AliasArn",)
    name_property = "Name"

    def create(self, work: Work, properties: dict[str, Any]) -> None:
        work.identified(work.client("lambda").create_alias(**properties)["AliasArn"])

    def update(self, work: Work, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        work.client("lambda").update_alias(**{"Description": "", **new})

    def delete(self, work: Work, physical_id: str, properties: dict[str, Any]) -> None:
        work.client("lambda").delete_alias(**given(properties, "FunctionName", "Name"))

    def attributes(self, work: Work, physical_id: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"AliasArn": physical_id}


def _settle(work: Work, name: str) -> None:
    """Wait until a function is ready for its next change, as those who depend on it expect."""
    patience = {"Delay": durations.function_change / 2}
    for waiter in ("function_active_v2", "function_updated_v2"):
        work.client("lambda").get_waiter(waiter).wait(FunctionName=name, WaiterConfig=patience)


def _code(properties: dict[str, Any]) -> dict[str, Any]:
    code: dict[str, Any] = properties["Code"]
    if "ZipFile" not in code:
        return code
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html (ZipFile)
    runtime = properties.get("Runtime", "")
    if not runtime.startswith("python"):
        raise ResourceError(f"Local AWS takes source text for Python functions only, not for {runtime!r}")
    packed = io.BytesIO()
    source = zipfile.ZipInfo("index.py")  # of 1980, so that equal sources are equal zips
    source.external_attr = 0o644 << 16  # Lambda could not read it otherwise
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(source, code["ZipFile"])
        if "cfnresponse" in code["ZipFile"]:
            answering = zipfile.ZipInfo("cfnresponse.py")
            answering.external_attr = source.external_attr
            archive.writestr(answering, Path(__file__).with_name("cfnresponse.py").read_text("utf-8"))
    return {"ZipFile": packed.getvalue()}
