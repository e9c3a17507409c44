"""CodeCommit's events: what EventBridge is told of a branch.

https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

import time
from uuid import uuid4

from moto.events.models import events_backends

from localaws.codecommit.models import Repository


def tell(repository: Repository, branch: str, before: str | None, after: str | None, caller_arn: str) -> None:
    """Tell that a branch was created (there was none before), updated or deleted."""
    event = "referenceCreated" if before is None else "referenceDeleted" if after is None else "referenceUpdated"
    detail = {
        "event": event,
        "callerUserArn": caller_arn,
        "repositoryName": repository.name,
        "repositoryId": repository.repository_metadata["repositoryId"],
        "referenceType": "branch",
        "referenceName": branch,
        "referenceFullName": f"refs/heads/{branch}",
    }
    commits = {"commitId": after, "oldCommitId": before}
    whole = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "CodeCommit Repository State Change",
        "source": "aws.codecommit",
        "account": repository.account_id,
        "time": time.time(),
        "region": repository.region,
        "resources": [repository.arn],
        "detail": detail | {name: value for name, value in commits.items() if value},
    }
    buses = events_backends[repository.account_id][repository.region].event_buses
    for rule in list(buses["default"].rules.values()):
        rule.send_to_targets(whole, transform_input=False)
