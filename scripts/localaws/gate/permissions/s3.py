"""S3: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

from localaws.gate import encryption
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Need, Row, Table


def _bucket_arn(call: Call) -> str:
    return f"arn:aws:s3:::{call.parameters['Bucket']}"


def _object_arn(call: Call) -> str:
    return f"{_bucket_arn(call)}/{call.parameters['Key']}"


def _bucket(call: Call) -> list[str]:
    return [_bucket_arn(call)]


def _object(call: Call) -> list[str]:
    return [_object_arn(call)]


def _on_bucket(action: str) -> Row:
    return Row(_bucket, f"s3:{action}")


def _versioned(call: Call, action: str) -> str:
    """Return the action for an object or, when the call names a version, the one for a version of it."""
    return f"s3:{action.replace('Object', 'ObjectVersion') if call.parameters.get('VersionId') else action}"


def _read(call: Call) -> Iterator[Need]:
    """What reading an object needs: also to be told that there is none takes a right, that to list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Permissions
    """
    bucket, key, version = call.parameters["Bucket"], call.parameters["Key"], call.parameters.get("VersionId")
    context = {"s3:versionid": version} if version else {}
    yield Need(_versioned(call, "GetObject"), _object_arn(call), context)
    if encryption.is_missing(bucket, key, version):
        yield Need("s3:ListBucket", _bucket_arn(call))
    else:
        yield from encryption.to_read(bucket, key, version)


def _copied(call: Call) -> Call:
    """Return the reading of a copy's source: ``bucket/key``, perhaps with a slash before and a version behind."""
    path, _, query = str(call.parameters["CopySource"]).partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    source = {"Bucket": bucket, "Key": key} | ({"VersionId": query} if query else {})
    return replace(call, parameters=source)


def _copy_source(call: Call) -> Iterator[Need]:
    source = _copied(call)
    yield from _read(source)
    if call.operation == "CopyObject" and call.parameters.get("TaggingDirective", "COPY") == "COPY":
        bucket, key = source.parameters["Bucket"], source.parameters["Key"]
        if encryption.has_tags(bucket, key, source.parameters.get("VersionId")):
            yield Need(_versioned(source, "GetObjectTagging"), _object_arn(source))
            yield Need("s3:PutObjectTagging", _object_arn(call))


def _encrypted(call: Call) -> Iterator[Need]:
    algorithm, key = (call.parameters.get(name) for name in ("ServerSideEncryption", "SSEKMSKeyId"))
    yield from encryption.to_write(call.parameters["Bucket"], call.parameters["Key"], algorithm, key)


def _written(call: Call) -> Iterator[Need]:
    """What writing an object needs beside s3:PutObject."""
    if call.operation == "CopyObject":
        yield from _copy_source(call)
    yield from _encrypted(call)
    tags = dict(parse_qsl(str(call.parameters.get("Tagging") or "")))
    if tags:
        keys = {f"s3:requestobjecttag/{key.lower()}": value for key, value in tags.items()}
        yield Need("s3:PutObjectTagging", _object_arn(call), keys | {"s3:requestobjecttagkeys": tuple(tags)})
    if call.parameters.get("ACL"):
        yield Need("s3:PutObjectAcl", _object_arn(call), {"s3:x-amz-acl": call.parameters["ACL"]})


def _part(call: Call) -> Iterator[Need]:
    """What a part of an upload needs: with a key of KMS, also to read, as parts are joined after they are read.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
    """
    if call.operation == "UploadPartCopy":
        yield from _copy_source(call)
    yield from encryption.to_join(call.parameters["Bucket"], call.parameters["Key"], call.parameters["UploadId"])


def _deleted(call: Call) -> Iterator[Need]:
    for each in call.parameters["Delete"].get("Objects", []):
        version = {"VersionId": each["VersionId"]} if each.get("VersionId") else {}
        one = replace(call, parameters={"Bucket": call.parameters["Bucket"], "Key": each["Key"], **version})
        yield Need(_versioned(one, "DeleteObject"), _object_arn(one), {"s3:versionid": each.get("VersionId", "")})


def _nothing(_call: Call) -> list[str]:
    return []


_ENCRYPTION_KEYS = {
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
}
_WRITE_KEYS = _ENCRYPTION_KEYS | {
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
}
_LIST_KEYS = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}
_READS = Row(_nothing, also=_read)
_PARTS = Row(_object, "s3:PutObject", also=_part)


