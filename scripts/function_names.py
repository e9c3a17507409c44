"""The four functions: their names, modules and zips."""

# The function's name in AWS, and the module (file) in PipelineLambdaFunctions/ that holds its handler.
FUNCTIONS = {
    "TrainModel": "train_model",
    "GetStatus": "get_status",
    "DeployModel": "deploy_model",
    "EvaluateModel": "evaluate_model",
}


def zip_name(function: str) -> str:
    return f"MLOps-BIA-{function}.py.zip"


def function_name(function: str, suffix: str) -> str:
    return f"MLOps-BIA-{function}-{suffix}"
