"""A notebook that has the SageMaker Python SDK finds the pipeline's endpoint, calls it and deletes it."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import xgboost

from .conftest import ROOT, Workshop

PYTHON = ROOT / ".venv-sagemaker-sdk/bin/python"  # `make test-all` builds it
ROWS = [line.partition(",")[2] for line in (ROOT / "Data/test.csv").read_text().splitlines()]  # without the label


@pytest.fixture
def internet() -> Iterator[socket.socket]:
    """Where everything goes that does not go to local AWS: it never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.mark.slow
def test_a_predictor_predicts_as_the_model_does_and_deletes_its_endpoint(
    workshop: Workshop, internet: socket.socket, tmp_path: Path
) -> None:
    workshop.made("deploy", "release")
    deployment = workshop.artifact("DeployToTest")
    notebook = subprocess.run(
        [PYTHON, Path(__file__).with_name("predictor.py"), deployment["endpoint"]],
        input="\n".join(ROWS),
        env=workshop.aws.administrator.environment("us-east-1")
        | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        | {"HTTPS_PROXY": f"http://127.0.0.1:{internet.getsockname()[1]}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert notebook.returncode == 0, notebook.stderr
    booster = xgboost.Booster(model_file=bytearray(workshop.model(deployment["training"]["model_data_url"])))
    expected = booster.predict(xgboost.DMatrix([[float(value) for value in row.split(",")] for row in ROWS]))
    assert json.loads(notebook.stdout.splitlines()[-1]) == pytest.approx(expected.tolist(), abs=0)
    sagemaker = workshop.client("sagemaker")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=deployment["endpoint"], WaiterConfig={"Delay": 1})
    with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find endpoint configuration"):
        sagemaker.describe_endpoint_config(EndpointConfigName=deployment["endpoint_config"])
    with pytest.raises(BlockingIOError):
        internet.accept()
