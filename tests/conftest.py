"""What every test may ask for: AWS, which is local AWS of its own process or, with ``--aws``, an account."""

import functools
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person name an account to be tested instead of local AWS."""
    group = parser.getgroup("aws")
    group.addoption(
        "--aws",
        nargs="?",
        const="",
        metavar="ACCOUNT",
        help="ask this account of your credentials, instead of local AWS, what speaks boto3 alone",
    )
    group.addoption("--aws-billed", action="store_true", help="let these tests start what bills by the second")


def pytest_configure(config: pytest.Config) -> None:
    """Let the programs under test be interrupted, also where the tests were started with SIGINT ignored (``&``)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("aws") is not None:
        config.option.reportchars += "s"  # say why a test was skipped


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say whose account it is, and ask for consent, before anything happens there."""
    named = session.config.getoption("aws")
    if named is not None:
        from real_account.borrowed import confirm

        with session.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            confirm(named)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, with ``--aws``, what is for local AWS alone, and say why."""
    if config.getoption("aws") is None:
        return
    from real_account.boto3_alone import why_local

    reasons = {item: why for item in items if (why := why_local(item))}
    config.hook.pytest_deselected(items=list(reasons))
    items[:] = [item for item in items if item not in reasons]
    config.stash[_LEFT_OUT] = reasons


_LEFT_OUT = pytest.StashKey[dict[pytest.Item, str]]()


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Tell which tests an account is not asked (with -v: each by its name)."""
    reasons = config.stash.get(_LEFT_OUT, {})
    if config.get_verbosity() >= 0:  # pyproject.toml has a -q
        told = [f"not asked: {item.nodeid} {why}" for item, why in reasons.items()]
    else:
        told = [f"not asked: {count} tests, since each {why}" for why, count in Counter(reasons.values()).most_common()]
    return told + ([f"asked: {len(items)} tests"] if reasons else [])


@pytest.fixture(scope="session")
def local_aws() -> Iterator[Any]:
    """Local AWS in this process, shared by all tests of a worker: name your resources apart."""
    from localaws.server import LocalAWS

    with LocalAWS() as aws:
        yield aws


@pytest.fixture(scope="session")
def client_of(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A function that makes a boto3 client of AWS as somebody who may do everything."""
    if request.config.getoption("aws") is None:
        administrator = request.getfixturevalue("local_aws").administrator
        yield lambda service: administrator.client(service, "us-east-1")
    else:
        from real_account.borrowed import Account

        with Account(may_bill=request.config.getoption("aws_billed")) as account:
            yield account.client


@pytest.fixture(scope="session")
def client(client_of: Client) -> Client:
    """The same, with one client a service, since many are dear."""
    return functools.cache(client_of)
