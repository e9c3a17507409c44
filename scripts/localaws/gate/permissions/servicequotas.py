"""Service Quotas: https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html"""

from localaws.gate.permissions.rows import Row, Table, rows

_QUOTA = "{ServiceCode}/{QuotaCode}"

TABLE: Table = {
    **rows("*", "ListServiceQuotas", "ListAWSDefaultServiceQuotas", "GetAWSDefaultServiceQuota"),
    **rows(_QUOTA, "GetServiceQuota", "ListRequestedServiceQuotaChangeHistoryByQuota"),
    "RequestServiceQuotaIncrease": Row(_QUOTA, keys={"servicequotas:service": "ServiceCode"}),
}
