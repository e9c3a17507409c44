"""Drills in which an administrator takes a permission away half-way."""

from drills.models import DEPLOY, Drill, Lost

PERMISSIONS = (
    Drill(
        "permission-lost",
        "DeployModel loses its permission for sagemaker:CreateModel when the training is over",
        DEPLOY,
        "CreateModel failed …: … is not authorized to perform: sagemaker:CreateModel",
        lost=Lost("sagemaker:CreateModel", "DeployModelRole", "Train", "DeployDev"),
    ),
    Drill(
        "permission-of-sagemaker-lost",
        "SageMaker's role loses its permission to read the model when the training is over",
        DEPLOY,
        "CreateModel failed while making the model …: Could not access model data",
        lost=Lost("s3:GetObject", "SageMakerRole", "Train", "DeployDev"),
    ),
    Drill(
        "permission-to-succeed-lost",
        "DeployModel loses its permission to report success when the training is over",
        DEPLOY,
        "PutJobSuccessResult failed while answering CodePipeline: AccessDeniedException",
        lost=Lost("codepipeline:PutJobSuccessResult", "DeployModelRole", "Train", "DeployDev"),
    ),
)