def _of_version(action: str) -> Row:
    """Return the row of an action that has another name when the call names a version."""
    return Row(_nothing, also=lambda call: [Need(_versioned(call, action), _object_arn(call))])


TABLE: Table = {
    "ListBuckets": Row("*", "s3:ListAllMyBuckets"),
    "CreateBucket": Row(
        _bucket, keys={"s3:locationconstraint": "CreateBucketConfiguration.LocationConstraint", "s3:x-amz-acl": "ACL"}
    ),
    "DeleteBucket": Row(_bucket),
    "HeadBucket": _on_bucket("ListBucket"),
    "ListObjects": Row(_bucket, "s3:ListBucket", keys=_LIST_KEYS),
    "ListObjectsV2": Row(_bucket, "s3:ListBucket", keys=_LIST_KEYS),
    "ListObjectVersions": Row(_bucket, "s3:ListBucketVersions", keys=_LIST_KEYS),
    "ListMultipartUploads": _on_bucket("ListBucketMultipartUploads"),
    "GetObject": _READS,
    "HeadObject": _READS,
    "GetObjectAttributes": Row(_object, also=_read),
    "PutObject": Row(_object, keys=_WRITE_KEYS, also=_written),
    "CopyObject": Row(_object, "s3:PutObject", keys=_WRITE_KEYS, also=_written),
    "CreateMultipartUpload": Row(_object, "s3:PutObject", keys=_WRITE_KEYS, also=_written),
    "UploadPart": _PARTS,
    "UploadPartCopy": _PARTS,
    "CompleteMultipartUpload": _PARTS,
    "AbortMultipartUpload": Row(_object),
    "ListParts": Row(_object, "s3:ListMultipartUploadParts"),
    "DeleteObject": _of_version("DeleteObject"),
    "DeleteObjects": Row(_nothing, also=_deleted),
    "GetObjectTagging": _of_version("GetObjectTagging"),
    "PutObjectTagging": _of_version("PutObjectTagging"),
    "DeleteObjectTagging": _of_version("DeleteObjectTagging"),
    "GetObjectAcl": _of_version("GetObjectAcl"),
    "PutObjectAcl": _of_version("PutObjectAcl"),
    "GetBucketAcl": Row(_bucket),
    "PutBucketAcl": Row(_bucket, keys={"s3:x-amz-acl": "ACL"}),
    "GetBucketCors": _on_bucket("GetBucketCORS"),
    "PutBucketCors": _on_bucket("PutBucketCORS"),
    "DeleteBucketCors": _on_bucket("PutBucketCORS"),
    "GetBucketEncryption": _on_bucket("GetEncryptionConfiguration"),
    "PutBucketEncryption": _on_bucket("PutEncryptionConfiguration"),
    "DeleteBucketEncryption": _on_bucket("PutEncryptionConfiguration"),
    "GetBucketLifecycleConfiguration": _on_bucket("GetLifecycleConfiguration"),
    "PutBucketLifecycleConfiguration": _on_bucket("PutLifecycleConfiguration"),
    "DeleteBucketLifecycle": _on_bucket("PutLifecycleConfiguration"),
    "GetBucketLocation": Row(_bucket),
    "GetBucketLogging": Row(_bucket),
    "PutBucketLogging": Row(_bucket),
    "GetBucketNotificationConfiguration": _on_bucket("GetBucketNotification"),
    "PutBucketNotificationConfiguration": _on_bucket("PutBucketNotification"),
    "GetBucketOwnershipControls": Row(_bucket),
    "PutBucketOwnershipControls": Row(_bucket),
    "DeleteBucketOwnershipControls": _on_bucket("PutBucketOwnershipControls"),
    "GetBucketPolicy": Row(_bucket),
    "PutBucketPolicy": Row(_bucket),
    "DeleteBucketPolicy": Row(_bucket),
    "GetBucketPolicyStatus": Row(_bucket),
    "GetBucketTagging": Row(_bucket),
    "PutBucketTagging": Row(_bucket),
    "DeleteBucketTagging": _on_bucket("PutBucketTagging"),
    "GetBucketVersioning": Row(_bucket),
    "PutBucketVersioning": Row(_bucket),
    "GetPublicAccessBlock": _on_bucket("GetBucketPublicAccessBlock"),
    "PutPublicAccessBlock": _on_bucket("PutBucketPublicAccessBlock"),
    "DeletePublicAccessBlock": _on_bucket("PutBucketPublicAccessBlock"),
}
