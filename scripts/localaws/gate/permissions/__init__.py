"""What every operation needs: a table a service, by botocore's name of the operation.

The tables follow the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
and are the list of what local AWS serves: an operation without a row is refused by name.
"""

from collections.abc import Iterator

from localaws.gate.call import Call, UnknownOperationError
from localaws.gate.permissions import s3, sts
from localaws.gate.permissions.rows import Need, Table, needs

TABLES: dict[str, tuple[str, Table]] = {
    "s3": ("s3", s3.TABLE),
    "sts": ("sts", sts.TABLE),
}
"""The prefix in IAM and the table, by botocore's name of the service."""


def needs_of(call: Call) -> Iterator[Need]:
    """Return everything that a call must be allowed; raises UnknownOperationError when its operation has no row."""
    prefix, table = TABLES[call.service]
    row = table.get(call.operation)
    if row is None:
        raise UnknownOperationError
    return needs(row, prefix, call)
