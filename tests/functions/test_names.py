"""The names of what the functions make fit AWS, also the longest, and tell whose they are."""

import botocore.session
import pytest

import names

MODEL_NAME, SUFFIX, ENV = "m" * 20, "s" * 16, "Production"
JOB_ID = "0123ABCD-4567-4890-abcd-ef0123456789"
RUN = "0123abcd4567"


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        (names.training_job(MODEL_NAME, SUFFIX, RUN), "TrainingJobName"),
        (names.training_job(MODEL_NAME, SUFFIX, RUN), "ModelName"),
        (names.endpoint(MODEL_NAME, SUFFIX, ENV), "EndpointName"),
        (names.endpoint_config(SUFFIX, ENV, RUN, JOB_ID), "EndpointConfigName"),
    ],
)
def test_the_longest_name_fits(name: str, shape: str) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker").shape_for(shape)

    assert len(name) <= model.metadata["max"]
    assert name == name.lower()
    assert "_" not in name


def test_a_run_is_the_first_digits_of_its_job() -> None:
    assert names.run_id(JOB_ID) == RUN


def test_a_configuration_tells_its_environment() -> None:
    name = names.endpoint_config("sde", "Dev", RUN, JOB_ID)

    assert name == f"sde-dev-{RUN}-0123ab"
    assert names.config_environment(name, "sde") == "dev"
    assert names.config_environment(name, "de") is None


def test_a_model_tells_its_suffix() -> None:
    name = names.training_job("winequality", "sde", RUN)

    assert names.is_model(name, "sde")
    assert not names.is_model(name, "de")
    assert not names.is_model(f"x-{name}", "sde")
    assert not names.is_model(f"{name}-x", "sde")
