"""The operations of notebook instances and their lifecycle configurations."""

import threading
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from localaws.clock import durations
from localaws.sagemaker import events, listing, quotas, record_rules
from localaws.sagemaker.errors import invalid
from localaws.sagemaker.notebooks import LifecycleConfig, NotebookInstance
from localaws.sagemaker.operations import Operations, alone
from localaws.sagemaker.rules import refuse_unknown

_SUMMARY = ("Name", "Arn", "Status", "LifecycleConfigName")
_SUMMARISED = {f"NotebookInstance{name}" for name in _SUMMARY} | {
    "Url",
    "InstanceType",
    "CreationTime",
    "LastModifiedTime",
    "DefaultCodeRepository",
    "AdditionalCodeRepositories",
}


class NotebookOperations(Operations):
    """Answers what concerns notebook instances and lifecycle configurations."""

    @alone
    def create_notebook_instance(self) -> ActionResult:
        """Remember a notebook instance, which comes into service."""
        request = self.checked()
        record_rules.check_notebook(request)
        name = request["NotebookInstanceName"]
        notebook = NotebookInstance(name, self.backend.arn("notebook-instance", name), request)
        self._check_lifecycle_config(request)
        quotas.check_notebook(self.backend, request["InstanceType"])
        if self.backend.notebooks.setdefault(name, notebook) is not notebook:
            raise invalid(f"Cannot create a duplicate Notebook Instance ({notebook.arn})")
        notebook.on_change = lambda: events.notebook_changed(notebook)
        notebook.pass_through("Pending", "InService")
        return ActionResult({"NotebookInstanceArn": notebook.arn})

    def describe_notebook_instance(self) -> ActionResult:
        """Tell everything about a notebook instance."""
        return ActionResult(self._notebook().describe())

    @alone
    def start_notebook_instance(self) -> ActionResult:
        """Bring a stopped notebook instance into service."""
        notebook = self._notebook()
        notebook.check_transition("Pending", "Stopped", "Failed")
        quotas.check_notebook(self.backend, notebook.request["InstanceType"])
        notebook.pass_through("Pending", "InService")
        return EmptyResult()

    @alone
    def stop_notebook_instance(self) -> ActionResult:
        """Take a notebook instance out of service."""
        notebook = self._notebook()
        notebook.check_transition("Stopping", "InService")
        notebook.pass_through("Stopping", "Stopped")
        return EmptyResult()

    @alone
    def update_notebook_instance(self) -> ActionResult:
        """Change the settings of a stopped notebook instance."""
        request = self.checked()
        refuse_unknown("UpdateNotebookInstance", record_rules.NOTEBOOK_UPDATE, request)
        notebook = self._notebook()
        notebook.check_transition("Updating", "Stopped", "Failed")
        self._check_lifecycle_config(request)
        notebook.update(request)
        notebook.pass_through("Updating", "Stopped")
        return EmptyResult()

    @alone
    def delete_notebook_instance(self) -> ActionResult:
        """Forget a stopped notebook instance."""
        notebook = self._notebook()
        notebook.check_transition("Deleting", "Stopped", "Failed")
        notebook.to("Deleting")
        timer = threading.Timer(durations.sagemaker_step, self.backend.notebooks.pop, [notebook.name])
        timer.daemon = True
        timer.start()
        return EmptyResult()

    def list_notebook_instances(self) -> ActionResult:
        """List notebook instances."""
        chosen, more = listing.page(list(self.backend.notebooks.values()), self.checked(), "Descending")
        summaries = [
            {name: value for name, value in notebook.describe().items() if name in _SUMMARISED} for notebook in chosen
        ]
        return ActionResult({"NotebookInstances": summaries} | more)

    def _notebook(self) -> NotebookInstance:
        return self.backend.notebook(self.checked()["NotebookInstanceName"])

    def _check_lifecycle_config(self, request: dict[str, Any]) -> None:
        if name := request.get("LifecycleConfigName"):
            self.backend.lifecycle_config(name, "describe")

    # Lifecycle configurations

    def create_notebook_instance_lifecycle_config(self) -> ActionResult:
        """Remember a lifecycle configuration."""
        request = self.checked()
        record_rules.check_scripts(request)
        name = request["NotebookInstanceLifecycleConfigName"]
        config = LifecycleConfig(name, self.backend.arn("notebook-instance-lifecycle-config", name), request)
        if self.backend.lifecycle_configs.setdefault(name, config) is not config:
            raise invalid(
                f"Unable to create Notebook Instance Lifecycle Config {config.arn}. (Details: Notebook Instance "
                "Lifecycle Config already exists.)"
            )
        return ActionResult({"NotebookInstanceLifecycleConfigArn": config.arn})

    def describe_notebook_instance_lifecycle_config(self) -> ActionResult:
        """Tell everything about a lifecycle configuration."""
        return ActionResult(self._lifecycle_config("describe").describe())

    def update_notebook_instance_lifecycle_config(self) -> ActionResult:
        """Change the scripts of a lifecycle configuration."""
        record_rules.check_scripts(self.checked())
        self._lifecycle_config("update").update(self.checked())
        return EmptyResult()

    @alone
    def delete_notebook_instance_lifecycle_config(self) -> ActionResult:
        """Forget a lifecycle configuration."""
        del self.backend.lifecycle_configs[self._lifecycle_config("delete").name]
        return EmptyResult()

    def list_notebook_instance_lifecycle_configs(self) -> ActionResult:
        """List lifecycle configurations."""
        chosen, more = listing.page(list(self.backend.lifecycle_configs.values()), self.checked(), "Descending")
        return ActionResult({"NotebookInstanceLifecycleConfigs": [config.summary() for config in chosen]} | more)

    def _lifecycle_config(self, verb: str) -> LifecycleConfig:
        return self.backend.lifecycle_config(self.checked()["NotebookInstanceLifecycleConfigName"], verb)
