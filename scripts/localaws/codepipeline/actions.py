"""What actions do, by their provider."""

from localaws.codepipeline import (
    approvals,
    builds,
    codecommit_source,
    connection_source,
    deployments,
    functions,
    s3_source,
)

RUNNERS = {
    "S3": s3_source.fetch,
    "CodeCommit": codecommit_source.fetch,
    "CodeStarSourceConnection": connection_source.fetch,
    "Lambda": functions.run_function,
    "CodeBuild": builds.build,
    "CloudFormation": deployments.deploy,
    "Manual": approvals.ask,
}
