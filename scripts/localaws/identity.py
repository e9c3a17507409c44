"""Who calls: the local administrator, a role that a service assumes, and the secret behind an access key."""

import json

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localaws.wire import Credentials

ADMINISTRATOR = "local"
_HOUR = 3600


class AccessDeniedException(ServiceException):
    """A role that may not be assumed, in STS's words."""

    code = "AccessDenied"


def create_administrator() -> Credentials:
    """Create the IAM user that a person works as, with a new access key."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user("us-east-1", ADMINISTRATOR)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(ADMINISTRATOR, "Administrator", json.dumps(everything))
    key = iam.create_access_key(ADMINISTRATOR)
    return Credentials(key.access_key_id, key.secret_access_key)


def assume_role(role_arn: str, service_principal: str, session_name: str, region: str) -> Credentials:
    """Return temporary credentials of a role, as a service (``lambda.amazonaws.com``) gets them.

    Raises AccessDeniedException when the role does not exist or does not trust the service.
    """
    denied = AccessDeniedException(
        f"User: {service_principal} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    )
    account_id = role_arn.split(":")[4]
    role = next((role for role in list(iam_backends[account_id]["aws"].roles.values()) if role.arn == role_arn), None)
    if role is None or f'"{service_principal}"' not in role.assume_role_policy_document:
        raise denied
    assumed = sts_backends[account_id]["aws"].assume_role(region, session_name, role_arn, "", _HOUR, "")
    return Credentials(assumed.access_key_id, assumed.secret_access_key, assumed.session_token)


def credentials_of(access_key_id: str) -> Credentials | None:
    """Return the whole key pair behind an access key id, or None when local AWS never issued it."""
    for key in list(iam_backends[DEFAULT_ACCOUNT_ID]["aws"].access_keys.values()):
        if key.access_key_id == access_key_id:
            return Credentials(key.access_key_id, key.secret_access_key)
    for backends in list(sts_backends.values()):
        for role in backends["aws"].assumed_roles:
            if role.access_key_id == access_key_id:
                return Credentials(role.access_key_id, role.secret_access_key, role.session_token)
    return None
