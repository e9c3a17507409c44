"""Updates: nothing to do, in place, replacement, what is removed, and the way back when one fails."""

from collections.abc import Callable
from typing import Any

import pytest

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
IAM = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def logs(**properties: Any) -> dict[str, Any]:
    """Return a log group."""
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def role(**properties: Any) -> dict[str, Any]:
    """Return a role."""
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST} | properties}


def bucket(name: str, **members: Any) -> dict[str, Any]:
    """Return a bucket with a name of its own."""
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}} | members


def template(**resources: Any) -> dict[str, Any]:
    """Return a template of resources."""
    return {"Resources": resources}


def buckets(stack: Any) -> list[str]:
    """Return the names of all buckets."""
    return [found["Name"] for found in stack.client("s3").list_buckets()["Buckets"]]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(template(Logs=logs(RetentionInDays=7)), id="the same"),
        pytest.param(template(Logs=logs(RetentionInDays="7")), id="the same number as text"),
        pytest.param(template(Logs=logs(RetentionInDays=7)) | {"Description": "new"}, id="a description"),
        pytest.param(template(Logs=logs(RetentionInDays=7) | {"DeletionPolicy": "Retain"}), id="a deletion policy"),
        pytest.param(
            template(Logs=logs(RetentionInDays={"Ref": "Days"}))
            | {"Parameters": {"Days": {"Type": "Number", "Default": 7}}},
            id="a parameter of the same value",
        ),
    ],
)
def test_an_update_without_changes_is_refused(stack: Any, refusal: Callable[..., Any], changed: dict[str, Any]) -> None:
    stack.create(template(Logs=logs(RetentionInDays=7)))

    assert refusal(stack.update, template=changed) == ("ValidationError", "No updates are to be performed.")
    assert stack.settled()["StackStatus"] == "CREATE_COMPLETE"


