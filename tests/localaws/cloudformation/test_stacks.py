"""A stack's story as AWS tells it: states, events in their order, and reasons."""

from typing import Any

BUCKET = {"Type": "AWS::S3::Bucket"}


def named(name: str) -> dict[str, Any]:
    """Return a bucket with a name of its own."""
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def test_a_stack_is_created_in_the_order_of_its_references(stack: Any, bucket_name: str) -> None:
    template = {
        "Resources": {
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": []},
                },
            },
            "Bucket": named(bucket_name),
        },
    }

    assert stack.create(template)["StackStatus"] == "CREATE_COMPLETE"
    assert stack.story() == [
        (stack.name, "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_COMPLETE"),
        ("Policy", "CREATE_IN_PROGRESS"),
        ("Policy", "CREATE_IN_PROGRESS"),
        ("Policy", "CREATE_COMPLETE"),
        (stack.name, "CREATE_COMPLETE"),
    ]


def test_a_bucket_that_exists_already_rolls_the_stack_back(stack: Any, client: Any, bucket_name: str) -> None:
    client("s3").create_bucket(Bucket=bucket_name)
    template = {"Resources": {"First": BUCKET, "Taken": named(bucket_name) | {"DependsOn": "First"}}}

    after = stack.create(template)

    assert after["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stack.reason("Taken", "CREATE_FAILED") == f"{bucket_name} already exists"
    assert stack.story()[4:] == [
        ("Taken", "CREATE_IN_PROGRESS"),
        ("Taken", "CREATE_FAILED"),
        (stack.name, "ROLLBACK_IN_PROGRESS"),
        ("Taken", "DELETE_COMPLETE"),
        ("First", "DELETE_IN_PROGRESS"),
        ("First", "DELETE_COMPLETE"),
        (stack.name, "ROLLBACK_COMPLETE"),
    ]
    expected = "The following resource(s) failed to create: [Taken]. Rollback requested by user."
    assert stack.reason(stack.name, "ROLLBACK_IN_PROGRESS") == expected
    assert bucket_name in [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]


def test_a_bucket_with_objects_stops_the_deletion(stack: Any, client: Any, bucket_name: str) -> None:
    stack.create({"Resources": {"Bucket": named(bucket_name)}})
    client("s3").put_object(Bucket=bucket_name, Key="a", Body=b"")

    assert stack.delete()["StackStatus"] == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in stack.reason("Bucket", "DELETE_FAILED")

    client("s3").delete_object(Bucket=bucket_name, Key="a")
    assert stack.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert bucket_name not in [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
