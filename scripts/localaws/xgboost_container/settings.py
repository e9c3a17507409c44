"""What the environment of a serving container says."""

from collections.abc import Mapping
from dataclasses import dataclass

from localaws.xgboost_container.version import Version

_MEGABYTE = 1024 * 1024
_LONGEST_BODY = 20 * _MEGABYTE  # the image takes no larger value


@dataclass(frozen=True)
class Settings:
    """How a container serves: its version, and what its environment variables ask for."""

    version: Version
    ensemble: bool
    default_accept: str
    batch: bool
    longest_body: int
    selected: tuple[str, ...]  # the keys of SAGEMAKER_INFERENCE_OUTPUT, in order

    @classmethod
    def of(cls, version: Version, environment: Mapping[str, str]) -> "Settings":
        """Read an environment."""
        selected = environment.get("SAGEMAKER_INFERENCE_OUTPUT", "").replace(" ", "").lower()
        return cls(
            version,
            ensemble=environment.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true").lower() != "false",
            default_accept=environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv"),
            batch=environment.get("SAGEMAKER_BATCH") == "true",
            longest_body=min(int(environment.get("MAX_CONTENT_LENGTH", 6 * _MEGABYTE)), _LONGEST_BODY),
            selected=tuple(selected.split(",")) if selected else (),
        )

    @property
    def longest_body_in_megabytes(self) -> int:
        """The longest body, as /execution-parameters tells it."""
        return self.longest_body // _MEGABYTE
