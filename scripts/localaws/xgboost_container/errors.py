"""The two kinds of failure that the image knows, named in its log as the image names them."""


class UserError(Exception):
    """What the person who started the job can mend."""


class AlgorithmError(Exception):
    """What XGBoost itself could not do."""


# The traceback in FailureReason ends with the class's full name; people (and their tools) search for it.
for _kind in (UserError, AlgorithmError):
    _kind.__module__ = "sagemaker_algorithm_toolkit.exceptions"
