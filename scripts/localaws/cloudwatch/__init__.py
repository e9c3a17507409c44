"""CloudWatch: metrics that services and people put, and alarms that are evaluated on them.

True to AWS: statistics by period over exactly the dimensions asked for, alarms on M out of N periods with every
treatment of missing data, the words of their reasons, news to topics and functions by their policies, events to
EventBridge, history, set-alarm-state. Lambda's metrics are put by this package; other services put theirs through
``metrics.record``.
Not: an alarm looks at its metric every second, not every minute, and at the period that still runs once it has data.
Composite alarms, metric math, anomaly detection and actions other than topics and functions are refused, and so are
statistics other than Sum, Average, Minimum, Maximum, SampleCount and percentiles.
"""
