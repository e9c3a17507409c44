"""What an instance costs an hour, where a dated and sourced price stands in prices.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

TABLE = Path(__file__).parent / "prices.toml"


@dataclass(frozen=True)
class Price:
    """US dollars for an hour of one instance, who says so, and when they read it."""

    usd_an_hour: Decimal
    read: date
    source: str


# By region, use (training, hosting) and instance type.
Prices = Mapping[tuple[str, str, str], Price]


def table(path: Path = TABLE) -> Prices:
    """All prices there are."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["price"]
    return {
        (one["region"], one["use"], one["type"]): Price(one["usd_an_hour"], one["read"], one["source"])
        for one in listed
    }
