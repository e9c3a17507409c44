"""The tables of status words know every word of botocore, and no other."""

from collections.abc import Mapping

import botocore.session
import pytest

import deploy_model
import endpoint_status
import training_status


@pytest.mark.parametrize(
    ("table", "shape"),
    [
        (training_status.TRAINING_STATUS, "TrainingJobStatus"),
        (endpoint_status.ENDPOINT_STATUS, "EndpointStatus"),
        (deploy_model.ENDPOINT_STATUS, "EndpointStatus"),
    ],
)
def test_a_table_of_status_words_is_botocores(table: Mapping[str, str], shape: str) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")

    assert set(table) == set(model.shape_for(shape).enum)
