"""CloudWatch: metrics that services and people put, and alarms that are evaluated on them."""
