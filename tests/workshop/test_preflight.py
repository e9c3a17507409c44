"""`make deploy` makes nothing where it cannot succeed, and says why."""

import pytest

from localaws.servicequotas.catalogue import limits

from .conftest import Workshop

pytestmark = pytest.mark.slow  # make and Python start anew for each

NOWHERE = "http://127.0.0.1:1"  # whatever is wrong here is told before AWS is called
NO_NUMBER = {"AWS_ENDPOINT_URL": NOWHERE, "HostingInstanceType": "ml.m5.large", "HostingInstanceCount": "two"}


def test_a_new_suffix_may_go_on(workshop: Workshop) -> None:
    lines = workshop.made("preflight").splitlines()
    assert lines[0].startswith("Account 123456789012, region us-east-1, endpoint http://127.0.0.1:")
    assert lines[1] == "  ok       signed in as arn:aws:iam::123456789012:user/local"
    assert {line.split()[0] for line in lines[1:-1]} == {"ok"}
    assert lines[-1] == f"Nothing stands in the way. Next: make deploy SUFFIX={workshop.suffix}"


def test_a_new_account_s_quotas_stop_a_deployment_before_it_begins(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits, "ml.m5.large for training job usage", 0)
    done = workshop.make("deploy")
    assert done.returncode == 2
    assert "--service-code sagemaker --quota-code L-611FA074 --desired-value 1" in done.stdout
    assert done.stderr.startswith("Refused above: 1. Mend what is named there, then: make preflight SUFFIX=")
    assert f"mlops-builtinalgo-data-{workshop.suffix}" not in {
        bucket["Name"] for bucket in workshop.client("s3").list_buckets()["Buckets"]
    }


def test_what_is_deployed_may_be_deployed_again(deployed: Workshop) -> None:
    lines = deployed.made("preflight").splitlines()
    assert {line.split()[0] for line in lines[1:-1]} == {"ok"}
    assert f"  ok       stack mlops-pipeline-builtinalgo-{deployed.suffix} is " in "\n".join(lines)


def test_a_bucket_that_its_stack_has_lost_stops_a_deployment(workshop: Workshop) -> None:
    workshop.made("prep")
    bucket = f"mlops-builtinalgo-data-{workshop.suffix}"
    workshop.client("s3").delete_bucket(Bucket=bucket)
    done = workshop.make("deploy")
    assert f"  refused  The bucket {bucket} of MLOps-BuiltIn-Algorithm-Workshop" in done.stdout
    assert f"make teardown SUFFIX={workshop.suffix}, then make deploy" in done.stdout
    assert "Refused above: 1" in done.stderr
    workshop.made("teardown")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"AWS_REGION": "us-esat-1"}, "Region us-esat-1 is none of the "),
        ({"AWS_SESSION_TOKEN": "expired"}, "sign in again"),
        ({"DATA": "nowhere"}, "nowhere has no validation.csv, test.csv, train.csv: DATA is a folder with"),
        ({"AWS_ENDPOINT_URL": NOWHERE}, "check the network and AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": NOWHERE, "TRAIN": "{'a': 1}"}, "TRAIN is not JSON: "),
        (
            {"AWS_ENDPOINT_URL": NOWHERE, "SOURCE": "codecommit"},
            "SOURCE is 'codecommit': expected None, CodeCommit or GitHub",
        ),
        (NO_NUMBER, "HostingInstanceCount is 'two': expected a whole number"),
    ],
    ids=["region", "credentials", "data", "network", "TRAIN", "SOURCE", "parameter"],
)
def test_what_is_wrong_from_the_start_is_one_line(workshop: Workshop, given: dict[str, str], told: str) -> None:
    assert told in workshop.refused("preflight", **given)