def test_a_property_is_changed_in_place(stack: Any) -> None:
    stack.create(template(Logs=logs(RetentionInDays=7)))
    name = stack.physical_id("Logs")

    assert stack.update(template(Logs=logs(RetentionInDays=14)))["StackStatus"] == "UPDATE_COMPLETE"

    assert stack.physical_id("Logs") == name
    group = stack.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert group["retentionInDays"] == 14
    assert stack.story()[-5:] == [
        (stack.name, "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_IN_PROGRESS"),
        ("Logs", "UPDATE_COMPLETE"),
        (stack.name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        (stack.name, "UPDATE_COMPLETE"),
    ]


def test_a_new_name_means_a_new_resource_and_its_users_learn_of_it(stack: Any, bucket_name: str) -> None:
    resource = {"Fn::Sub": "${Bucket.Arn}/*"}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": resource}
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [denied]}},
    }
    old, new = f"{bucket_name}-old", f"{bucket_name}-new"
    stack.create(template(Bucket=bucket(old), Policy=policy))

    assert stack.update(template(Bucket=bucket(new), Policy=policy))["StackStatus"] == "UPDATE_COMPLETE"

    assert new in buckets(stack)
    assert old not in buckets(stack)
    assert stack.client("s3").get_bucket_policy(Bucket=new)["Policy"]
    assert stack.reason("Bucket", "UPDATE_IN_PROGRESS") == "Resource creation Initiated"
    start = stack.story().index((stack.name, "UPDATE_IN_PROGRESS"))
    assert stack.story()[start + 7 :] == [
        (stack.name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Policy", "DELETE_IN_PROGRESS"),
        ("Policy", "DELETE_COMPLETE"),
        ("Bucket", "DELETE_IN_PROGRESS"),
        ("Bucket", "DELETE_COMPLETE"),
        (stack.name, "UPDATE_COMPLETE"),
    ]


def test_a_custom_name_stands_in_the_way_of_a_replacement(stack: Any) -> None:
    stack.create(template(Role=role(RoleName="custom", Path="/old/")), **IAM)

    after = stack.update(template(Role=role(RoleName="custom", Path="/new/")), **IAM)

    assert after["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reason("Role", "UPDATE_FAILED") == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename custom and update the stack again."
    )
    assert stack.client("iam").get_role(RoleName="custom")["Role"]["Path"] == "/old/"


def test_what_aws_may_replace_is_replaced(stack: Any) -> None:
    events = stack.client("events")
    events.create_event_bus(Name=f"{stack.name}-bus")
    properties: dict[str, Any] = {"EventPattern": {"source": ["a"]}}
    rule = {"Type": "AWS::Events::Rule", "Properties": properties}
    stack.create(template(Rule=rule))
    old = stack.physical_id("Rule")
    properties["EventBusName"] = f"{stack.name}-bus"

    assert stack.update(template(Rule=rule))["StackStatus"] == "UPDATE_COMPLETE"

    assert [found["Name"] for found in events.list_rules(NamePrefix=old)["Rules"]] == []
    made = events.list_rules(EventBusName=f"{stack.name}-bus")["Rules"]
    assert [found["Name"] for found in made] == [stack.physical_id("Rule")]


def test_what_leaves_the_template_is_deleted(stack: Any, bucket_name: str) -> None:
    stack.create(template(Logs=logs(), Bucket=bucket(bucket_name)))

    stack.update(template(Logs=logs()))

    assert bucket_name not in buckets(stack)
    resources = stack.cloudformation.list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    assert [resource["LogicalResourceId"] for resource in resources] == ["Logs"]


def test_a_failed_update_goes_all_the_way_back(stack: Any, client: Any, bucket_name: str) -> None:
    taken, old = f"{bucket_name}-taken", f"{bucket_name}-old"
    client("s3").create_bucket(Bucket=taken)
    stack.create(template(Logs=logs(RetentionInDays=7), Moved=bucket(old), Gone=logs()))
    before = {name: stack.physical_id(name) for name in ("Logs", "Moved", "Gone")}
    wanted = template(
        Logs=logs(RetentionInDays=14),
        Moved=bucket(f"{bucket_name}-new"),
        Added=logs(),
        Taken=bucket(taken, DependsOn=["Logs", "Moved", "Added"]),
    )

    after = stack.update(wanted, DisableValidation=True)

    assert after["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reason = "The following resource(s) failed to create: [Taken]. "
    assert stack.reason(stack.name, "UPDATE_ROLLBACK_IN_PROGRESS") == reason
    assert {name: stack.physical_id(name) for name in before} == before
    group = client("logs").describe_log_groups(logGroupNamePrefix=before["Logs"])["logGroups"][0]
    assert group["retentionInDays"] == 7
    assert old in buckets(stack)
    assert f"{bucket_name}-new" not in buckets(stack)
    resources = stack.cloudformation.list_stack_resources(StackName=stack.name)["StackResourceSummaries"]
    assert sorted(resource["LogicalResourceId"] for resource in resources) == ["Gone", "Logs", "Moved"]
    kept = stack.cloudformation.get_template(StackName=stack.name)["TemplateBody"]["Resources"]
    assert sorted(kept) == ["Gone", "Logs", "Moved"]
    assert stack.update(template(Logs=logs(RetentionInDays=14)))["StackStatus"] == "UPDATE_COMPLETE"


def test_a_rolled_back_stack_cannot_be_updated(
    stack: Any, client: Any, refusal: Callable[..., Any], bucket_name: str
) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    stack.create(template(Taken=bucket(bucket_name)))

    assert refusal(stack.update, template=template(Logs=logs())) == (
        "ValidationError",
        f"Stack:{stack.id} is in ROLLBACK_COMPLETE state and can not be updated.",
    )


def test_a_resource_keeps_its_type(stack: Any, refusal: Callable[..., Any]) -> None:
    stack.create(template(Thing=logs()))

    assert refusal(stack.update, template=template(Thing={"Type": "AWS::S3::Bucket"})) == (
        "ValidationError",
        "Update of resource type is not permitted. The new template modifies resource type of the following "
        "resources: [Thing]",
    )


def test_previous_values_and_the_previous_template_are_kept(stack: Any) -> None:
    parameters = {"Days": {"Type": "Number"}, "Name": {"Type": "String"}}
    document = template(Logs=logs(RetentionInDays={"Ref": "Days"}, LogGroupName={"Ref": "Name"})) | {
        "Parameters": parameters
    }
    name = f"{stack.name}-group"
    days = [{"ParameterKey": "Days", "ParameterValue": "7"}]
    stack.create(document, Parameters=[*days, {"ParameterKey": "Name", "ParameterValue": name}])

    kept = [{"ParameterKey": "Name", "UsePreviousValue": True}]
    days[0]["ParameterValue"] = "14"
    stack.cloudformation.update_stack(StackName=stack.name, UsePreviousTemplate=True, Parameters=[*days, *kept])

    assert stack.settled()["StackStatus"] == "UPDATE_COMPLETE"
    group = stack.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert group["retentionInDays"] == 14


def test_the_stacks_tags_are_its_resources_tags(stack: Any) -> None:
    own = [{"Key": "own", "Value": "1"}, {"Key": "both", "Value": "resource"}]
    document = template(Role=role(Tags=own))

    def tags() -> dict[str, str]:
        found = stack.client("iam").list_role_tags(RoleName=stack.physical_id("Role"))["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    of_stack = [{"Key": "both", "Value": "stack"}, {"Key": "team", "Value": "a"}]
    assert stack.create(document, Tags=of_stack, **IAM)["Tags"] == of_stack
    assert tags() == {"own": "1", "both": "resource", "team": "a"}

    of_stack = [{"Key": "colour", "Value": "red"}]
    assert stack.update(document, Tags=of_stack, **IAM)["Tags"] == of_stack
    assert tags() == {"own": "1", "both": "resource", "colour": "red"}


def test_a_map_of_tags_takes_the_stacks_too(stack: Any) -> None:
    properties = {"Type": "String", "Value": "a", "Tags": {"own": "1", "both": "resource"}}
    document = template(Stored={"Type": "AWS::SSM::Parameter", "Properties": properties})

    stack.create(document, Tags=[{"Key": "both", "Value": "stack"}, {"Key": "team", "Value": "a"}])

    name = stack.physical_id("Stored")
    found = stack.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    others = {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}
    assert others == {"own": "1", "both": "resource", "team": "a"}


def test_tags_are_kept_unless_the_update_names_some(stack: Any) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    stack.create(template(Logs=logs()), Tags=tags)

    assert stack.update(template(Logs=logs(RetentionInDays=7)))["Tags"] == tags


def test_tags_are_a_change_also_where_no_resource_has_any(stack: Any) -> None:
    key_id = stack.client("kms").create_key()["KeyMetadata"]["KeyId"]
    properties = {"AliasName": f"alias/{stack.name}", "TargetKeyId": key_id}
    document = template(Alias={"Type": "AWS::KMS::Alias", "Properties": properties})
    stack.create(document)

    after = stack.update(document, Tags=[{"Key": "team", "Value": "a"}])

    assert (after["StackStatus"], after["Tags"]) == ("UPDATE_COMPLETE", [{"Key": "team", "Value": "a"}])
