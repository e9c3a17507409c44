"""IAM's limits of names and texts, which are those of botocore's model; of a name with other signs it has own words."""

import re
from collections.abc import Mapping
from typing import Any

from localaws import constraints

_OTHER_SIGNS = (
    "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
)
# What botocore has for the names of users, groups, roles and policies.
_OF_A_NAME = re.compile(
    r"1 validation error detected: Value '.*' at '(\w+)' failed to satisfy constraint: "
    r"Member must satisfy regular expression pattern: " + re.escape(r"[\w+=,.@-]+"),
    re.DOTALL,
)


def broken(operation: str, parameters: Mapping[str, Any]) -> str:
    """Return what IAM says of a request that breaks a limit, or nothing."""
    told = constraints.broken("iam", operation, parameters)
    if name := _OF_A_NAME.fullmatch(told):
        return _OTHER_SIGNS.format(name[1])
    return told
