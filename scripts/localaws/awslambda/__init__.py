"""Lambda: functions really run, each invocation in a process of its own environment, from the zip that was uploaded.

True to AWS: environment and role credentials, timeout, asynchronous invocation with its retries, error documents,
context object, log lines and streams, warm starts, which runtimes can be created today, reserved concurrency.
Not: every Python runtime is the Python that local AWS runs on; memory is reported, not enforced; a function sees the
standard library, boto3 and what boto3 needs, and may write to its own folder. Layers, images, VPCs, dead letter queues,
destinations and event source mappings are refused.
"""
