"""Lambda: functions really run, each invocation in a process of its own environment, from the zip that was uploaded.

True to AWS: environment and role credentials, memory and time limits, asynchronous invocation with its retries,
destinations and dead letters (to topics, functions and event buses), reserved concurrency, versions and aliases,
revisions, states and the conflicts of changes that overlap, error documents, context object, log lines and streams,
warm starts, which runtimes can be created on a day, metrics (Invocations, Errors, Throttles, Duration).
Not: every Python runtime is the Python that local AWS runs on; memory is that of the function's own process, looked at
50 times a second and when it answers; the size of /tmp (EphemeralStorage) is kept and told, not enforced: /tmp is this
machine's, and a limit would take a file system of its own, which only root can mount; a function sees the standard
library, boto3 and what boto3 needs, and may write to its own folder; a change is made at once, though it says that it
is in progress.
Layers, images, VPCs, JSON logs, weighted aliases, queues and event source mappings are refused.
"""
