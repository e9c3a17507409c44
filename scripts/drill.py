"""Break something in a local AWS of its own, release, and see that its true reason is told and that nothing hangs.

make drill FAULT=training-killed; without FAULT it lists all that can be broken.
"""

import interrupts  # noqa: F401 - the first of all

import contextlib
import difflib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

import own_aws

if TYPE_CHECKING:
    from drills.models import Drill, Lost
    from follow import Execution
    from resource_names import Names

SUFFIX = "drill"
LOGS = own_aws.BUILD / "drill" / "logs"
_LONGEST = 120.0  # seconds that a release may take here, whatever is broken


def main() -> int:
    """Run the drill that FAULT names, or list all; return the exit status."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in {"-h", "--help"} else 1
    fault = os.environ.get("FAULT", "")
    return own_aws.undisturbed(lambda: show(find(fault)) if fault else tell_all())


def tell_all() -> None:
    """Print every drill: its name, what is broken, what is expected."""
    import drills

    print("Choose one with make drill FAULT=name:\n")
    for name, broken, expected in drills.table():
        print(f"{name}: {broken}. {expected[0].upper()}{expected[1:]}.")


def find(name: str) -> "Drill":
    """Return the drill of that name. Raises WorkshopError, with the nearest names, when there is none."""
    import account
    import drills

    known = {one.name.lower(): one for one in drills.every().values()}
    if name.lower() in known:
        return known[name.lower()]
    near = [known[one].name for one in difflib.get_close_matches(name.lower(), known, n=2)]
    hint = f"Did you mean {' or '.join(near)}?" if near else "`make drill` lists them."
    raise account.WorkshopError(f"FAULT={name}: there is no such fault. {hint}")


def show(one: "Drill") -> None:
    """Run one drill from an empty local AWS to an empty one. Raises WorkshopError where something is unexpected."""
    import account
    import kept_logs
    from resource_names import Names

    with own_aws.alone("drill"), contextlib.ExitStack() as running:
        steps = own_aws.Steps()
        shutil.rmtree(LOGS.parent, ignore_errors=True)
        LOGS.mkdir(parents=True)
        with steps.step("Start local AWS"):
            aws = running.enter_context(own_aws.local_aws(LOGS / "localaws.log"))
            os.environ.update(aws.variables)
            session = account.connect().session
        drilling = Drilling(aws, session, Names(SUFFIX))
        drilling.deploy(steps)
        with steps.step(f"Release, while {one.broken} (make release NEW=1)"):
            drilling.release_under(one)
        print(f"As expected: {one.expected}", flush=True)
        kept_logs.keep(session, LOGS)
        with steps.step("Release with nothing broken (make release NEW=1)"):
            drilling.release_well()
        with steps.step("Tear down (make teardown)"):
            drilling.tear_down()
        told = LOGS.relative_to(own_aws.ROOT)
        print(f"\nNothing is left. Done in {monotonic() - steps.began:.1f} s. Logs of the broken release: {told}")


class Drilling:
    """Drills in a workshop that is deployed. All raise WorkshopError where something is not as it has to be."""

    def __init__(self, aws: own_aws.OwnAWS, session: Any, names: "Names") -> None:
        self.aws = aws
        self.session = session
        self._names = names

    def deploy(self, steps: own_aws.Steps) -> None:
        """Deploy everything and release once, so that there is something to change."""
        steps.build(self.session, self._names.suffix)
        with steps.step("Release once, so that there is something to change (make release)"):
            self.release_well(is_new=False)

    def release_well(self, *, is_new: bool = True) -> None:
        """Release; the release has to succeed."""
        import release

        release.succeed(release.release(self.session, self._names.suffix, is_new=is_new, seen=_impatient()))

    def release_under(self, one: "Drill") -> None:
        """Release under a fault, and see that it ends as the drill says, with nothing that teardown would not find."""
        import release

        with self._losing(one.lost) as seen:
            self.aws.change(one.faults, one.durations)
            try:
                execution = release.release(self.session, self._names.suffix, is_new=True, seen=seen)
            finally:
                struck = self.aws.change()
        judge(one, execution, struck)
        self.see_all_is_known()

    def see_all_is_known(self) -> None:
        """Raise WorkshopError if SageMaker holds something that teardown does not know."""
        import account
        import leftovers

        known = {one.name for one in leftovers.find(self.session, self._names)}
        if unknown := sorted(held_by_sagemaker(self.session.client("sagemaker")) - known):
            raise account.WorkshopError(f"Teardown would not find {', '.join(unknown)}")

    def tear_down(self) -> None:
        """Delete everything; nothing may be left."""
        import account
        import teardown

        left = [str(one) for one in teardown.teardown(self.session, self._names.suffix)]
        left += sorted(held_by_sagemaker(self.session.client("sagemaker")))
        if left:
            raise account.WorkshopError(f"Teardown has left {', '.join(left)}")

    @contextlib.contextmanager
    def _losing(self, lost: "Lost | None") -> Iterator["Callable[[Execution], None]"]:
        """Yield what is to see each look at the execution: it takes the permission away in time."""
        patient = _impatient()
        if lost is None:
            yield patient
            return
        codepipeline, iam = self.session.client("codepipeline"), self.session.client("iam")
        role = self._role(lost.role)
        policies = {
            name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        }
        gate = {"pipelineName": self._names.pipeline, "stageName": lost.before, "transitionType": "Inbound"}
        codepipeline.disable_stage_transition(**gate, reason="a permission is about to be lost")

        def seen(execution: "Execution") -> None:
            patient(execution)
            if any(stage.name == lost.after and stage.status == "Succeeded" for stage in execution.stages):
                self._put(role, {name: without(policy, lost.action) for name, policy in policies.items()})
                codepipeline.enable_stage_transition(**gate)

        try:
            yield seen
        finally:
            self._put(role, policies)
            codepipeline.enable_stage_transition(**gate)

    def _role(self, logical_id: str) -> str:
        resources = self.session.client("cloudformation").describe_stack_resources(
            StackName=self._names.pipeline_stack, LogicalResourceId=logical_id
        )
        name: str = resources["StackResources"][0]["PhysicalResourceId"]
        return name

    def _put(self, role: str, policies: dict[str, Any]) -> None:
        iam = self.session.client("iam")
        for name, policy in policies.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


def judge(one: "Drill", execution: "Execution", struck: Sequence[int]) -> None:
    """Raise WorkshopError unless a release under a fault ended as it had to, and the fault was really there. Pure."""
    import account

    failed = execution.failed
    ended = f"{failed.stage}/{failed.name} failed: {failed.message}" if failed else execution.status
    as_expected = (
        bool(failed and f"{failed.stage}/{failed.name}" == one.fails and says(failed.message, one.words))
        if one.fails
        else execution.status == "Succeeded"
    )
    if not as_expected:
        raise account.WorkshopError(f"Not as expected ({one.expected}): {ended}")
    if 0 in struck:
        raise account.WorkshopError(f"The fault {one.faults[struck.index(0)]} did not strike: {ended}")


def says(message: str, words: str) -> bool:
    """Whether a message has these words, where … stands for anything. Pure."""
    return bool(re.search(".*".join(map(re.escape, words.split("…"))), message, re.DOTALL))


def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
    """Return a policy that does not allow an action. Pure."""
    statements = [
        statement | {"Action": [one for one in listed(statement["Action"]) if one != action]}
        for statement in policy["Statement"]
    ]
    return policy | {"Statement": [statement for statement in statements if statement["Action"]]}


def listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def held_by_sagemaker(sagemaker: Any) -> set[str]:
    """Return the names of all that costs money or blocks a name, in this account that has nothing else."""
    pages = {
        ("list_endpoints", "Endpoints", "EndpointName"): {},
        ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"): {},
        ("list_models", "Models", "ModelName"): {},
        ("list_training_jobs", "TrainingJobSummaries", "TrainingJobName"): {"StatusEquals": "InProgress"},
    }
    return {
        one[name]
        for (operation, group, name), filters in pages.items()
        for page in sagemaker.get_paginator(operation).paginate(**filters)
        for one in page[group]
    }


def _impatient() -> "Callable[[Execution], None]":
    """Return what raises WorkshopError when an execution is looked at for too long."""
    import account

    deadline = monotonic() + _LONGEST

    def seen(execution: "Execution") -> None:
        if monotonic() > deadline:
            raise account.WorkshopError(f"Execution {execution.id} hangs: {execution.status} for {_LONGEST:.0f} s")

    return seen


if __name__ == "__main__":
    sys.exit(main())
