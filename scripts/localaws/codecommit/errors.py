"""CodeCommit's errors: a code each, with the sentence that botocore's model has for it."""

import re

from moto.core.exceptions import ServiceException
from moto.core.utils import get_service_model


class CodeCommitError(ServiceException):
    """An error of CodeCommit: its code, and what is wrong, if botocore's description of the code is not enough."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(code, message or _described(code))


def _described(code: str) -> str:
    documentation = get_service_model("codecommit").shape_for(code).documentation
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", documentation)).strip()
