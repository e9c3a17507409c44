"""What a training job's log tells of its rounds."""

import pytest

from report.learning import curves


@pytest.mark.parametrize("tab", ["#011", "\t"])
def test_each_round_is_a_point(tab: str) -> None:
    [curve] = curves(
        ["INFO: [0] is no round", *(f"[{n}]{tab}train-rmse:0.{9 - n}{tab}validation-rmse:0.{8 - n}" for n in range(3))]
    )
    assert curve.metric == "rmse"
    assert curve.channels == {
        "train": ((0, 0.9), (1, 0.8), (2, 0.7)),
        "validation": ((0, 0.8), (1, 0.7), (2, 0.6)),
    }
    assert curve.best == ("validation", 2, 0.6)


def test_a_job_of_several_instances_puts_the_time_before_a_round() -> None:
    [curve] = curves([f"[08:29:5{n}] [{n}]#011train-rmse:0.{9 - n}#011validation-rmse:0.{8 - n}" for n in range(2)])
    assert curve.channels == {"train": ((0, 0.9), (1, 0.8)), "validation": ((0, 0.8), (1, 0.7))}


def test_each_metric_is_a_curve() -> None:
    found = curves(["[0]#011train-mae:3#011train-map@4-:0.5", "[1]#011train-mae:2#011train-map@4-:0.7"])
    assert [(one.metric, one.best) for one in found] == [("mae", ("train", 1, 2.0)), ("map@4-", ("train", 1, 0.7))]


@pytest.mark.parametrize(("metric", "best"), [("rmse", 0), ("logloss", 0), ("auc", 1), ("f1_macro", 1), ("ndcg@5", 1)])
def test_the_metric_says_whether_more_is_better(metric: str, best: int) -> None:
    [curve] = curves([f"[0]#011validation-{metric}:0.2", f"[1]#011validation-{metric}:0.4"])
    assert curve.best[1] == best


def test_what_is_no_number_is_no_point() -> None:
    [curve] = curves(["[0]#011train-rmse:nan", "[1]#011train-rmse:inf", "[2]#011train-rmse:1.5", "[3]#011train-rmse:a"])
    assert curve.channels == {"train": ((2, 1.5),)}


def test_the_first_instance_or_fold_counts_and_the_others_are_counted() -> None:
    lines = [f"[{n}]#011train-rmse:{value}" for value in (1, 2, 3) for n in range(2)]
    [curve] = curves(lines)
    assert curve.channels == {"train": ((0, 1.0), (1, 1.0))}
    assert curve.times == 3


def test_a_log_without_rounds_has_no_curve() -> None:
    assert curves(["[2026-11-26:03:50:32:INFO] Single node training.", "", "[x]#011train-rmse:1"]) == ()
