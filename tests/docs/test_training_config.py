"""The README's example of training.json is one that trains."""

import re
from pathlib import Path

from train_parameters import Stack, TrainParameters
from training_config import TrainingConfig

README = Path(__file__).parents[2] / "README.md"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def test_the_example_trains() -> None:
    [example] = re.findall(r"^```json\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    stack = Stack("me42", "us-east-1", "data", "models", IMAGE)
    assert TrainParameters.parse("{}", stack, TrainingConfig(example, "")).hyperparameters["max_depth"] == "4"
