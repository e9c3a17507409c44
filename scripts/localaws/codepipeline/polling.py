"""Sources that CodePipeline polls: an execution starts when one of them has a new revision.

A source that cannot be read is as one without a revision: it is looked at again the next time.
"""

import json
import logging
import threading

from botocore.exceptions import BotoCoreError
from moto.core.exceptions import ServiceException

from localaws.clock import durations
from localaws.codepipeline import codecommit_source, s3_source
from localaws.codepipeline.models import ActionFailure, Declaration, Pipeline
from localaws.codepipeline.roles import role_credentials
from localaws.codepipeline.starting import start

_log = logging.getLogger(__name__)
_NEWEST = {
    "CodeCommit": ("codecommit", codecommit_source.newest),
    "S3": ("s3", s3_source.newest),
}  # by provider: whom to ask, and how
Revisions = dict[str, str | None]


def watch(pipeline: Pipeline) -> None:
    """Poll a pipeline's sources, if any is to be polled, as long as that is so."""
    with pipeline.changed:
        if pipeline.watched or not _polled(pipeline):
            return
        pipeline.watched = True
    known = _revisions(pipeline)  # before an execution fetches, so that no change is missed
    threading.Thread(target=_watch, args=(pipeline, known), daemon=True, name=f"polling-{pipeline.name}").start()


def _polled(pipeline: Pipeline) -> list[Declaration]:
    """Return the source actions that are to be polled, as all are that can be and do not say otherwise."""
    return [
        action
        for action in pipeline.definition["stages"][0]["actions"]
        if action["actionTypeId"]["provider"] in _NEWEST
        and action["configuration"].get("PollForSourceChanges", "true").lower() != "false"
    ]


def _watch(pipeline: Pipeline, known: Revisions) -> None:
    while True:
        with pipeline.changed:
            pipeline.changed.wait_for(lambda: pipeline.deleted, durations.source_poll_interval)
            if pipeline.deleted or not _polled(pipeline):
                pipeline.watched = False
                return
        found = _revisions(pipeline)
        changed = [source for source in found if source in known and found[source] not in (None, known[source])]
        known = {source: revision or known.get(source) for source, revision in found.items()}
        if changed:
            _start(pipeline, json.loads(changed[0])["name"])


def _revisions(pipeline: Pipeline) -> Revisions:
    """Return the newest revision of each polled source, by its declaration: edited, it is another source."""
    return {json.dumps(action): _newest(pipeline, action) for action in _polled(pipeline)}


def _newest(pipeline: Pipeline, action: Declaration) -> str | None:
    service, newest = _NEWEST[action["actionTypeId"]["provider"]]
    try:
        credentials = role_credentials(pipeline, pipeline.definition, action, "PollForSourceChanges")
        return newest(credentials.client(service, pipeline.region), action["configuration"])
    except (ActionFailure, BotoCoreError):
        return None


def _start(pipeline: Pipeline, name: str) -> None:
    """Start an execution because of an action; that its name is the trigger's detail is not proven on AWS."""
    try:
        with pipeline.changed:
            start(pipeline, ("PollForSourceChanges", name))
    except ServiceException as error:
        _log.warning("%s has a new source, but no execution starts: %s", pipeline.name, error)
