"""Source actions of GitHub and its kind, by a connection: as far as one comes without GitHub.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from moto.core.exceptions import ServiceException

from localaws.codeconnections.models import connections_backends
from localaws.codepipeline.models import ActionExecution, ActionFailure, Execution, Pipeline
from localaws.codepipeline.roles import action_credentials
from localaws.gate.decision import DeniedError, authorize_role
from localaws.gate.permissions.codepipeline import CONNECTION_SERVICES

# As many quote it: https://stackoverflow.com/questions/64298865
_NOT_PERMITTED = "Unable to use Connection: {}. The provided role does not have sufficient permissions."
UNVERIFIED_NOT_FOUND = "Connection {} is not found"
UNVERIFIED_NOT_AVAILABLE = (
    "Connection {} is not available: its status is {}. A person completes it in AWS's console; local AWS has none, and"
    " fetches nothing from GitHub"
)


def fetch(pipeline: Pipeline, execution: Execution, action: ActionExecution) -> None:
    """Fail with the reason why nothing can be fetched: the role, or the connection, which nobody completes here."""
    arn = action.configuration["ConnectionArn"]
    credentials = action_credentials(pipeline, execution, action)
    service = next((name for name in CONNECTION_SERVICES if f":{name}:" in arn), CONNECTION_SERVICES[0])
    repository = {f"{service}:fullrepositoryid": action.configuration["FullRepositoryId"]}
    try:
        authorize_role(credentials.access_key_id, f"{service}:UseConnection", arn, pipeline.region, repository)
        connection = connections_backends[pipeline.account_id][pipeline.region].connection(arn)
    except DeniedError:
        raise ActionFailure("PermissionError", _NOT_PERMITTED.format(arn)) from None
    except ServiceException:
        raise ActionFailure("ConfigurationError", UNVERIFIED_NOT_FOUND.format(arn)) from None
    raise ActionFailure("ConfigurationError", UNVERIFIED_NOT_AVAILABLE.format(arn, connection.status))
