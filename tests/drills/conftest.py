"""One workshop in a local AWS of its own, deployed and released once, for all drills."""

from collections.abc import Iterator

import pytest

import account
import drill
import own_aws
from resource_names import Names


@pytest.fixture(scope="package")
def drilling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[drill.Drilling]:
    """What drills are done in."""
    log = tmp_path_factory.mktemp("drills") / "localaws.log"
    with pytest.MonkeyPatch.context() as patch, own_aws.local_aws(log) as aws:
        for name, value in aws.variables.items():
            patch.setenv(name, value)
        session = account.connect().session
        drilling = drill.Drilling(aws, session, Names(drill.SUFFIX))
        drilling.deploy(own_aws.Steps())
        yield drilling
        drilling.tear_down()
