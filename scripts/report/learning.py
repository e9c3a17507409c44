"""The learning curve in a training job's log: how good the model was after each round of boosting."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

# [12]#011train-rmse:0.57962#011validation-rmse:0.65450, where CloudWatch shows a tab as #011.
# https://github.com/aws/sagemaker-xgboost-container/blob/master/src/sagemaker_xgboost_container/algorithm_mode/metrics.py
# Of several instances, XGBoost's tracker writes it, after the time: [08:29:59] [12]#011...
_LINE = re.compile(r"(?:\[\d\d:\d\d:\d\d\] )?\[(\d+)\]((?:(?:#011|\t)[^\s:#]+:[^\s#]+)+)\s*")
_VALUE = re.compile(r"(train|validation)-([^\s:#]+):([^\s#]+)")
# XGB_MAXIMIZE_METRICS in that image's algorithm_mode/metrics.py; of all others, less is better.
_MORE_IS_BETTER = re.compile(r"accuracy|balanced_accuracy|auc(pr)?|f1(_\w+)?|map.*|ndcg.*|pre.*|r2|recall.*")

Points = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Curve:
    """A metric after each round, by channel (train, validation). ``times``: how often the log tells of a round."""

    metric: str
    channels: dict[str, Points]
    times: int

    @property
    def best(self) -> tuple[str, int, float]:
        """The channel that counts, its best round, and the value then."""
        channel = "validation" if "validation" in self.channels else "train"
        sign = -1 if _MORE_IS_BETTER.fullmatch(self.metric) else 1
        found, value = min(self.channels[channel], key=lambda point: sign * point[1])
        return channel, found, value


def curves(lines: Iterable[str]) -> tuple[Curve, ...]:
    """Return the curve of each metric that the log tells.

    A round is told more than once by several instances and in cross-validation: the first time counts.
    """
    values: dict[str, dict[str, dict[int, float]]] = {}
    times: dict[tuple[str, str, int], int] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        for channel, metric, text in _VALUE.findall(found[2]) if found else ():
            value, key = _number(text), (metric, channel, int(found[1] if found else 0))
            if value is not None:
                values.setdefault(metric, {}).setdefault(channel, {}).setdefault(key[2], value)
                times[key] = times.get(key, 0) + 1
    return tuple(
        Curve(
            metric,
            {channel: tuple(sorted(points.items())) for channel, points in channels.items()},
            max(count for (its_metric, _, _), count in times.items() if its_metric == metric),
        )
        for metric, channels in values.items()
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
