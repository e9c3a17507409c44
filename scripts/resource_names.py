"""The names that the templates, the functions and a person rely on; everything follows from the suffix."""

import os
import re
from dataclasses import dataclass

from account import WorkshopError
from function_names import function_name

# Where the files go in the data bucket. The order is the order of upload: train.csv starts the pipeline.
DATA_KEYS = {
    "validation.csv": "validation/validation.csv",
    "test.csv": "test/test.csv",
    "train.csv": "train/train.csv",
}
PREP_TEMPLATE = "builtin-algo-prep.yaml"
PIPELINE_TEMPLATE = "builtin-algo-pipeline.yaml"
PREP_STACK = "MLOps-BuiltIn-Algorithm-WorkshopSetup"


@dataclass(frozen=True)
class Names:
    """Everything that bears the suffix."""

    suffix: str

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z0-9]{2,16}", self.suffix):
            raise WorkshopError(f"SUFFIX={self.suffix}: expected 2 to 16 lower-case letters and digits, like me42")

    @property
    def second_prep_stack(self) -> str:
        """Where the prep stack goes when another suffix of the same account has the usual name already."""
        return f"{PREP_STACK}-{self.suffix}"

    @property
    def pipeline_stack(self) -> str:
        return f"mlops-pipeline-builtinalgo-{self.suffix}"

    @property
    def pipeline(self) -> str:
        return f"mlops-builtinalgo-{self.suffix}"

    @property
    def build_project(self) -> str:
        """There is one with a source."""
        return f"mlops-builtinalgo-{self.suffix}"

    @property
    def code_bucket(self) -> str:
        return f"mlops-builtinalgo-lambda-code-{self.suffix}"

    @property
    def data_bucket(self) -> str:
        return f"mlops-builtinalgo-data-{self.suffix}"

    @property
    def model_bucket(self) -> str:
        return f"mlops-builtinalgo-model-artifacts-{self.suffix}"

    @property
    def artifact_bucket(self) -> str:
        return f"mlops-builtinalgo-pipeline-artifacts-{self.suffix}"

    @property
    def buckets(self) -> tuple[str, ...]:
        return self.artifact_bucket, self.model_bucket, self.code_bucket, self.data_bucket

    @property
    def repositories(self) -> tuple[str, ...]:
        kinds = "training-config", "pipeline-lambda-code", "inference-lambda-code"
        return tuple(f"mlops-builtinalgo-{kind}-{self.suffix}" for kind in kinds)

    def function(self, name: str) -> str:
        return function_name(name, self.suffix)


def given_suffix() -> str:
    """The suffix that the person gave."""
    suffix = os.environ.get("SUFFIX", "")
    if not suffix:
        raise WorkshopError(
            "SUFFIX is missing: it names what is yours, 2 to 16 lower-case letters and digits. Say SUFFIX=me42"
        )
    return Names(suffix).suffix
