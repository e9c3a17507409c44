"""Keeps the logs of an account as files, since local AWS forgets them when it ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def keep(session: Any, folder: Path) -> None:
    """Write each log group into a file of ``folder``, its streams one after the other."""
    logs = session.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            (folder / file_name(name)).write_text("".join(_lines(logs, name)), encoding="utf-8")


def of_action(session: Any, pipeline: str, action_name: str) -> str:
    """Return the name of the file that holds the log of an action's function."""
    stages = session.client("codepipeline").get_pipeline(name=pipeline)["pipeline"]["stages"]
    actions = (action for stage in stages for action in stage["actions"])
    configuration = next(action for action in actions if action["name"] == action_name)["configuration"]
    return file_name(f"/aws/lambda/{configuration['FunctionName']}")


def file_name(log_group: str) -> str:
    """Return the file's name of a log group: its own, without what a file system minds."""
    return log_group.strip("/").replace("/", "-") + ".log"


def _lines(logs: Any, group: str) -> Iterator[str]:
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            yield event["message"].rstrip("\n") + "\n"
