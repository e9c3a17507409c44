"""Teardown leaves nothing that bills or blocks, and the same suffix can be deployed again."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Workshop

pytestmark = pytest.mark.slow


def all_pages(client: Any, operation: str) -> Any:
    return client.get_paginator(operation).paginate().build_full_result()


# For each kind of resource, what an account has of it.
KINDS: dict[str, Callable[[Callable[[str], Any]], Any]] = {
    "stacks": lambda client: all_pages(client("cloudformation"), "list_stacks")["StackSummaries"],
    "buckets": lambda client: client("s3").list_buckets()["Buckets"],
    "functions": lambda client: all_pages(client("lambda"), "list_functions")["Functions"],
    "roles": lambda client: all_pages(client("iam"), "list_roles")["Roles"],
    "log groups": lambda client: all_pages(client("logs"), "describe_log_groups")["logGroups"],
    "pipelines": lambda client: all_pages(client("codepipeline"), "list_pipelines")["pipelines"],
    "rules": lambda client: client("events").list_rules()["Rules"],
    "repositories": lambda client: all_pages(client("codecommit"), "list_repositories")["repositories"],
    "endpoints": lambda client: all_pages(client("sagemaker"), "list_endpoints")["Endpoints"],
    "endpoint configurations": lambda client: all_pages(client("sagemaker"), "list_endpoint_configs")[
        "EndpointConfigs"
    ],
    "models": lambda client: all_pages(client("sagemaker"), "list_models")["Models"],
}


def owned(workshop: Workshop) -> dict[str, list[Any]]:
    """What there is with the workshop's suffix in its name, deleted stacks aside."""
    found = {kind: listed(workshop.client) for kind, listed in KINDS.items()}
    return {
        kind: [one for one in all_of_it if workshop.suffix in str(one) and "DELETE_COMPLETE" not in str(one)]
        for kind, all_of_it in found.items()
    }


@pytest.mark.parametrize("released", [True, False], ids=["after a release", "in the middle of one"])
def test_teardown_leaves_nothing_and_deploy_works_again(workshop: Workshop, released: bool) -> None:
    workshop.made("deploy", *(["release"] if released else []))
    before = owned(workshop)
    assert all(
        before[kind] for kind in KINDS if released or kind not in {"endpoints", "endpoint configurations", "models"}
    )
    account = workshop.client("sts").get_caller_identity()["Account"]
    workshop.made("teardown", CONFIRM=account)
    assert owned(workshop) == {kind: [] for kind in KINDS}
    workshop.made("teardown", CONFIRM=account)  # twice is no fault
    workshop.made("deploy", "release")


def test_teardown_before_anything_was_made(workshop: Workshop) -> None:
    workshop.made("teardown")


def test_teardown_leaves_what_others_have(workshop_of: Callable[[str], Workshop]) -> None:
    """A suffix that ends another's: demo1 must not take xdemo1's resources with it."""
    mine, other = workshop_of("demo1"), workshop_of("xdemo1")
    other.made("deploy", "release")
    before = owned(other)
    mine.made("teardown")
    after = owned(other)
    assert {kind for kind in KINDS if len(after[kind]) < len(before[kind])} == set()
