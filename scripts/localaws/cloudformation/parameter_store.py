"""What templates read from Parameter Store: SSM parameter types and ``{{resolve:ssm:...}}``.

The rules and messages are those that people observed on AWS: a SecureString is refused, labels are not known, list
types are split and trimmed, dynamic references are not. References are read anew by every operation on a stack.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from localaws.cloudformation.errors import ValidationError

_REFERENCE = re.compile(r"\{\{resolve:(?P<service>[a-z-]+):(?P<name>.*?)\}\}")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+(:\d+)?")
_SSM, _SECURE = "ssm", "ssm-secure"


@dataclass(frozen=True)
class Stored:
    """A parameter's type and value in Parameter Store."""

    type: str
    value: str


class ParameterStore:
    """Parameter Store as one caller may read it."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def find(self, name: str) -> Stored | None:
        """Return a parameter by its name or ``name:version``, or None when there is none."""
        try:
            found = self._client("ssm").get_parameter(Name=name)["Parameter"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ParameterNotFound", "ParameterVersionNotFound"):
                return None
            raise ValidationError(error.response["Error"]["Message"]) from error
        return Stored(found["Type"], found["Value"])

    def parameter(self, name: str, *, is_list: bool) -> str:
        """Return what a template's parameter of an SSM type is worth; raise ValidationError as CloudFormation does."""
        stored = self.find(name)
        if stored is None:
            raise ValidationError(f"Unable to fetch parameters [{name}] from parameter store for this account.")
        if stored.type == "SecureString":
            raise ValidationError(
                f"Parameters [{name}] referenced by template have types not supported by CloudFormation."
            )
        if (stored.type == "StringList") != is_list:
            raise ValidationError(f"Types for SSM parameters [{name}] defined in CFN template and SSM are incompatible")
        return ",".join(item.strip() for item in stored.value.split(",")) if is_list else stored.value

    def reference(self, name: str) -> str:
        """Return what a dynamic reference to ``name`` or ``name:version`` is worth, exactly as it is stored."""
        stored = self.find(name)
        if stored is None:
            raise ValidationError(f"Parameters: [ssm:{name}] cannot be found.")
        if stored.type == "SecureString":
            raise ValidationError(f"Non-secure ssm prefix was used for secure parameter {name.partition(':')[0]}")
        return stored.value


def names_in(value: Any, path: str) -> Iterator[str]:
    """Yield the names of the dynamic references in a value; raise ValidationError for those that may not be there.

    ``path`` is where the value is: ``AWS::Lambda::Function/Properties``.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield from names_in(item, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item, path)
    elif isinstance(value, str):
        for match in _REFERENCE.finditer(value):
            yield _checked(match, path)


def _checked(match: re.Match[str], path: str) -> str:
    service, name = match["service"], match["name"]
    if service not in (_SSM, _SECURE):
        raise ValidationError(f"Local AWS does not support dynamic references to {service}: {match[0]}")
    if not _NAME.fullmatch(name):
        raise ValidationError(f"Incorrect format is used in the following SSM reference: [{match[0]}]")
    if service == _SECURE:
        # AWS allows it for passwords of eleven resource types, none of which local AWS provisions.
        raise ValidationError(f"SSM Secure reference is not supported in: [{path}]")
    return name


def replaced(value: Any, worth: Mapping[str, str]) -> Any:
    """Return a value with its dynamic references replaced by what their names are worth, as far as that is known."""
    if isinstance(value, dict):
        return {key: replaced(item, worth) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, worth) for item in value]
    return _REFERENCE.sub(lambda match: worth.get(match["name"], match[0]), value) if isinstance(value, str) else value
