"""CodeBuild: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, each, rows, values

_PROJECT = "project/{name}"


def _of_builds(call: Call) -> list[str]:
    """Return the projects of builds, whose ids are ``project:uuid`` and whose ARNs end so."""
    ids = (*values(call, "ids"), *values(call, "id"))
    return list(dict.fromkeys(f"project/{build.rpartition('/')[2].rpartition(':')[0]}" for build in ids))


_DEFINITION = Row(_PROJECT, tags="tags", passes=("serviceRole",))

TABLE: Table = {
    "CreateProject": _DEFINITION,
    "UpdateProject": _DEFINITION,
    "DeleteProject": Row(_PROJECT),
    "BatchGetProjects": Row(each("project/{}", "names")),
    "StartBuild": Row("project/{projectName}", passes=("serviceRoleOverride",)),
    "ListBuildsForProject": Row("project/{projectName}"),
    **rows(_of_builds, "BatchGetBuilds", "BatchDeleteBuilds", "RetryBuild", "StopBuild"),
    **rows("*", "ListBuilds", "ListProjects", "ListCuratedEnvironmentImages"),
}
