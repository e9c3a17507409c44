"""CodeBuild: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html"""

from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, rows, values


def _project(call: Call) -> list[str]:
    """Return projects, each named by its name or ARN."""
    names = [name for path in ("name", "projectName", "names") for name in values(call, path)]
    return [f"project/{name.rpartition('/')[2]}" for name in names]


def _of_builds(call: Call) -> list[str]:
    """Return the projects of builds, whose ids are ``project:uuid`` and whose ARNs end so."""
    ids = (*values(call, "ids"), *values(call, "id"))
    return list(dict.fromkeys(f"project/{build.rpartition('/')[2].rpartition(':')[0]}" for build in ids))


_DEFINITION = Row(_project, tags="tags", passes=("serviceRole",))

TABLE: Table = {
    "CreateProject": _DEFINITION,
    "UpdateProject": _DEFINITION,
    **rows(_project, "DeleteProject", "BatchGetProjects", "ListBuildsForProject"),
    "StartBuild": Row(_project, passes=("serviceRoleOverride",)),
    **rows(_of_builds, "BatchGetBuilds", "StopBuild"),
    **rows("*", "ListBuilds", "ListProjects"),
}
