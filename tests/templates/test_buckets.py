"""Every bucket has every protection, and none outlives its stack or blocks the next one."""

from typing import Any

import pytest

Template = dict[str, Any]

NAMES = {
    "TrainingDataBucket": "mlops-builtinalgo-data-${SuffixID}",
    "LambdaCodeBucket": "mlops-builtinalgo-lambda-code-${SuffixID}",
    "ModelBucket": "mlops-builtinalgo-model-artifacts-${SuffixID}",
    "ArtifactBucket": "mlops-builtinalgo-pipeline-artifacts-${SuffixID}",
}
AES256 = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
KMS = [
    {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": {"Fn::If": ["HasKmsKey", {"Ref": "SSEKMSKeyId"}, {"Ref": "AWS::NoValue"}]},
        },
    }
]
ENCRYPTION = {"TrainingDataBucket": AES256, "LambdaCodeBucket": AES256, "ModelBucket": KMS, "ArtifactBucket": KMS}


@pytest.fixture
def resources(prep: Template, pipeline: Template) -> Template:
    return {**prep["Resources"], **pipeline["Resources"]}


@pytest.fixture(params=NAMES)
def bucket(request: pytest.FixtureRequest) -> str:
    """The logical id of each bucket in turn."""
    logical_id: str = request.param
    return logical_id


@pytest.fixture
def properties(resources: Template, bucket: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[bucket]["Properties"]
    return found


def test_no_bucket_is_forgotten(resources: Template) -> None:
    assert {logical_id for logical_id, r in resources.items() if r["Type"] == "AWS::S3::Bucket"} == set(NAMES)


def test_name(properties: dict[str, Any], bucket: str) -> None:
    assert properties["BucketName"] == {"Fn::Sub": NAMES[bucket]}


def test_versions_are_kept(properties: dict[str, Any]) -> None:
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


def test_objects_are_encrypted(properties: dict[str, Any], bucket: str) -> None:
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"] == ENCRYPTION[bucket]


def test_public_access_is_blocked(properties: dict[str, Any]) -> None:
    assert properties["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_the_owner_owns_every_object(properties: dict[str, Any]) -> None:
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_old_versions_and_unfinished_uploads_expire(properties: dict[str, Any], bucket: str) -> None:
    (rule,) = properties["LifecycleConfiguration"]["Rules"]

    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] > 0
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] > 0
    assert not {"Prefix", "TagFilters"} & set(rule), "the rule holds for every object"
    # Data, zips and models stay. An artifact is never overwritten: only its age can end it.
    assert rule.get("ExpirationInDays") == (90 if bucket == "ArtifactBucket" else None)


def test_only_tls_is_spoken(resources: Template, bucket: str) -> None:
    policies = [
        r["Properties"]
        for r in resources.values()
        if r["Type"] == "AWS::S3::BucketPolicy" and r["Properties"]["Bucket"] == {"Ref": bucket}
    ]

    assert [policy["PolicyDocument"]["Statement"] for policy in policies] == [
        [
            {
                "Sid": "DenyInsecureConnections",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [{"Fn::GetAtt": [bucket, "Arn"]}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    ]


def test_arrival_of_data_is_announced(prep: Template) -> None:
    notifications = prep["Resources"]["TrainingDataBucket"]["Properties"]["NotificationConfiguration"]

    assert notifications == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_nothing_with_a_fixed_name_outlives_its_stack(resources: Template) -> None:
    """Retained, it would make the next stack of the same suffix fail because the name is taken."""
    kept = ("AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::CodeCommit::Repository")
    policies = {
        logical_id: (r.get("DeletionPolicy"), r.get("UpdateReplacePolicy"))
        for logical_id, r in resources.items()
        if r["Type"] in kept
    }

    assert {logical_id for logical_id, policy in policies.items() if policy != ("Delete", "Delete")} == set()


def test_key_encrypts_artifacts(pipeline: Template) -> None:
    assert pipeline["Resources"]["Pipeline"]["Properties"]["ArtifactStore"] == {
        "Type": "S3",
        "Location": {"Ref": "ArtifactBucket"},
        "EncryptionKey": {
            "Fn::If": ["HasKmsKey", {"Type": "KMS", "Id": {"Ref": "SSEKMSKeyId"}}, {"Ref": "AWS::NoValue"}]
        },
    }


def test_no_key_means_an_empty_parameter(pipeline: Template) -> None:
    assert pipeline["Conditions"]["HasKmsKey"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "SSEKMSKeyId"}, ""]}]}
