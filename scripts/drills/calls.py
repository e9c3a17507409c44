"""Drills in which calls of AWS fail, are slow, or break off."""

from drills.models import NO_ANSWER, START, TRAINED, Drill, fault

CALLS = (
    Drill(
        "throttled-for-a-while",
        "SageMaker throttles three calls of each kind in a row",
        faults=tuple(
            fault("throttled", f"sagemaker:{operation}", times=3)
            for operation in ("CreateTrainingJob", "CreateModel", "UpdateEndpoint")
        ),
    ),
    Drill(
        "throttled-throughout",
        "SageMaker throttles CreateTrainingJob as long as the release lasts",
        START,
        "CreateTrainingJob failed while starting the training job …: ThrottlingException: Rate exceeded",
        (fault("throttled", "sagemaker:CreateTrainingJob"),),
    ),
    Drill(
        "s3-slows-down",
        "S3 answers SlowDown to two reads and two writes",
        faults=(fault("throttled", "s3:GetObject", times=2), fault("throttled", "s3:PutObject", times=2)),
    ),
    Drill(
        "s3-fails",
        "S3 answers InternalError to every read of validation.csv",
        START,
        "s3://…/validation/validation.csv cannot be read (InternalError)",
        (fault("internal error", "s3:GetObject", where={"Key": "validation/*"}),),
    ),
    Drill(
        "sagemaker-fails",
        "SageMaker answers InternalFailure whenever it is asked for the training job",
        TRAINED,
        "DescribeTrainingJob failed while looking at the training job …: InternalFailure",
        (fault("internal error", "sagemaker:DescribeTrainingJob"),),
    ),
    Drill(
        "sagemaker-unavailable-for-a-while",
        "SageMaker answers ServiceUnavailable three times when it is asked for an endpoint",
        faults=(fault("unavailable", "sagemaker:DescribeEndpoint", times=3),),
    ),
    Drill(
        "endpoint-throttled",
        "three requests to the endpoint are throttled",
        faults=(fault("throttled", "sagemaker-runtime:InvokeEndpoint", times=3),),
    ),
    Drill(
        "slow-answers",
        "every call of SageMaker takes half a second longer",
        faults=(fault("slow", "sagemaker*:*", seconds=0.5),),
    ),
    Drill(
        "connections-dropped",
        "three connections to SageMaker break before anything is done",
        faults=(fault("dropped", "sagemaker:*", times=3),),
    ),
    Drill(
        "answers-lost",
        "SageMaker does what it is asked, but the connection breaks before it says so",
        faults=tuple(
            fault("answer lost", f"sagemaker:{operation}", times=1)
            for operation in ("CreateTrainingJob", "CreateModel", "CreateEndpointConfig", "UpdateEndpoint")
        ),
    ),
    Drill(
        "answer-lost-for-good",
        "SageMaker starts the training, but no answer of that arrives, however often it is asked",
        START,
        "AWS could not be called while starting the training job …: Connection was closed",
        (fault("answer lost", "sagemaker:CreateTrainingJob"),),
    ),
    Drill(
        "answer-cut-off",
        "the connection breaks in the middle of validation.csv",
        START,
        "AWS could not be called while checking validation/validation.csv",
        (fault("cut off", "s3:GetObject", where={"Key": "validation/*"}),),
    ),
    Drill(
        "invocations-throttled",
        "Lambda throttles CodePipeline twice",
        faults=(fault("throttled", "lambda:Invoke", times=2),),
    ),
    Drill(
        "success-not-taken",
        "CodePipeline takes no success from the functions",
        START,
        "PutJobSuccessResult failed while answering CodePipeline: ServiceUnavailable",
        (fault("unavailable", "codepipeline:PutJobSuccessResult"),),
    ),
    Drill(
        "no-result-taken",
        "CodePipeline takes no result at all from the functions",
        START,
        NO_ANSWER,
        (fault("unavailable", "codepipeline:PutJob*Result"),),
        {"action_reply_timeout": 15.0},
    ),
    Drill(
        "logs-unavailable",
        "CloudWatch Logs takes nothing",
        faults=(fault("unavailable", "logs:PutLogEvents"),),
    ),
)
