"""What actions do, by their provider."""

from localaws.codepipeline import approvals, functions, s3_source

RUNNERS = {
    "S3": s3_source.fetch,
    "Lambda": functions.run_function,
    "Manual": approvals.ask,
}
