"""Service Quotas' API."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from localaws import constraints
from localaws.servicequotas.errors import (
    UNVERIFIED_INVALID_TOKEN,
    IllegalArgumentException,
    InvalidPaginationTokenException,
)
from localaws.servicequotas.models import QuotasBackend, quota_of, quotas_backends, quotas_of

_PAGE = 100  # botocore: the most that MaxResults may ask for


class QuotasResponse(BaseResponse):
    """One method an operation."""

    def __init__(self) -> None:
        super().__init__(service_name="service-quotas")
        self.automated_parameter_parsing = True

    @property
    def _backend(self) -> QuotasBackend:
        return quotas_backends[self.current_account][self.region]  # type: ignore[no-any-return]

    def _checked(self) -> dict[str, Any]:
        """Return the parameters, once they keep within the limits of the service model."""
        request = {name: value for name, value in self.params.items() if value is not None}
        constraints.check("service-quotas", self._get_action(), request)
        if "ContextId" in request:
            raise IllegalArgumentException(
                "Local AWS does not implement ContextId: SageMaker's quotas are the account's."
            )
        return request

    def list_service_quotas(self) -> ActionResult:
        """List what is applied to the account, or one quota of it."""
        request = self._checked()
        found = [quota_of(request["ServiceCode"], request["QuotaCode"])] if "QuotaCode" in request else None
        quotas = quotas_of(request["ServiceCode"]) if found is None else found
        if request.get("QuotaAppliedAtLevel") == "RESOURCE":
            quotas = []
        return _page("Quotas", [self._backend.applied(quota) for quota in quotas], request)

    def get_service_quota(self) -> ActionResult:
        """Tell one quota as it is applied to the account."""
        request = self._checked()
        quota = quota_of(request["ServiceCode"], request["QuotaCode"])
        return ActionResult({"Quota": self._backend.applied(quota)})

    def list_aws_default_service_quotas(self) -> ActionResult:
        """List what AWS gives a new account."""
        request = self._checked()
        quotas = quotas_of(request["ServiceCode"])
        return _page("Quotas", [self._backend.default(quota) for quota in quotas], request)

    def get_aws_default_service_quota(self) -> ActionResult:
        """Tell one quota as AWS gives it to a new account."""
        request = self._checked()
        quota = quota_of(request["ServiceCode"], request["QuotaCode"])
        return ActionResult({"Quota": self._backend.default(quota)})

    def request_service_quota_increase(self) -> ActionResult:
        """Keep a request for more."""
        request = self._checked()
        if request.get("SupportCaseAllowed") is False:
            raise IllegalArgumentException("Local AWS does not implement SupportCaseAllowed of false.")
        quota = quota_of(request["ServiceCode"], request["QuotaCode"])
        return ActionResult({"RequestedQuota": self._backend.request(quota, request["DesiredValue"]).describe()})

    def list_requested_service_quota_change_history_by_quota(self) -> ActionResult:
        """List the requests for one quota, the newest first, or those of a status."""
        request = self._checked()
        quota = quota_of(request["ServiceCode"], request["QuotaCode"])
        found = [each for each in reversed(self._backend.increases.values()) if each.quota == quota]
        wanted = [each.describe() for each in found if each.status == request.get("Status", each.status)]
        return _page("RequestedQuotas", wanted, request)


def _page(name: str, documents: Sequence[Mapping[str, Any]], request: Mapping[str, Any]) -> ActionResult:
    token = request.get("NextToken", "0")
    if not token.isdecimal():
        raise InvalidPaginationTokenException(UNVERIFIED_INVALID_TOKEN)
    end = int(token) + request.get("MaxResults", _PAGE)
    more = {"NextToken": str(end)} if end < len(documents) else {}
    return ActionResult({name: documents[int(token) : end]} | more)
