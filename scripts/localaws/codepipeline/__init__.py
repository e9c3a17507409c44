"""CodePipeline: pipelines whose executions really run, with S3 sources and Lambda invoke actions.

True to AWS: the structure rules and their messages, stages entered by one execution at a time (QUEUED, SUPERSEDED), run
orders with parallel actions, artifacts in the artifact store under truncated keys, jobs with continuation tokens and
their errors, variables and namespaces, time limits, stopping and abandoning, the state and history that the API shows.
Not: polling, transitions, retries, approvals, conditions, triggers, PARALLEL, cross-region and per-action roles, and
action types other than these two; all are refused by name. An execution keeps to the definition that it started with.
"""
