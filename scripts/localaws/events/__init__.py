"""EventBridge: events of S3 and of PutEvents reach pipelines and functions, through the roles that let them.

True to AWS: matching (moto's), disabled rules, the documents of S3's events, delivery apart from the call that caused
it, as the target's role, or by the function's own policy. Not: schedules, retries of a delivery, dead letter queues,
events of S3 other than objects created and deleted, and targets other than pipelines, functions, queues, log groups and
event buses; what cannot be delivered is refused when it is set up, and a failed delivery is in local AWS's log.
"""
