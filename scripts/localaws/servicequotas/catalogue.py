"""SageMaker's quotas by name: the code of each, what AWS gives a new account, and what this account has.

Codes and defaults: https://github.com/gruntwork-io/terraform-aws-utilities/blob/main/docs/quotas.md, which was made by
asking Service Quotas for all that is adjustable.
"""

from dataclasses import dataclass

SERVICE, SERVICE_NAME = "sagemaker", "Amazon SageMaker"
SERVERLESS_CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"
SERVERLESS_MEMORY = "Memory size in MB per serverless endpoint"  # which Service Quotas does not list
_GRANTED = 1000  # on request, so to say: nothing that a laptop can run is refused

_TABLE = f"""
L-96300102 10 {SERVERLESS_CONCURRENCY}
L-A373146E 0 ml.m4.xlarge for training job usage
L-D589112D 0 ml.m4.2xlarge for training job usage
L-E60A61DF 0 ml.m4.4xlarge for training job usage
L-611FA074 0 ml.m5.large for training job usage
L-CCE2AFA6 0 ml.m5.xlarge for training job usage
L-AD0A282D 0 ml.m5.2xlarge for training job usage
L-AFB011B4 0 ml.m5.4xlarge for training job usage
L-6F6C8949 0 ml.m5.12xlarge for training job usage
L-56C564CA 0 ml.m5.24xlarge for training job usage
L-514B50A3 0 ml.m6i.large for training job usage
L-3A218EBD 0 ml.m6i.xlarge for training job usage
L-AE3447AD 0 ml.m6i.2xlarge for training job usage
L-E2BB44FE 0 ml.c5.xlarge for training job usage
L-49679826 0 ml.c5.2xlarge for training job usage
L-E7898792 0 ml.c5.4xlarge for training job usage
L-2BE095E2 0 ml.c5.9xlarge for training job usage
L-81482A8C 0 ml.c5.18xlarge for training job usage
L-2ECAA15F 4 ml.m4.xlarge for spot training job usage
L-29688C85 4 ml.m5.large for spot training job usage
L-4CEE6BA6 4 ml.m5.xlarge for spot training job usage
L-4A823FAB 4 ml.m5.2xlarge for spot training job usage
L-2A6ACFF7 2 ml.m5.4xlarge for spot training job usage
L-7E503C5F 0 ml.m6i.large for spot training job usage
L-6FA0D387 4 ml.c5.xlarge for spot training job usage
L-4581C083 4 ml.c5.2xlarge for spot training job usage
L-36C5FA8E 1 ml.c5.4xlarge for spot training job usage
L-236AE59F 0 ml.m5.large for transform job usage
L-7939E4EC 0 ml.m5.xlarge for transform job usage
L-F5689004 0 ml.m5.2xlarge for transform job usage
L-3E1C9273 0 ml.m5.4xlarge for transform job usage
L-09C9B23C 0 ml.c5.xlarge for transform job usage
L-9215A13F 0 ml.c5.2xlarge for transform job usage
L-98742DAD 0 ml.c5.4xlarge for transform job usage
L-29C181D7 2 ml.t2.medium for endpoint usage
L-1410387A 0 ml.t2.large for endpoint usage
L-97CF11BE 0 ml.m4.xlarge for endpoint usage
L-614B09FD 0 ml.m5.large for endpoint usage
L-2F737F8D 0 ml.m5.xlarge for endpoint usage
L-C88C8F13 0 ml.m5.2xlarge for endpoint usage
L-E2649D46 0 ml.m5.4xlarge for endpoint usage
L-A9F2A8B3 0 ml.m5.12xlarge for endpoint usage
L-C1E62DF0 2 ml.m6g.large for endpoint usage
L-4D27DFDD 0 ml.c5.large for endpoint usage
L-E9EE5599 0 ml.c5.xlarge for endpoint usage
L-E091038E 0 ml.c5.2xlarge for endpoint usage
L-FEF755D6 0 ml.c5.4xlarge for endpoint usage
L-C15ACFF4 0 ml.c5.9xlarge for endpoint usage
L-7B2FD69B 6 ml.t2.medium for notebook instance usage
L-E17566B7 6 ml.t3.medium for notebook instance usage
L-8E454C05 6 ml.t3.large for notebook instance usage
L-76AB2C05 1 ml.m5.xlarge for notebook instance usage
L-95E39457 1 ml.m5.2xlarge for notebook instance usage
L-39F5FD98 1 ml.c5.xlarge for notebook instance usage
"""


@dataclass(frozen=True)
class Quota:
    """One quota, with the value that AWS gives a new account."""

    code: str
    name: str
    default: float


def _read(line: str) -> Quota:
    code, default, name = line.split(" ", 2)
    return Quota(code, name, float(default))


CATALOGUE = {quota.code: quota for quota in map(_read, _TABLE.strip().splitlines())}
"""All that Service Quotas lists, by code."""

limits = {quota.name: _GRANTED for quota in CATALOGUE.values()} | {SERVERLESS_MEMORY: 3072}
"""What this account may use, by name, as SageMaker keeps to it; tests lower a value. What is not named is not limited.

The memory is what accounts report until they ask for more.
"""
