"""Service Quotas: what an account may use of SageMaker at once, and requests for more.

True to AWS: quotas by their codes, names and defaults, those applied to the account apart from the defaults; what is
not listed (the memory of a serverless endpoint) although SageMaker keeps to it; a request for more is a record that
is PENDING, one at a time for a quota, and for more than the default. ``catalogue`` is where SageMaker itself looks.

Not: other services than SageMaker, and other instance types than those of the table; nobody decides about a request;
usage metrics, templates of organisations, tags, automatic management and utilization reports are refused by name.
"""
