"""What Service Quotas remembers in an account and region: requests for more. No HTTP, no threads."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.core.base_backend import BackendDict, BaseBackend

from localaws.servicequotas.catalogue import CATALOGUE, SERVICE, SERVICE_NAME, Quota, limits
from localaws.servicequotas.errors import (
    IllegalArgumentException,
    NoSuchResourceException,
    ResourceAlreadyExistsException,
)

# As AWS says it of the default; people quote no number with the other.
UNVERIFIED_CURRENT = "You must provide a quota value greater than the current quota value of {}"


@dataclass(frozen=True)
class Increase:
    """A request for a higher value, which nobody decides about here."""

    quota: Quota
    desired: float
    arn: str
    id: str = field(default_factory=lambda: uuid4().hex + secrets.token_hex(4))
    status: str = "PENDING"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        """Return what the API says of it."""
        return {
            "Id": self.id,
            "ServiceCode": SERVICE,
            "ServiceName": SERVICE_NAME,
            "QuotaCode": self.quota.code,
            "QuotaName": self.quota.name,
            "DesiredValue": self.desired,
            "Status": self.status,
            "Created": self.created,
            "LastUpdated": self.created,
            "QuotaArn": self.arn,
            "GlobalQuota": False,
            "Unit": "None",
            "QuotaRequestedAtLevel": "ACCOUNT",
        }


class QuotasBackend(BaseBackend):
    """The requests of one account and region, the newest last."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.increases: dict[str, Increase] = {}

    def applied(self, quota: Quota) -> dict[str, Any]:
        """Return what the API says of a quota as it is applied to this account."""
        document = _document(quota, limits[quota.name], self._arn(quota, self.account_id))
        return document | {"QuotaAppliedAtLevel": "ACCOUNT"}

    def default(self, quota: Quota) -> dict[str, Any]:
        """Return what the API says of a quota as AWS gives it to everybody: its ARN names no account."""
        return _document(quota, quota.default, self._arn(quota, ""))

    def request(self, quota: Quota, desired: float) -> Increase:
        """Keep a request for more, or raise why it is refused."""
        # As people quote it of Lambda's and Bedrock's quotas, with the number as Java writes a double.
        if desired <= quota.default:
            raise IllegalArgumentException(
                f"You must provide a quota value greater than the default quota value of {quota.default}"
            )
        if desired <= limits[quota.name]:
            raise IllegalArgumentException(UNVERIFIED_CURRENT.format(float(limits[quota.name])))
        if any(each.quota == quota and each.status == "PENDING" for each in self.increases.values()):
            raise ResourceAlreadyExistsException("Only one open service quota increase request is allowed per quota.")
        increase = Increase(quota, desired, self._arn(quota, self.account_id))
        self.increases[increase.id] = increase
        return increase

    def _arn(self, quota: Quota, account: str) -> str:
        return f"arn:{self.partition}:servicequotas:{self.region_name}:{account}:{SERVICE}/{quota.code}"


def quota_of(service: str, code: str) -> Quota:
    """Return a quota, or raise NoSuchResourceException."""
    if service != SERVICE or code not in CATALOGUE:
        # https://github.com/aws/aws-sdk-go-v2/issues/3228
        raise NoSuchResourceException("The request failed because the specified quota and service do not exist.")
    return CATALOGUE[code]


def quotas_of(service: str) -> list[Quota]:
    """Return all quotas of a service, or raise NoSuchResourceException."""
    if service != SERVICE:  # https://github.com/aws/aws-cli/issues/4569
        raise NoSuchResourceException("The request failed because the specified service does not exist.")
    return list(CATALOGUE.values())


def _document(quota: Quota, value: float, arn: str) -> dict[str, Any]:
    return {
        "ServiceCode": SERVICE,
        "ServiceName": SERVICE_NAME,
        "QuotaArn": arn,
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


quotas_backends = BackendDict(QuotasBackend, "service-quotas")
