"""SageMaker: training, batch transform, models, endpoint configurations and endpoints that work; the rest as records.

A training job downloads its channels from S3 as the execution role, trains in a process an instance (``hosts``) and
uploads model.tar.gz as that role; each production variant of an endpoint is a process that serves HTTP, and so is the
container of a batch transform job. All run the built-in XGBoost image's contract (see ``localaws.xgboost_container``);
any other image is refused by name.

``rules`` and ``record_rules`` say what a request may hold, ``quotas`` how much; ``models``, ``packages`` and
``notebooks`` keep state, which ``backend`` holds; ``responses`` joins the ``..._operations`` that turn parameters into
answers; ``training``, ``hosting`` (of ``variants``) and ``transforming`` do the work through ``containers``,
``storage`` (S3) and ``logs``; ``events`` tells EventBridge of it.

True to AWS: names and limits (botocore's model), the errors at create, quotas, the sequences of status and secondary
status, FailureReason, stop and maximum run time, checkpoints, log streams, metrics, the layout of model.tar.gz,
update-endpoint that keeps serving while the new process starts and after it failed, and moves requests in steps that
alarms turn back (``deployments``), weights and capacities, serverless limits, data capture, batch transform with its
splits, filters and joins of CSV, the model registry with its approvals, tags, filters and pages, events.

Not true to AWS: nothing takes minutes (``clock.durations.sagemaker_step`` makes it); instance types and volumes are
stored and returned, and whatever their number one process serves; a dead container is replaced when the next
request finds it. Notebook instances and their lifecycle configurations are records: no Jupyter and no script runs.

Not proven on AWS (no published text was found): the messages named ``UNVERIFIED_...`` here.
"""
