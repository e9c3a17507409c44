"""CodePipeline: pipelines whose executions really run, as a person watches and steers them.

True to AWS: the structure rules and their messages, stages entered by one execution at a time (QUEUED, SUPERSEDED) or
by many (PARALLEL), run orders with parallel actions, S3 and CodeCommit sources (polled or not), Lambda, CodeBuild,
CloudFormation (without change sets) and manual approval actions, each as its role, artifacts in the artifact store
under truncated keys, jobs with continuation tokens and their errors, variables and namespaces, time limits, stopping,
abandoning, retrying and rolling back (by a person or by the stage itself), transitions, updates that cancel what is
under way, the state and history that the API shows, and the events by which EventBridge learns of it.
Not: conditions, triggers, other regions and accounts, custom actions and other action types; all are refused by name.
"""
