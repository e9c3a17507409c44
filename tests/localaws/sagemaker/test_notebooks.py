"""Notebook instances and lifecycle configurations: settings and statuses, nothing that runs."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import durations

Client = Callable[[str], Any]
SCRIPT = base64.b64encode(b"#!/bin/bash\necho hello\n").decode()
ARN = "arn:aws:sagemaker:us-east-1:123456789012"


@pytest.fixture
def create_notebook(client: Client, role: str, name: Callable[[], str]) -> Callable[..., str]:
    """A function that creates a notebook instance and returns its name."""

    def create(**settings: Any) -> str:
        notebook = name()
        whole = {"NotebookInstanceName": notebook, "InstanceType": "ml.t3.medium", "RoleArn": role} | settings
        client("sagemaker").create_notebook_instance(**whole)
        return notebook

    return create


@pytest.fixture
def reach(client: Client, wait: Callable[..., Any]) -> Callable[[str, str], Any]:
    """A function that waits until a notebook instance has a status and returns its description."""
    return lambda notebook, status: wait(
        lambda: client("sagemaker").describe_notebook_instance(NotebookInstanceName=notebook),
        lambda found: found["NotebookInstanceStatus"] == status,
    )


@pytest.fixture
def lifecycle_config(client: Client, name: Callable[[], str]) -> str:
    """A lifecycle configuration with a script for each start."""
    config = name()
    client("sagemaker").create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=config, OnStart=[{"Content": SCRIPT}]
    )
    return config


def test_a_notebook_comes_into_service(
    create_notebook: Callable[..., str], reach: Callable[..., Any], role: str, lifecycle_config: str
) -> None:
    notebook = create_notebook(LifecycleConfigName=lifecycle_config)
    found = reach(notebook, "InService")
    assert found["NotebookInstanceArn"] == f"{ARN}:notebook-instance/{notebook}"
    assert found["NotebookInstanceLifecycleConfigName"] == lifecycle_config
    assert (found["RoleArn"], found["VolumeSizeInGB"], found["RootAccess"]) == (role, 5, "Enabled")
    assert found["Url"] == f"{notebook}.notebook.us-east-1.sagemaker.aws"


def test_a_notebook_goes_through_its_statuses(
    client: Client, create_notebook: Callable[..., str], reach: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durations, "sagemaker_step", 0.2)
    sagemaker, seen = client("sagemaker"), []
    notebook = create_notebook()
    by_name = {"NotebookInstanceName": notebook}

    def status() -> str:
        return str(sagemaker.describe_notebook_instance(**by_name)["NotebookInstanceStatus"])

    for act, then in (
        (None, "InService"),
        (sagemaker.stop_notebook_instance, "Stopped"),
        (sagemaker.start_notebook_instance, "InService"),
        (sagemaker.stop_notebook_instance, "Stopped"),
        (sagemaker.update_notebook_instance, "Stopped"),
    ):
        if act:
            act(**by_name)
        seen.append(status())
        reach(notebook, then)
    sagemaker.delete_notebook_instance(**by_name)
    assert [*seen, status()] == ["Pending", "Stopping", "Pending", "Stopping", "Updating", "Deleting"]


def test_a_deleted_notebook_is_not_found(
    client: Client, create_notebook: Callable[..., str], reach: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    notebook = create_notebook()
    reach(notebook, "InService")
    client("sagemaker").stop_notebook_instance(NotebookInstanceName=notebook)
    reach(notebook, "Stopped")
    client("sagemaker").delete_notebook_instance(NotebookInstanceName=notebook)
    wait(
        lambda: client("sagemaker").list_notebook_instances(NameContains=notebook)["NotebookInstances"],
        lambda listed: listed == [],
    )
    with pytest.raises(ClientError) as error:
        client("sagemaker").describe_notebook_instance(NotebookInstanceName=notebook)
    assert _words(error) == ("ValidationException", "RecordNotFound")


@pytest.mark.parametrize(
    ("operation", "allowed", "to"),
    [
        ("start_notebook_instance", "Stopped, Failed", "Pending"),
        ("update_notebook_instance", "Stopped, Failed", "Updating"),
        ("delete_notebook_instance", "Stopped, Failed", "Deleting"),
    ],
)
def test_a_notebook_in_service_is_left_alone(
    client: Client,
    create_notebook: Callable[..., str],
    reach: Callable[..., Any],
    *,
    operation: str,
    allowed: str,
    to: str,
) -> None:
    notebook = create_notebook()
    reach(notebook, "InService")
    with pytest.raises(ClientError) as error:
        getattr(client("sagemaker"), operation)(NotebookInstanceName=notebook)
    arn = f"{ARN}:notebook-instance/{notebook}"
    message = f"Status (InService) not in ([{allowed}]). Unable to transition to ({to}) for Notebook Instance ({arn})."
    assert _words(error) == ("ValidationException", message)


def test_an_update_changes_the_settings(
    client: Client, create_notebook: Callable[..., str], reach: Callable[..., Any], lifecycle_config: str
) -> None:
    notebook = create_notebook(LifecycleConfigName=lifecycle_config)
    reach(notebook, "InService")
    client("sagemaker").stop_notebook_instance(NotebookInstanceName=notebook)
    reach(notebook, "Stopped")
    client("sagemaker").update_notebook_instance(
        NotebookInstanceName=notebook, InstanceType="ml.t3.large", DisassociateLifecycleConfig=True
    )
    found = reach(notebook, "Stopped")
    assert (found["InstanceType"], "NotebookInstanceLifecycleConfigName" in found) == ("ml.t3.large", False)


# id, the settings of the request, how the message begins
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "an instance type that never was",
        {"InstanceType": "ml.none"},
        "1 validation error detected: Value 'ml.none' at 'instanceType' failed to satisfy constraint: ",
    ),
    (
        "a lifecycle configuration that does not exist",
        {"LifecycleConfigName": "nobody"},
        "Unable to describe Notebook Instance Lifecycle Config "
        f"'{ARN}:notebook-instance-lifecycle-config/nobody'. (Details: Notebook Instance Lifecycle Config does not "
        "exist.)",
    ),
    (
        "no way to the internet and no network",
        {"DirectInternetAccess": "Disabled"},
        "A notebook instance with DirectInternetAccess Disabled needs a SubnetId.",
    ),
    (
        "an accelerator",
        {"AcceleratorTypes": ["ml.eia1.medium"]},
        "Local AWS does not implement AcceleratorTypes of CreateNotebookInstance.",
    ),
]


@pytest.mark.parametrize(("settings", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_notebook_is_refused(create_notebook: Callable[..., str], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as error:
        create_notebook(**settings)
    code, text = _words(error)
    assert (code, text[: len(message)]) == ("ValidationException", message)


def test_a_name_is_used_once(create_notebook: Callable[..., str]) -> None:
    notebook = create_notebook()
    with pytest.raises(ClientError) as error:
        create_notebook(NotebookInstanceName=notebook)
    arn = f"{ARN}:notebook-instance/{notebook}"
    assert _words(error) == ("ValidationException", f"Cannot create a duplicate Notebook Instance ({arn})")


def test_a_lifecycle_configuration_keeps_its_scripts(client: Client, lifecycle_config: str) -> None:
    by_name = {"NotebookInstanceLifecycleConfigName": lifecycle_config}
    client("sagemaker").update_notebook_instance_lifecycle_config(**by_name, OnCreate=[{"Content": SCRIPT}])
    found = client("sagemaker").describe_notebook_instance_lifecycle_config(**by_name)
    assert (found["OnCreate"], found["OnStart"]) == ([{"Content": SCRIPT}], [{"Content": SCRIPT}])
    listed = client("sagemaker").list_notebook_instance_lifecycle_configs(NameContains=lifecycle_config)
    names = [config["NotebookInstanceLifecycleConfigName"] for config in listed["NotebookInstanceLifecycleConfigs"]]
    assert names == [lifecycle_config]


def test_a_script_must_be_base64(client: Client, name: Callable[[], str]) -> None:
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName=name(), OnStart=[{"Content": "#!/bin/bash"}]
        )
    assert _words(error) == (
        "ValidationException",
        "OnStart of a lifecycle configuration must be a base64-encoded shell script.",
    )


def test_a_deleted_lifecycle_configuration_is_not_found(client: Client, lifecycle_config: str) -> None:
    by_name = {"NotebookInstanceLifecycleConfigName": lifecycle_config}
    client("sagemaker").delete_notebook_instance_lifecycle_config(**by_name)
    with pytest.raises(ClientError) as error:
        client("sagemaker").delete_notebook_instance_lifecycle_config(**by_name)
    assert _words(error) == (
        "ValidationException",
        f"Unable to delete Notebook Instance Lifecycle Config '{ARN}:notebook-instance-lifecycle-config/"
        f"{lifecycle_config}'. (Details: Notebook Instance Lifecycle Config does not exist.)",
    )


def _words(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
