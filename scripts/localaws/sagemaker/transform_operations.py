"""The operations of batch transform jobs."""

from moto.core.responses import ActionResult, EmptyResult

from localaws.sagemaker import events, listing, quotas, storage
from localaws.sagemaker.errors import invalid, job_exists
from localaws.sagemaker.models import TERMINAL
from localaws.sagemaker.operations import Operations
from localaws.sagemaker.transform_rules import check_transform_job
from localaws.sagemaker.transforming import Transforming
from localaws.sagemaker.transforms import TransformJob


class TransformOperations(Operations):
    """Answers what concerns batch transform jobs."""

    def create_transform_job(self) -> ActionResult:
        """Check the request, the model and that there is data, then start."""
        request = self.checked()
        check_transform_job(request)
        model = self.backend.model(request["ModelName"])
        name = request["TransformJobName"]
        arn = self.backend.arn("transform-job", name)
        source = request["TransformInput"]["DataSource"]["S3DataSource"]
        storage.check_data(model.request["ExecutionRoleArn"], [source["S3Uri"]], self.region, arn)
        job = TransformJob(name, arn, request)
        transforming = Transforming(job, model, self.region)
        with self.backend.lock:
            quotas.check_transform(self.backend, request)
            if self.backend.transform_jobs.setdefault(name, job) is not job:
                raise job_exists("Transform", arn)
        job.on_change = lambda: events.transform_changed(job)
        job.on_change()
        transforming.start()
        return ActionResult({"TransformJobArn": arn})

    def describe_transform_job(self) -> ActionResult:
        """Tell everything about a job."""
        return ActionResult(self.backend.transform_job(self.checked()["TransformJobName"]).describe())

    def stop_transform_job(self) -> ActionResult:
        """Stop a job that runs."""
        job = self.backend.transform_job(self.checked()["TransformJobName"])
        if job.status in TERMINAL:
            raise invalid(f"The request was rejected because the transform job is in status {job.status}.")
        job.stop()
        return EmptyResult()

    def list_transform_jobs(self) -> ActionResult:
        """List jobs."""
        jobs, more = listing.page(list(self.backend.transform_jobs.values()), self.checked(), "Descending")
        return ActionResult({"TransformJobSummaries": [job.summary() for job in jobs]} | more)
