"""CodeCommit's events: what EventBridge is told of a branch.

https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from localaws.clock import clock
from localaws.codecommit.models import Repository
from localaws.events import bus


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
    told = {
        "resources": [repository.arn],
        "detail": detail | {name: value for name, value in commits.items() if value},
        "time": clock.now(),  # moto's log targets want a number
    }
    kind = "CodeCommit Repository State Change"
    bus.put(bus.event_of(repository.account_id, repository.region, "aws.codecommit", kind, **told))
