"""Lays it out: one screen of 80 columns. Nothing is asked and nothing printed here."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import leftovers
from follow import COLOURS
from resource_names import Names
from status import judgement
from status.models import Endpoint, Instances, Run, Stack, TrainingJob, Unread, Workshop
from status.prices import Prices, Use

WIDTH = 80
_RUNS = 3
_REASON = 200  # characters; `make release` and the console tell all of it

T = TypeVar("T")
Lines = list[RenderableType]


def screen(workshop: Workshop, prices: Prices, now: datetime) -> Iterator[RenderableType]:
    """Everything that is to be printed, from top to bottom."""
    if workshop.is_nothing:
        yield f"Nothing of {workshop.suffix} is here. To begin: make deploy SUFFIX={workshop.suffix}"
        return
    yield f"{workshop.suffix} at {_time(now)}; all times are UTC"
    yield from _section("Stacks", workshop.stacks, lambda found: _stacks(found, workshop.suffix))
    yield from _section("Last executions", workshop.history, _runs)
    yield from _section("Endpoints", workshop.endpoints, lambda found: _endpoints(found, workshop.history))
    yield from _section("Training now", workshop.training_jobs, lambda found: _jobs(found, workshop.history))
    yield from _section("Last scores", [] if isinstance(workshop.history, Unread) else workshop.history, _scores)
    yield from _section("Logs (aws logs tail <group> shows one)", workshop.log_groups, _logs)
    yield from _section("Costs", list(_costs(workshop, prices)), list)
    yield from _section("To do", list(_to_do(workshop)), list)


def _section(title: str, found: T | Unread, lay_out: Callable[[T], Lines]) -> Iterator[RenderableType]:
    lines = [Text(f"may not be read: {found.why}", "red")] if isinstance(found, Unread) else lay_out(found)
    if lines:
        yield Text(f"\n{title}", "bold")
        yield from (Padding(line, (0, 0, 0, 2), expand=False) for line in lines)


def _stacks(stacks: list[Stack], suffix: str) -> Lines:
    table = _grid()
    for stack in stacks:
        table.add_row(stack.name, _word(stack.status), f"since {_time(stack.since)}")
    lines: Lines = [table] if stacks else []
    if len(stacks) < 2 or Names(suffix).pipeline_stack not in {stack.name for stack in stacks}:
        lines.append(f"half of it is missing: make deploy SUFFIX={suffix}")
    return lines


def _runs(history: list[Run]) -> Lines:
    table = _grid()
    for run in history[:_RUNS]:
        reason = judgement.reason(run)
        reason = f"{reason[:_REASON]}…" if len(reason) > _REASON else reason
        where = ": ".join(part for part in (judgement.place(run), reason) if part)
        table.add_row(_time(run.began), run.execution.id[:8], _word(run.execution.status), Text(where))
    return [table] if history else []


def _endpoints(endpoints: list[Endpoint], history: list[Run] | Unread) -> Lines:
    lines: Lines = []
    for one in endpoints:
        verdict = "" if isinstance(history, Unread) else judgement.verdict(history, one.config)
        lines.append(Text.assemble(one.name, " is ", _word(one.status), f" since {_time(one.since)}"))
        registry, _, image = one.image.partition("/")
        serves = [
            f"{one.training_job or 'a configuration that is gone'} (run {one.run or 'unknown'})",
            f"{image} of {registry.partition('.')[0]}" if image else "an unknown image",
            _hosting(one),
        ]
        lines += [f"  serves {serves[0]}", f"  with {serves[1]}, {serves[2]}"]
        if verdict:
            lines.append(Text(f"  {verdict}", "" if verdict in (judgement.TESTED, judgement.BEING_TESTED) else "red"))
    return lines


def _hosting(endpoint: Endpoint) -> str:
    return _instances(endpoint.instances) if endpoint.instances else "serverless"


def _instances(instances: Instances) -> str:
    return f"{instances.count} x {instances.type}"


def _jobs(jobs: list[TrainingJob], history: list[Run] | Unread) -> Lines:
    lines: Lines = []
    for job in jobs:
        lines.append(f"{job.name} is {job.status} since {_time(job.made)}")
        if not isinstance(history, Unread) and not judgement.is_watched(history, job):
            lines.append(Text("  watched by nobody: its execution is over", "red"))
    return lines


def _scores(history: list[Run]) -> Lines:
    tests = judgement.last_tests(history)
    table = _grid("", "execution", "rows", "RMSE", "(mean's)", "MAE", "R2", "within 1")
    for run, test in tests:
        said = test.variables
        scores = [said.get(name, "") for name in ("rmse", "baseline_rmse", "mae", "r2")]
        shown = [f"{float(score):.3f}" if score else "" for score in scores]
        within = f"{float(said['within_one']):.1%}" if "within_one" in said else ""
        table.add_row(said["environment"], run.execution.id[:8], said.get("rows", ""), *shown, within)
    return [table] if tests else []


def _logs(groups: list[str]) -> Lines:
    return [*groups, leftovers.TRAINING_LOGS] if groups else []


def _costs(workshop: Workshop, prices: Prices) -> Iterator[RenderableType]:
    billed: list[tuple[str, Use, Instances]] = []
    if not isinstance(workshop.training_jobs, Unread):
        billed += [(job.name, "training", job.instances) for job in workshop.training_jobs]
    idle = []
    for one in [] if isinstance(workshop.endpoints, Unread) else workshop.endpoints:
        if one.instances and judgement.bills(one):
            billed.append((one.name, "hosting", one.instances))
        elif not one.instances:
            idle.append(one)
    table, sums, unknown = _grid(), Decimal(0), False
    for name, use, instances in billed:
        cost = judgement.an_hour(prices, workshop.region, use, instances)
        table.add_row(name, _instances(instances), f"${cost} an hour" if cost is not None else "price unknown")
        sums, unknown = sums + (cost or 0), unknown or cost is None
    if billed:
        yield table
        yield f"together ${sums} an hour{', and what has no price here' if unknown else ''}"
    if idle:
        yield f"{len(idle)} serverless, billed by use: idle, they cost nothing"
    if not billed and not isinstance(workshop.endpoints, Unread) and not isinstance(workshop.training_jobs, Unread):
        yield "nothing that runs bills by the hour"
    yield "not counted: storage, logs, requests, KMS keys"
    for price in {prices[key] for key in _used(workshop.region, billed) if key in prices}:
        yield Text(f"price read on {price.read}: {price.source}", overflow="fold")


def _used(region: str, billed: list[tuple[str, Use, Instances]]) -> list[tuple[str, str, str]]:
    return [(region, use, instances.type) for _, use, instances in billed]


def _to_do(workshop: Workshop) -> Iterator[RenderableType]:
    history, make = workshop.history, f"SUFFIX={workshop.suffix}"
    if isinstance(history, Unread):
        return
    for job in [] if isinstance(workshop.training_jobs, Unread) else workshop.training_jobs:
        if job.status == "InProgress" and not judgement.is_watched(history, job):
            yield "stop what nobody watches (the next release does, too):"
            yield "  aws sagemaker stop-training-job \\"
            yield f"    --training-job-name {job.name}"
    endpoints = [] if isinstance(workshop.endpoints, Unread) else workshop.endpoints
    verdicts = {judgement.verdict(history, one.config) for one in endpoints}
    if verdicts - {judgement.TESTED, judgement.BEING_TESTED}:
        yield f"replace what was never tested: make release NEW=1 {make}"


def _grid(*headings: str) -> Table:
    table = Table(box=None, show_header=bool(headings), padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _word(word: str) -> Text:
    return Text(word, COLOURS.get(word, ""))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
