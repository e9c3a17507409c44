"""The contract of SageMaker's built-in XGBoost image, run as processes of their own on a folder in place of /opt/ml.

``python -m localaws.xgboost_container.train FOLDER VERSION`` trains and ends (a third argument is for several hosts,
see ``distributed``); ``...serve FOLDER VERSION SOCKET`` serves HTTP on a listening socket that it inherits. VERSION is
the image's (``3.2-0``; ``0.72`` for the old ``xgboost:1``).

True to AWS (the open-source container, github.com/aws/sagemaker-xgboost-container, run with xgboost 3.2.0): the names
and ranges of hyperparameters, channels, files, metric lines, error texts, content types, status codes, answers.

Not true to AWS: whatever the version, the installed library trains and the model is UBJSON, never a pickle (the log
says so), and a pickled model is refused, since reading one runs its author's code. Refused by name: parquet and
recordio-protobuf, GPU training and script mode.
"""

# What to add to the environment of its processes. OpenMP's threads otherwise wait for each other by spinning, which on
# busy cores made the fitting of a thousand rows take 10 s instead of 0.1.
ENVIRONMENT = {"OMP_WAIT_POLICY": "passive"}
