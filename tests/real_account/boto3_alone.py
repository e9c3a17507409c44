"""Which tests of local AWS can be asked of an account as well: those that speak boto3 alone.

Nobody lists them. A test is read with all that it reaches of ours, its fixtures, helpers and data: one that touches
anything but boto3 and what computes or waits is for local AWS alone, and the reason names what it touches.
"""

import dis
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
# Compute, pack or wait, or are the frame of a test: none looks into local AWS or past boto3.
HARMLESS = {"boto3", "botocore", "builtins", "pytest", "_pytest", "types", "typing", "yaml"} | {
    *("_thread", "collections", "concurrent", "contextlib", "dataclasses", "functools", "itertools", "threading"),
    *("base64", "csv", "datetime", "gzip", "hashlib", "io", "json", "math", "re", "secrets", "statistics", "string"),
    *("struct", "tarfile", "textwrap", "time", "uuid", "zipfile", "zlib"),
}
# Reach into this process, or onto this disk, where nothing that runs in an account writes.
LOCAL_FIXTURES = {"local_aws", "monkeypatch", "tmp_path", "tmp_path_factory", "capfd", "capsys", "caplog"}
# Know local AWS, and a test sees nothing of that: one chooses whom to ask, the others keep this process's clock.
UNSEEN_FIXTURES = {"client_of", "still_clock", "quick_functions"}
LOCAL_WORDS = {
    ":user/local": "names the user of local AWS",
    "Local AWS": "expects words of local AWS's own",
}


def why_local(item: pytest.Item) -> str | None:
    """Return what keeps a test from being asked of an account, or None when nothing does."""
    if not isinstance(item, pytest.Function) or TESTS / "localaws" not in item.path.parents:
        return "is no test of local AWS"
    fixtures = _fixtures(item)
    if local := LOCAL_FIXTURES.intersection(fixtures):
        return f"asks for {min(local)}"
    if "client_of" not in fixtures:
        return "calls no service"
    given = [fixture.func for name, fixture in fixtures.items() if name not in UNSEEN_FIXTURES]
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return next(filter(None, map(_harm, _reached(item.function, *given, parameters))), None)


def _fixtures(item: pytest.Function) -> dict[str, Any]:
    """What a test asks for by name, directly or not, but for what stands behind the unseen ones."""
    known, waiting, found = item._fixtureinfo.name2fixturedefs, [*item._fixtureinfo.initialnames], dict[str, Any]()
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = known[name][-1]
            waiting += [] if name in UNSEEN_FIXTURES else found[name].argnames
    return found


def _reached(*roots: Any) -> Iterator[Any]:
    """Yield these and whatever of ours they name, once each."""
    waiting, seen = list(roots), dict[int, Any]()
    while waiting:
        thing = waiting.pop()
        if id(thing) not in seen:
            seen[id(thing)] = thing  # kept, so that its id is not given to another
            yield thing
            waiting += _parts(thing)


def _parts(thing: Any) -> list[Any]:
    """What belongs to a thing, and what its code names."""
    match thing:
        case dict():
            parts = [*thing, *thing.values()]
        case list() | tuple() | set() | frozenset():
            parts = list(thing)
        case FunctionType() if _is_ours(thing):
            cells = [cell.cell_contents for cell in thing.__closure__ or ()]
            parts = [*_named(thing.__code__, thing.__globals__, thing.__doc__), *cells, thing.__defaults__]
        case type() if _is_ours(thing):
            parts = [*thing.__bases__, *(part for name, part in vars(thing).items() if name != "__doc__")]
        case staticmethod() | classmethod():
            parts = [thing.__func__]
        case property():
            parts = [thing.fget]
        case str() | bytes() | ModuleType() | FunctionType() | type():
            parts = []
        case _:
            parts = [type(thing), getattr(thing, "__wrapped__", None), vars(thing) if _is_ours(type(thing)) else None]
    return parts


def _harm(thing: Any) -> str | None:
    match thing:
        case str():
            return next((why for word, why in LOCAL_WORDS.items() if word in thing), None)
        case ModuleType():
            name = thing.__name__
        case FunctionType() | type() if not _is_ours(thing):
            name = thing.__module__
        case _:
            return None
    package = name.partition(".")[0]
    return None if package in HARMLESS else f"uses {package}"


def _is_ours(thing: Any) -> bool:
    return str(thing.__module__).startswith(f"{TESTS.name}.")


def _named(code: CodeType, names: dict[str, Any], docstring: str | None) -> Iterator[Any]:
    """What a function's code names: globals, constants, and what it imports itself."""
    yield from (names[name] for name in code.co_names if name in names)
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            yield ModuleType(str(instruction.argval))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant, names, None)
        elif constant != docstring:
            yield constant
