"""The operations of training jobs."""

from moto.core.responses import ActionResult, EmptyResult

from localaws.sagemaker import events, listing, quotas, rules, storage
from localaws.sagemaker.errors import invalid, job_exists
from localaws.sagemaker.images import version_of
from localaws.sagemaker.models import TERMINAL, TrainingJob
from localaws.sagemaker.operations import Operations, alone
from localaws.sagemaker.training import Training


class TrainingOperations(Operations):
    """Answers what concerns training jobs."""

    def create_training_job(self) -> ActionResult:
        """Check everything that AWS checks before it starts, then start."""
        request = self.checked()
        rules.check_training_job(request)
        name = request["TrainingJobName"]
        version = version_of(request["AlgorithmSpecification"]["TrainingImage"], self.region)
        arn = self.backend.arn("training-job", name)
        channels = request.get("InputDataConfig", ())
        uris = [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in channels]
        storage.check_data(request["RoleArn"], uris, self.region, arn)
        job = TrainingJob(name, arn, request)
        training = Training(job, version, self.region)
        with self.backend.lock:
            quotas.check_training(self.backend, request)
            if self.backend.training_jobs.setdefault(name, job) is not job:
                raise job_exists("Training", arn)
        job.on_change = lambda: events.job_changed(job)
        job.on_change()
        training.start()
        return ActionResult({"TrainingJobArn": arn})

    def describe_training_job(self) -> ActionResult:
        """Tell everything about a job."""
        return ActionResult(self.backend.training_job(self.checked()["TrainingJobName"]).describe())

    def stop_training_job(self) -> ActionResult:
        """Stop a job that runs."""
        job = self.backend.training_job(self.checked()["TrainingJobName"])
        if job.status in TERMINAL:
            raise invalid(f"The request was rejected because the training job is in status {job.status}.")
        job.stop()
        return EmptyResult()

    @alone
    def delete_training_job(self) -> ActionResult:
        """Forget a job that has ended, which frees its name."""
        job = self.backend.training_job(self.checked()["TrainingJobName"])
        if job.status not in TERMINAL:
            raise invalid(f"The request was rejected because the training job is in status {job.status}.")
        del self.backend.training_jobs[job.name]
        return EmptyResult()

    def list_training_jobs(self) -> ActionResult:
        """List jobs."""
        jobs, more = listing.page(list(self.backend.training_jobs.values()), self.checked(), "Ascending")
        summaries = [
            {
                "TrainingJobName": job.name,
                "TrainingJobArn": job.arn,
                "CreationTime": job.created,
                "TrainingEndTime": job.ended,
                "LastModifiedTime": job.modified,
                "TrainingJobStatus": job.status,
                "SecondaryStatus": job.secondary_status,
            }
            for job in jobs
        ]
        return ActionResult({"TrainingJobSummaries": summaries} | more)
