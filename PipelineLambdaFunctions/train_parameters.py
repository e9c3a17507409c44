"""How a person asks for a training, TrainUserParameters over training.json, checked whole before anything is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from outcomes import ConfigurationError
from training_config import TrainingConfig
from user_parameters import UserParameters

_KEYS = (
    "traincompute",
    "model-name",
    "container-path",
    "modelartifactout",
    "resourceidentifier",
    "databucket",
    "num-round",
    "traininstancecount",
    "traininstancevolumesize",
    "trainmaxruntime",
)
# Not a limit: any hp-<name> reaches the algorithm. These make a forgotten "hp-" or a near miss easy to mend.
_COMMON = (
    "num-round",
    "eta",
    "max-depth",
    "min-child-weight",
    "subsample",
    "gamma",
    "objective",
    "eval-metric",
    "seed",
)
_SUGGESTED = (*_KEYS, *(f"hp-{name}" for name in _COMMON))

_HYPERPARAMETER = re.compile(r"hp-([A-Za-z_][A-Za-z0-9_-]*)")
_IMAGE = re.compile(
    r"[0-9]{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/(?P<repository>[a-z0-9][a-z0-9._/-]*)(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Stack:
    """What the stack has, and what a person's parameters must agree with."""

    suffix: str
    region: str
    data_bucket: str
    model_bucket: str
    training_image: str


@dataclass(frozen=True)
class TrainParameters:
    """What is asked for, checked.

    `config_commit` is that of training.json: empty where the artifact names none, None where there is no such file.
    `masked` are the keys in it that TrainUserParameters have too.
    """

    model_name: str
    instance_type: str
    instance_count: int
    volume_gb: int
    max_runtime_seconds: int
    image: str
    hyperparameters: Mapping[str, str]
    max_rmse: float | None = None
    config_commit: str | None = None
    masked: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, stack: Stack, config: TrainingConfig | None = None) -> "TrainParameters":
        """Read and check both; ConfigurationError names the text, the key, the value and what was expected."""
        given = UserParameters(text, _SUGGESTED, free_prefix="hp-")
        if config is None:
            return cls._of(given, stack)
        file = UserParameters(config.text, (*_SUGGESTED, "max-rmse"), free_prefix="hp-", origin=config.origin)
        both = given.over(file, _meaning)
        asked = cls._of(both, stack)
        cls._of(file.over(given, _meaning), stack)  # what is masked must be right as well
        return replace(asked, config_commit=config.commit, masked=both.masked)

    @classmethod
    def _of(cls, given: UserParameters, stack: Stack) -> "TrainParameters":
        given.this_stacks("databucket", stack.data_bucket)
        given.this_stacks("modelartifactout", stack.model_bucket)
        given.this_stacks("resourceidentifier", stack.suffix)
        image, repository = _image(given, stack)
        return cls(
            model_name=given.text("model-name", "[a-z0-9]{1,20}", "1 to 20 lower-case letters and digits"),
            instance_type=given.text("traincompute", r"ml\.[a-z0-9-]+\.[a-z0-9]+", "a type such as ml.m5.large"),
            instance_count=given.whole_number("traininstancecount", 1, 20, default=1),
            volume_gb=given.whole_number("traininstancevolumesize", 1, 16384, default=10),
            max_runtime_seconds=given.whole_number("trainmaxruntime", 60, 2419200, default=3600),  # 28 days: SageMaker
            image=image,
            hyperparameters=_hyperparameters(given, repository),
            max_rmse=given.max_rmse(),
        )


def _meaning(key: str) -> str:
    """The one spelling of keys that are spelt in several ways."""
    return "hp-num-round" if key == "num-round" else key.replace("_", "-")


def _image(given: UserParameters, stack: Stack) -> tuple[str, str]:
    image = given.values.get("container-path", stack.training_image)
    found = _IMAGE.fullmatch(image)
    leave_out = f"(or leave container-path out for {stack.training_image})"
    if not found:
        given.wrong(
            "container-path", image, f"<account>.dkr.ecr.{stack.region}.amazonaws.com/<repository>:<tag> {leave_out}"
        )
    if found["region"] != stack.region:
        given.wrong("container-path", image, f"an image of {stack.region}, not of {found['region']} {leave_out}")
    return image, found["repository"]


def _hyperparameters(given: UserParameters, repository: str) -> dict[str, str]:
    hyperparameters: dict[str, str] = {}
    written: dict[str, str] = {}
    for key, value in given.values.items():
        if not key.startswith("hp-"):
            continue
        found = _HYPERPARAMETER.fullmatch(key)
        if not found:
            given.wrong(key, value, "a name of letters, digits and hyphens after hp-")
        if not value.strip():
            given.wrong(key, value, "a value (or leave the key out for the algorithm's default)")
        name = found[1].replace("-", "_")
        if name in hyperparameters:
            raise ConfigurationError(
                f"{given.origin(key)}: {written[name]} and {key} are one hyperparameter: keep one."
            )
        hyperparameters[name], written[name] = value, key
    _rounds(given, hyperparameters, written)
    # The oldest image (XGBoost 0.72) does not know reg:squarederror; every image needs an objective beside eval_metric.
    hyperparameters.setdefault("objective", "reg:linear" if repository == "xgboost" else "reg:squarederror")
    return hyperparameters


def _rounds(given: UserParameters, hyperparameters: dict[str, str], written: Mapping[str, str]) -> None:
    old = given.values.get("num-round")
    key = written.get("num_round", "hp-num-round" if old is None else "num-round")
    rounds = hyperparameters.get("num_round", old)
    if rounds is None:
        raise ConfigurationError(
            f'{given.origin(key)}: {key} is missing, the algorithm requires it: add "{key}": "100".'
        )
    if not re.fullmatch("0*[1-9][0-9]*", rounds):
        given.wrong(key, rounds, "a whole number of at least 1")
    hyperparameters["num_round"] = rounds
