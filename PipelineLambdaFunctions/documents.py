"""The documents that actions hand to each other: one JSON file in a zip, readable for the version written here."""

from typing import NotRequired, TypedDict

VERSION = 1

TRAINING_FILE = "training.json"
DEPLOYMENT_FILE = "deployment.json"
EVALUATION_FILE = "evaluation.json"


class DataFile(TypedDict):
    """An object of the data bucket at the version that was used."""

    key: str
    version: str
    rows: int


class TrainingData(TypedDict):
    """What a run trains on; `copy` is the S3 folder in the model bucket that the job reads."""

    bucket: str
    train: DataFile
    validation: DataFile
    copy: str


class StartedTraining(TypedDict):
    """training.json as StartTraining writes it. `columns` counts features, without the label.

    What is not required came with the repository of the training configuration: its commit, the tests' threshold that
    it says, and the keys of it that TrainUserParameters masked.
    """

    version: int
    run_id: str
    model_name: str
    training_job: str
    image: str
    hyperparameters: dict[str, str]
    data: TrainingData
    columns: int
    label_mean: float
    config_commit: NotRequired[str]
    max_rmse: NotRequired[float]
    masked: NotRequired[list[str]]


class Training(StartedTraining):
    """training.json as GetTrainingStatus completes it."""

    execution_id: str
    model_data_url: str
    metrics: dict[str, float]


class Deployment(TypedDict):
    """deployment.json: what serves in an environment, and the training it comes from."""

    version: int
    environment: str
    endpoint: str
    endpoint_config: str
    model: str
    execution_id: str
    training: Training
