"""Service Quotas tells what SageMaker keeps to, and keeps one request for more."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.servicequotas.catalogue import CATALOGUE, SERVERLESS_MEMORY, limits
from localaws.servicequotas.errors import UNVERIFIED_INVALID_TOKEN
from localaws.servicequotas.models import UNVERIFIED_CURRENT, quotas_backends

Client = Callable[[str], Any]
TRAINING, CODE = "ml.m5.xlarge for training job usage", "L-CCE2AFA6"
SAGEMAKER = {"ServiceCode": "sagemaker"}
QUOTA = SAGEMAKER | {"QuotaCode": CODE}
HERE = "arn:aws:servicequotas:us-east-1:123456789012"


@pytest.fixture
def quotas(client: Client) -> Iterator[Any]:
    """A client of Service Quotas, in an account without requests."""
    yield client("service-quotas")
    quotas_backends["123456789012"]["us-east-1"].increases.clear()


@pytest.fixture
def new_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that may use nothing of this."""
    monkeypatch.setitem(limits, TRAINING, 0)


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_quota_is_told_as_it_is_applied(quotas: Any, new_account: None) -> None:
    assert quotas.get_service_quota(**QUOTA)["Quota"] == {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"{HERE}:sagemaker/{CODE}",
        "QuotaCode": CODE,
        "QuotaName": TRAINING,
        "Value": 0.0,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def test_a_default_is_nobody_s(quotas: Any) -> None:
    default = quotas.get_aws_default_service_quota(**QUOTA)["Quota"]
    assert (default["Value"], default["QuotaArn"]) == (0.0, f"arn:aws:servicequotas:us-east-1::sagemaker/{CODE}")
    assert quotas.get_service_quota(**QUOTA)["Quota"]["Value"] == limits[TRAINING]


@pytest.mark.parametrize("operation", ["list_service_quotas", "list_aws_default_service_quotas"])
def test_all_are_listed_page_by_page(quotas: Any, operation: str) -> None:
    first = getattr(quotas, operation)(**SAGEMAKER, MaxResults=20)["Quotas"]
    pages = quotas.get_paginator(operation).paginate(**SAGEMAKER, PaginationConfig={"PageSize": 20})
    listed = [quota["QuotaCode"] for page in pages for quota in page["Quotas"]]
    assert (len(first), listed) == (20, list(CATALOGUE))


def test_a_list_may_be_of_one_quota_or_of_a_level(quotas: Any) -> None:
    one = quotas.list_service_quotas(**QUOTA)["Quotas"]
    assert [quota["QuotaName"] for quota in one] == [TRAINING]
    assert quotas.list_service_quotas(**SAGEMAKER, QuotaAppliedAtLevel="RESOURCE")["Quotas"] == []


def test_what_sagemaker_keeps_to_without_telling_is_not_listed(quotas: Any) -> None:
    pages = quotas.get_paginator("list_service_quotas").paginate(**SAGEMAKER)
    assert SERVERLESS_MEMORY not in {quota["QuotaName"] for page in pages for quota in page["Quotas"]}


def test_a_request_for_more_is_pending(quotas: Any, new_account: None) -> None:
    made = quotas.request_service_quota_increase(**QUOTA, DesiredValue=2)["RequestedQuota"]
    assert (made["Status"], made["DesiredValue"], made["QuotaName"]) == ("PENDING", 2.0, TRAINING)
    history = quotas.list_requested_service_quota_change_history_by_quota
    assert history(**QUOTA, Status="PENDING")["RequestedQuotas"] == [made]
    assert history(**QUOTA, Status="APPROVED")["RequestedQuotas"] == []
    assert quotas.get_service_quota(**QUOTA)["Quota"]["Value"] == 0.0  # nobody has decided


def test_one_request_at_a_time(quotas: Any, new_account: None) -> None:
    quotas.request_service_quota_increase(**QUOTA, DesiredValue=2)
    message = "Only one open service quota increase request is allowed per quota."
    again = refused(quotas.request_service_quota_increase, **QUOTA, DesiredValue=3)
    assert again == ("ResourceAlreadyExistsException", message)


@pytest.mark.parametrize(
    ("code", "desired", "message"),
    [
        ("L-4CEE6BA6", 4, "You must provide a quota value greater than the default quota value of 4.0"),
        ("L-4CEE6BA6", 5, UNVERIFIED_CURRENT.format(1000.0)),
    ],
)
def test_a_request_is_for_more(quotas: Any, code: str, desired: int, message: str) -> None:
    request = SAGEMAKER | {"QuotaCode": code, "DesiredValue": desired}
    assert refused(quotas.request_service_quota_increase, **request) == ("IllegalArgumentException", message)


@pytest.mark.parametrize(
    ("operation", "request_", "code", "message"),
    [
        (
            "list_service_quotas",
            {"ServiceCode": "ec2"},
            "NoSuchResourceException",
            "The request failed because the specified service does not exist.",
        ),
        (
            "get_service_quota",
            SAGEMAKER | {"QuotaCode": "L-00000000"},
            "NoSuchResourceException",
            "The request failed because the specified quota and service do not exist.",
        ),
        (
            "list_service_quotas",
            SAGEMAKER | {"NextToken": "another"},
            "InvalidPaginationTokenException",
            UNVERIFIED_INVALID_TOKEN,
        ),
        (
            "get_service_quota",
            QUOTA | {"ContextId": "x"},
            "IllegalArgumentException",
            "Local AWS does not implement ContextId: SageMaker's quotas are the account's.",
        ),
        (
            "request_service_quota_increase",
            QUOTA | {"DesiredValue": 5000, "SupportCaseAllowed": False},
            "IllegalArgumentException",
            "Local AWS does not implement SupportCaseAllowed of false.",
        ),
        (
            "list_service_quotas",
            SAGEMAKER | {"MaxResults": 101},
            "ValidationException",
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 100",
        ),
    ],
    ids=["service", "quota", "token", "context", "case", "page"],
)
def test_what_cannot_be_is_refused(
    quotas: Any, operation: str, request_: dict[str, Any], code: str, message: str
) -> None:
    assert refused(getattr(quotas, operation), **request_) == (code, message)
