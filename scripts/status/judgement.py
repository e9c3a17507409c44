"""What to think of it: what was never tested, what nobody watches, what costs money. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import release
from follow import Action, Stage, one_line
from status.models import Instances, Run, TrainingJob, Unread, Workshop, known
from status.prices import Price, Prices

TESTED = "tested"
BEING_TESTED = "being tested"
FINE = {TESTED, BEING_TESTED}


@dataclass(frozen=True)
class Billed:
    """What bills by the hour, with the price of one of its instances where that is known."""

    name: str
    instances: Instances
    price: Price | None


def verdict(history: Sequence[Run], config: str) -> str:
    """Whether what an endpoint serves has passed its test, which is the last action of the stage that deployed it."""
    stages = ((run, stage) for run in history for stage in run.execution.stages)
    run, stage = next(((run, stage) for run, stage in stages if _deploys(stage, config)), (None, None))
    if run is None or stage is None:
        is_under_way = any(not run.execution.is_over for run in history)
        return BEING_TESTED if is_under_way else "untested: no execution has finished its deployment"
    if stage.status == "Succeeded":
        return TESTED
    if not run.execution.is_over:
        return BEING_TESTED
    failed = next((action for action in stage.actions if action.status == "Failed"), None)
    execution = f"execution {run.execution.id[:8]}"
    if failed:
        return f"untested: {stage.name}/{failed.name} of {execution} is Failed"
    return f"untested: {execution} is {run.execution.status} in {stage.name}"


def _deploys(stage: Stage, config: str) -> bool:
    return any(action.variables.get("endpoint_config") == config for action in stage.actions)


def is_watched(history: Sequence[Run], job: TrainingJob) -> bool:
    """Whether an execution that runs has started the job, or may just be about to say so."""
    for run in (one for one in history if not one.execution.is_over):
        told = [
            action.variables["training_job"] for action in run.execution.actions if "training_job" in action.variables
        ]
        if job.name in told or (not told and run.began <= job.made):
            return True
    return False


def place(run: Run) -> str:
    """Where an execution is, or came to its end: stage/action."""
    actions = run.execution.actions
    last = run.execution.failed or next((one for one in actions if one.status == "InProgress"), None)
    last = last or (actions[-1] if actions else None)
    return f"{last.stage}/{last.name}" if last else ""


def reason(run: Run) -> str:
    """Why an execution ended, where that is not a success; what it does, while it runs."""
    execution = run.execution
    if execution.failed:
        return one_line(execution.failed.message) or "no message"
    if run.stopped_for:
        return f"stopped: {one_line(run.stopped_for)}"
    return release.ENDS.get(execution.status, "")


def last_tests(history: Sequence[Run]) -> list[tuple[Run, Action]]:
    """The newest test of each environment that came to scores."""
    found: dict[str, tuple[Run, Action]] = {}
    for run in history:
        for action in run.execution.actions:
            if "rmse" in action.variables:
                found.setdefault(action.variables["environment"], (run, action))
    return list(found.values())


def billed(workshop: Workshop, prices: Prices) -> Iterator[Billed]:
    """What runs and costs money by the hour, whether it is used or not."""
    for job in known(workshop.training_jobs):
        price = prices.get((workshop.region, "training", job.instances.type))
        yield Billed(job.name, job.instances, price)
    for endpoint in known(workshop.endpoints):
        if endpoint.instances and endpoint.status != "Failed":  # which has none: botocore, EndpointStatus
            price = prices.get((workshop.region, "hosting", endpoint.instances.type))
            yield Billed(endpoint.name, endpoint.instances, price)


def unwatched(workshop: Workshop) -> list[TrainingJob]:
    """The training jobs that run and are nobody's."""
    if isinstance(workshop.history, Unread):
        return []
    return [job for job in known(workshop.training_jobs) if not is_watched(workshop.history, job)]


def verdicts(workshop: Workshop) -> dict[str, str]:
    """The verdict on what each endpoint serves."""
    if isinstance(workshop.history, Unread):
        return {}
    return {endpoint.name: verdict(workshop.history, endpoint.config) for endpoint in known(workshop.endpoints)}
