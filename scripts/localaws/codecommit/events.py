"""CodeCommit's events: what EventBridge is told of branches and tags.

https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

from localaws.clock import clock
from localaws.codecommit.models import Repository
from localaws.codecommit.objects import BRANCH, TAG
from localaws.events import bus

_TYPES = {BRANCH: "branch", TAG: "tag"}


def tell(repository: Repository, reference: str, before: str | None, after: str | None, caller_arn: str) -> None:
    """Tell that a branch or a tag (``refs/heads/main``) was created (there was none before), updated or deleted.

    Of references of other kinds nobody is told.
    """
    prefix = next((each for each in _TYPES if reference.startswith(each)), None)
    if prefix is None:
        return
    event = "referenceCreated" if before is None else "referenceDeleted" if after is None else "referenceUpdated"
    detail = {
        "event": event,
        "callerUserArn": caller_arn,
        "repositoryName": repository.name,
        "repositoryId": repository.repository_metadata["repositoryId"],
        "referenceType": _TYPES[prefix],
        "referenceName": reference.removeprefix(prefix),
        "referenceFullName": reference,
    }
    commits = {"commitId": after, "oldCommitId": before}
    told = {
        "resources": [repository.arn],
        "detail": detail | {name: value for name, value in commits.items() if value},
        "time": clock.now(),  # moto's log targets want a number
    }
    kind = "CodeCommit Repository State Change"
    bus.put(bus.event_of(repository.account_id, repository.region, "aws.codecommit", kind, **told))
