"""Lays it out: one screen of 80 columns. Nothing is asked and nothing printed here."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import leftovers
import stacks
from follow import COLOURS
from resource_names import Names
from stacks import Stack
from status import judgement
from status.models import Endpoint, Instances, Run, TrainingJob, Unread, Workshop, known
from status.prices import Prices

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
    yield from _section("Endpoints", workshop.endpoints, lambda found: _endpoints(found, judgement.verdicts(workshop)))
    yield from _section(
        "Training now", workshop.training_jobs, lambda found: _jobs(found, judgement.unwatched(workshop))
    )
    yield from _section("Last scores", known(workshop.history), _scores)
    yield from _section("Logs (aws logs tail <group> shows one)", workshop.log_groups, _logs)
    yield from _section("Costs", list(_costs(workshop, prices)), list)
    yield from _section("To do", list(_to_do(workshop)), list)


def _section(title: str, found: T | Unread, lay_out: Callable[[T], Lines]) -> Iterator[RenderableType]:
    lines = [Text(f"may not be read: {found.why}", "red")] if isinstance(found, Unread) else lay_out(found)
    if lines:
        yield Text(f"\n{title}", "bold")
        yield from (Padding(line, (0, 0, 0, 2), expand=False) for line in lines)


def _stacks(found: list[Stack], suffix: str) -> Lines:
    lines: Lines = []
    for stack in found:
        lines.append(_state(stack.name, stack.status, stack.since))
        meaning = stacks.MEANINGS.get(stack.status, ("",))[0]
        if not (stack.status in stacks.UPDATABLE or stacks.is_changing(stack.status)):
            meaning = f"{meaning}. Why, and what mends it: make preflight SUFFIX={suffix}"
        if meaning:
            lines.append(Padding(Text(meaning), (0, 0, 0, 2), expand=False))
    if len(found) < 2 or Names(suffix).pipeline_stack not in {stack.name for stack in found}:
        lines.append(f"half of it is missing: make deploy SUFFIX={suffix}")
    return lines


def _runs(history: list[Run]) -> Lines:
    lines: Lines = []
    for run in history[:_RUNS]:
        began, execution, word = _time(run.began), run.execution.id[:8], _word(run.execution.status)
        lines.append(Text.assemble(f"{began} {execution} ", word, f" {judgement.place(run)}"))
        if reason := judgement.reason(run):
            shown = f"{reason[:_REASON]}…" if len(reason) > _REASON else reason
            lines.append(Padding(Text(shown), (0, 0, 0, 2), expand=False))
    return lines


def _endpoints(endpoints: list[Endpoint], verdicts: Mapping[str, str]) -> Lines:
    lines: Lines = []
    for one in endpoints:
        registry, _, image = one.image.partition("/")
        made_of = f"{image} of {registry.partition('.')[0]}" if image else "an image that is gone"
        lines.append(_state(one.name, one.status, one.since))
        lines.append(f"  serves {one.training_job or 'what is gone'} (run {one.run or 'unknown'})")
        if one.config_commit:
            lines.append(f"  trained by training.json of commit {one.config_commit[:8]}")
        lines.append(f"  with {made_of}, {_shown(one.instances) if one.instances else 'serverless'}")
        if verdict := verdicts.get(one.name):
            lines.append(Text(f"  {verdict}", "" if verdict in judgement.FINE else "red"))
    return lines


def _shown(instances: Instances) -> str:
    return f"{instances.count} x {instances.type}"


def _jobs(jobs: list[TrainingJob], unwatched: list[TrainingJob]) -> Lines:
    lines: Lines = []
    for job in jobs:
        lines.append(_state(job.name, job.status, job.made))
        if job in unwatched:
            lines.append(Text("  watched by nobody: its execution is over", "red"))
    return lines


def _scores(history: list[Run]) -> Lines:
    tests = judgement.last_tests(history)
    table = _table("", "execution", "rows", "RMSE", "(mean's)", "MAE", "R2", "within 1")
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
    together, billed = Decimal(0), list(judgement.billed(workshop, prices))
    for one in billed:
        cost = one.price.usd_an_hour * one.instances.count if one.price else None
        together += cost or 0
        yield f"{one.name}: {_shown(one.instances)}, {'price unknown' if cost is None else f'${cost} an hour'}"
    if billed:
        more = "" if all(one.price for one in billed) else ", and what has no price here"
        yield f"together ${together} an hour{more}"
    elif not isinstance(workshop.endpoints, Unread) and not isinstance(workshop.training_jobs, Unread):
        yield "nothing that runs bills by the hour"
    if serverless := [one for one in known(workshop.endpoints) if not one.instances]:
        yield f"{len(serverless)} serverless: billed by use, nothing while idle"
    yield "not counted: storage, logs, requests, KMS keys"
    for price in dict.fromkeys(one.price for one in billed if one.price):
        yield Text(f"price read on {price.read}: {price.source}", overflow="fold")


def _to_do(workshop: Workshop) -> Iterator[RenderableType]:
    for job in judgement.unwatched(workshop):
        if job.status == "InProgress":
            yield "stop what nobody watches (the next release does, too):"
            yield "  aws sagemaker stop-training-job \\"
            yield f"    --training-job-name {job.name}"
    if set(judgement.verdicts(workshop).values()) - judgement.FINE:
        yield f"replace what was never tested: make release NEW=1 SUFFIX={workshop.suffix}"


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _state(name: str, status: str, since: datetime) -> Text:
    return Text.assemble(f"{name}: ", _word(status), f" since {_time(since)}")


def _word(word: str) -> Text:
    return Text(word, COLOURS.get(word, ""))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
