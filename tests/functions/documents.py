"""The documents that the actions hand on, as the tests' actions find them."""

from typing import Any

from functions.fake_aws import DATA, EXECUTION, MODELS, RUN

JOB = f"winequality-sde-{RUN}"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
MODEL_URL = f"s3://{MODELS}/runs/{RUN}/{JOB}/output/model.tar.gz"
CONFIG = f"sde-dev-{RUN}-2123ab"
ENDPOINT = "winequality-sde-dev"

STARTED: dict[str, Any] = {
    "version": 1,
    "run_id": RUN,
    "model_name": "winequality",
    "training_job": JOB,
    "image": IMAGE,
    "hyperparameters": {"num_round": "100", "objective": "reg:squarederror"},
    "data": {
        "bucket": DATA,
        "train": {"key": "train/train.csv", "version": "v1", "rows": 3},
        "validation": {"key": "validation/validation.csv", "version": "v2", "rows": 2},
        "copy": f"s3://{MODELS}/runs/{RUN}/",
    },
    "columns": 2,
    "label_mean": 6.0,
}
TRAINING: dict[str, Any] = {
    **STARTED,
    "execution_id": EXECUTION,
    "model_data_url": MODEL_URL,
    "metrics": {"validation:rmse": 0.5},
}
DEPLOYMENT: dict[str, Any] = {
    "version": 1,
    "environment": "Dev",
    "endpoint": ENDPOINT,
    "endpoint_config": CONFIG,
    "model": JOB,
    "execution_id": EXECUTION,
    "training": TRAINING,
}
# What training.json has beside this when it was started by a repository's training.json.
CONFIGURED: dict[str, Any] = {
    "config_commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
    "max_rmse": 0.9,
    "masked": ["hp-eta"],
}
