"""The two kinds of failure that the image knows, named in its log as the image names them, and what it says of one."""

import sys
import traceback
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)
_PYTHON = f"/miniconda3/lib/python{sys.version_info.major}.{sys.version_info.minor}"


class UserError(Exception):
    """What the person who started the job can mend."""


class AlgorithmError(Exception):
    """What XGBoost itself could not do."""


# The traceback in FailureReason ends with the class's full name; people (and their tools) search for it.
for _kind in (UserError, AlgorithmError):
    _kind.__module__ = "sagemaker_algorithm_toolkit.exceptions"


def failure_text(error: Exception, folder: Path) -> str:
    """Return what the image writes into output/failure, with the paths of its container.

    The platform keeps the first 1024 characters, so that only the image's own frames are told, and no causes: their
    text is in the error's.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_PACKAGE)]
    lines = traceback.format_list([(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames])
    told = "".join(["Traceback (most recent call last):\n", *lines, *traceback.format_exception_only(error)])
    text = f"framework error: \n{told}\n{error}"
    for here, there in (
        (_PACKAGE, f"{_PYTHON}/site-packages/sagemaker_xgboost_container"),
        (sys.prefix, "/miniconda3"),
        (str(folder), "/opt/ml"),
    ):
        text = text.replace(here, there)
    return text
