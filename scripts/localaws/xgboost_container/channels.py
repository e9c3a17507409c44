"""The channels of a training job: which may exist, and how they must be configured.

Source: sagemaker_xgboost_container/algorithm_mode/channel_validation.py, sagemaker_algorithm_toolkit.
"""

from collections.abc import Mapping
from typing import Any

from localaws.xgboost_container.errors import UserError

CSV = "csv"
LIBSVM = "libsvm"
_TEXT_FORMATS = {CSV: CSV, "text/csv": CSV, LIBSVM: LIBSVM, "text/libsvm": LIBSVM, "text/x-libsvm": LIBSVM}
_BINARY_FORMATS = ["parquet", "recordio-protobuf", "application/x-parquet", "application/x-recordio-protobuf"]
_CONTENT_TYPES = [CSV, LIBSVM, "parquet", "recordio-protobuf", "text/csv", "text/libsvm", "text/x-libsvm"]
_CONTENT_TYPES += ["application/x-parquet", "application/x-recordio-protobuf"]
_PIPED = [CSV, "text/csv", *_BINARY_FORMATS]
_CHANNELS = ("train", "validation", "code")


def validate(channels: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the channels with their default content type; raise UserError in the image's words."""
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    validated = {}
    for name, given in channels.items():
        if name not in _CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")
        channel = {"ContentType": "text/libsvm"} | dict(given)
        if not _is_supported(name, channel):
            raise UserError(f"Channel configuration for '{name}' channel is not supported: {channel}")
        validated[name] = channel
    if "code" in validated:
        raise UserError("Local AWS does not implement script mode: it accepts no channel named code.")
    if validated["train"]["TrainingInputMode"] == "Pipe":
        kind = "CSV" if data_format(validated["train"]["ContentType"]) == CSV else "this format"
        raise UserError(f"Pipe mode for {kind} is no longer supported.")
    return validated


def _is_supported(name: str, channel: Mapping[str, Any]) -> bool:
    if name == "code":
        return bool(channel["ContentType"] == "text/python")
    allowed = {"File": _CONTENT_TYPES, "Pipe": _PIPED}.get(channel["TrainingInputMode"], [])
    return channel["ContentType"] in allowed


def data_format(content_type: str | None) -> str:
    """Return ``csv`` or ``libsvm`` for a content type of a channel or a request; absent means libsvm."""
    kind, *parameters = [part.strip() for part in (content_type or LIBSVM).lower().split(";")]
    sizes = [parameter.partition("=")[2] for parameter in parameters if parameter.startswith("label_size=")]
    if kind in (CSV, "text/csv") and any(size != "1" for size in sizes):
        raise UserError(
            f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    if kind in _BINARY_FORMATS:
        raise UserError(f"Local AWS does not read {kind}, only text/csv and text/libsvm.")
    if kind not in _TEXT_FORMATS:
        raise UserError(f"{content_type} is not an accepted ContentType: {', '.join(_CONTENT_TYPES)}.")
    return _TEXT_FORMATS[kind]
