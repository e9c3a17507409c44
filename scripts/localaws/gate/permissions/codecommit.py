"""CodeCommit: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodecommit.html"""

from localaws.authorization.matching import Context
from localaws.gate.call import Call
from localaws.gate.permissions.rows import Row, Table, parameter, rows

_REPOSITORY = "{repositoryName}"
_ANY = "{resourceArn}"


def _branch(call: Call) -> Context:
    """https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-conditional-branch.html"""
    name = parameter(call, "branchName") or parameter(call, "targetBranch")
    return {"codecommit:references": f"refs/heads/{name}"} if name else {}


_WRITES = ("CreateBranch", "CreateCommit", "DeleteBranch", "DeleteFile", "PutFile")

TABLE: Table = {
    "CreateRepository": Row(_REPOSITORY, tags="tags", tagging="codecommit:TagResource"),
    **rows(_REPOSITORY, "DeleteRepository", "GetRepository", "UpdateRepositoryDescription", "UpdateDefaultBranch"),
    "ListRepositories": Row(),
    **{operation: Row(_REPOSITORY, keys=_branch) for operation in _WRITES},
    **rows(_REPOSITORY, "GetBranch", "ListBranches", "GetCommit", "GetBlob", "GetFile", "GetFolder", "GetDifferences"),
    "ListTagsForResource": Row(_ANY),
    "TagResource": Row(_ANY, tags="tags"),
    "UntagResource": Row(_ANY, keys={"aws:tagkeys": "tagKeys"}),
}
