"""What CreateTransformJob may hold: AWS's rules that botocore's model does not say, and what local AWS does not honour.

The rules are those of botocore's descriptions.
"""

from collections.abc import Mapping
from typing import Any

from localaws.sagemaker.errors import invalid
from localaws.sagemaker.rules import check_uri, refuse_unknown
from localaws.sagemaker.transform_records import Selection

_MOST_AT_ONCE = 100  # MB: botocore, MaxPayloadInMB's description
UNVERIFIED_STRATEGY = "To set BatchStrategy, SplitType must be Line, RecordIO or TFRecord."
UNVERIFIED_NO_LIMIT = "MaxPayloadInMB 0 needs chunked encoding, which built-in algorithms do not support."
UNVERIFIED_TOO_MUCH_AT_ONCE = f"MaxConcurrentTransforms times MaxPayloadInMB must not exceed {_MOST_AT_ONCE} MB."
UNVERIFIED_FILTER = "{name} {given} is not a JSONPath of a row of CSV, such as $, $[1:] or $[0,5:]."
_ANY: dict[str, Any] = {}  # a member that is taken whole

# Members that take effect, and (marked) those that are only stored and returned.
_TRANSFORM_JOB = {
    "TransformJobName": _ANY,
    "ModelName": _ANY,
    "MaxConcurrentTransforms": _ANY,  # stored: requests go one after another
    "ModelClientConfig": {"InvocationsTimeoutInSeconds": _ANY, "InvocationsMaxRetries": _ANY},
    "MaxPayloadInMB": _ANY,
    "BatchStrategy": _ANY,
    "Environment": _ANY,
    "TransformInput": {
        "DataSource": {"S3DataSource": {"S3DataType": _ANY, "S3Uri": _ANY}},
        "ContentType": _ANY,
        "CompressionType": _ANY,  # None alone, see below
        "SplitType": _ANY,
    },
    "TransformOutput": {"S3OutputPath": _ANY, "Accept": _ANY, "AssembleWith": _ANY, "KmsKeyId": _ANY},
    "TransformResources": {
        "InstanceType": _ANY,  # stored
        "InstanceCount": _ANY,  # stored
        "VolumeKmsKeyId": _ANY,  # stored
    },
    "DataProcessing": {"InputFilter": _ANY, "OutputFilter": _ANY, "JoinSource": _ANY},
    "Tags": _ANY,
}


def check_transform_job(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a transform job that AWS, or local AWS, does not start."""
    refuse_unknown("CreateTransformJob", _TRANSFORM_JOB, request)
    data, output = request["TransformInput"], request["TransformOutput"]
    source = data["DataSource"]["S3DataSource"]
    check_uri("S3Uri", source["S3Uri"])
    check_uri("S3OutputPath", output["S3OutputPath"])
    if source["S3DataType"] != "S3Prefix":
        raise invalid(f"Local AWS does not implement S3DataType {source['S3DataType']} of CreateTransformJob.")
    if data.get("CompressionType", "None") != "None":
        raise invalid(f"Local AWS does not implement CompressionType {data['CompressionType']} of CreateTransformJob.")
    if data.get("SplitType", "None") not in ("None", "Line"):
        raise invalid(f"Local AWS does not implement SplitType {data['SplitType']} of CreateTransformJob.")
    if "BatchStrategy" in request and data.get("SplitType", "None") == "None":
        raise invalid(UNVERIFIED_STRATEGY)
    _check_sizes(request)
    _check_processing(request.get("DataProcessing", {}), data.get("ContentType", ""))


def _check_sizes(request: Mapping[str, Any]) -> None:
    largest = request.get("MaxPayloadInMB")
    if largest == 0:
        raise invalid(UNVERIFIED_NO_LIMIT)
    if largest and largest * max(1, request.get("MaxConcurrentTransforms", 1)) > _MOST_AT_ONCE:
        raise invalid(UNVERIFIED_TOO_MUCH_AT_ONCE)


def _check_processing(processing: Mapping[str, str], content_type: str) -> None:
    for name in ("InputFilter", "OutputFilter"):
        try:
            Selection.parse(processing.get(name, "$"))
        except ValueError:
            raise invalid(UNVERIFIED_FILTER.format(name=name, given=processing[name])) from None
    if processing and content_type.partition(";")[0].strip() != "text/csv":
        raise invalid(f"Local AWS processes data of ContentType text/csv alone: it is {content_type or 'not given'}.")
