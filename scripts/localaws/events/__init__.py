"""EventBridge: events of services and of PutEvents, and schedules, reach pipelines, builds, functions and topics.

True to AWS: matching and its errors, disabled rules, rate() and cron() by the clock, custom buses, the documents of
S3's events, inputs and their transformers, validation of events, delivery apart from the call that caused it, as the
target's role, or by the function's or the topic's own policy.
Not: retries of a delivery, dead letter queues, archives, a schedule that was missed while the machine slept, events of
S3 other than objects created and deleted, and targets other than pipelines, builds, functions, topics, log groups and
event buses; what cannot be delivered is refused when it is set up, and a failed delivery is in local AWS's log.
"""
