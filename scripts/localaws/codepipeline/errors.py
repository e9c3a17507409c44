"""CodePipeline's errors."""

from moto.core.exceptions import ServiceException


class InvalidStructureException(ServiceException):
    """A pipeline that breaks a structure rule."""

    code = "InvalidStructureException"


class InvalidStageDeclarationException(ServiceException):
    """A stage that breaks a rule."""

    code = "InvalidStageDeclarationException"


class InvalidActionDeclarationException(ServiceException):
    """An action that breaks a rule."""

    code = "InvalidActionDeclarationException"


class PipelineNameInUseException(ServiceException):
    """A second pipeline of one name."""

    code = "PipelineNameInUseException"


class PipelineNotFoundException(ServiceException):
    """No such pipeline."""

    code = "PipelineNotFoundException"


class PipelineVersionNotFoundException(ServiceException):
    """No such version of a pipeline."""

    code = "PipelineVersionNotFoundException"


class PipelineExecutionNotFoundException(ServiceException):
    """No such execution."""

    code = "PipelineExecutionNotFoundException"


class PipelineExecutionNotStoppableException(ServiceException):
    """An execution that has ended."""

    code = "PipelineExecutionNotStoppableException"


class DuplicatedStopRequestException(ServiceException):
    """An execution that is stopping already."""

    code = "DuplicatedStopRequestException"


class StageNotFoundException(ServiceException):
    """No such stage."""

    code = "StageNotFoundException"


class ActionNotFoundException(ServiceException):
    """No such action."""

    code = "ActionNotFoundException"


class StageNotRetryableException(ServiceException):
    """A stage in which nothing can be retried."""

    code = "StageNotRetryableException"


class NotLatestPipelineExecutionException(ServiceException):
    """A stage that another execution has entered since."""

    code = "NotLatestPipelineExecutionException"


class PipelineExecutionOutdatedException(ServiceException):
    """An execution of another version of the pipeline, to which no stage is rolled back."""

    code = "PipelineExecutionOutdatedException"


class UnableToRollbackStageException(ServiceException):
    """A stage that cannot be rolled back, or not to this execution."""

    code = "UnableToRollbackStageException"


class InvalidApprovalTokenException(ServiceException):
    """A token of no open approval."""

    code = "InvalidApprovalTokenException"


class ApprovalAlreadyCompletedException(ServiceException):
    """An approval that has its answer."""

    code = "ApprovalAlreadyCompletedException"


class ConcurrentPipelineExecutionsLimitExceededException(ServiceException):
    """Too many executions in progress."""

    code = "ConcurrentPipelineExecutionsLimitExceededException"


class JobNotFoundException(ServiceException):
    """No such job."""

    code = "JobNotFoundException"


class InvalidJobStateException(ServiceException):
    """A job that has its result."""

    code = "InvalidJobStateException"


class OutputVariablesSizeExceededException(ServiceException):
    """More output variables than an action may have."""

    code = "OutputVariablesSizeExceededException"


class InvalidNextTokenException(ServiceException):
    """A page that does not exist."""

    code = "InvalidNextTokenException"


class ResourceNotFoundException(ServiceException):
    """No such resource to tag."""

    code = "ResourceNotFoundException"


class TooManyTagsException(ServiceException):
    """More than 50 tags."""

    code = "TooManyTagsException"


class ValidationException(ServiceException):
    """A request that breaks a rule its model does not state."""

    code = "ValidationException"
