"""Hyperparameters: names, ranges, and the texts by which the image refuses them.

Source: sagemaker_xgboost_container/algorithm_mode/hyperparameter_validation.py; for 0.72 the Developer Guide's page
"XGBoost Version 0.72" and XGBoost 0.72's own list of objectives.
"""

import ast
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.xgboost_container.errors import AlgorithmError, UserError
from localaws.xgboost_container.version import Version

MAXIMIZED_METRICS = ["accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg"]
MAXIMIZED_METRICS += ["precision", "r2", "recall", "precision_macro", "precision_micro", "recall_macro", "recall_micro"]
_MINIMIZED_METRICS = ["aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik"]
_MINIMIZED_METRICS += ["interval-regression-accuracy", "logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse"]
_MINIMIZED_METRICS += ["poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik"]
METRICS = MAXIMIZED_METRICS + _MINIMIZED_METRICS


@dataclass(frozen=True)
class Interval:
    """A range of numbers, written as the image writes it: ``[0, 1]``, ``(0, +inf)``."""

    text: str

    def __contains__(self, value: Any) -> bool:
        low, high = (float(bound) for bound in self.text[1:-1].split(","))
        above = value > low if self.text[0] == "(" else value >= low
        return bool(above and (value < high if self.text[-1] == ")" else value <= high))

    def __str__(self) -> str:
        return self.text


_INTEGERS = {
    name: Interval(text)
    for text, names in {
        "[1, +inf)": "num_round early_stopping_rounds nthread num_parallel_tree _num_cv_round",
        "[2, +inf)": "num_class _kfold",
        "[0, +inf)": "max_depth max_leaves max_bin",
        "[0, 1]": "csv_weights refresh_leaf one_drop",
        "[0, 3]": "verbosity",
        "(-2147483648, 2147483647)": "seed",
        "(1.0, +inf)": "prob_buffer_row",
    }.items()
    for name in names.split()
}
_REALS = {
    name: Interval(text)
    for text, names in {
        "[0, 1]": "eta rate_drop skip_drop lambda_bias",
        "(0, 1]": "subsample colsample_bytree colsample_bylevel colsample_bynode",
        "(0, 1)": "sketch_eps",
        "[0, +inf)": "gamma min_child_weight max_delta_step lambda alpha base_score aft_loss_distribution_scale",
        "(0, +inf)": "scale_pos_weight",
        "(1, 2)": "tweedie_variance_power",
    }.items()
    for name in names.split()
}
_OBJECTIVES = "aft_loss_distribution binary:logistic binary:logitraw binary:hinge count:poisson multi:softmax"
_OBJECTIVES += " multi:softprob rank:pairwise rank:ndcg rank:map reg:linear reg:squarederror reg:logistic reg:gamma"
_OBJECTIVES += " reg:pseudohubererror reg:squaredlogerror reg:absoluteerror reg:tweedie survival:aft survival:cox"
_CHOICES = {
    name: words.split()
    for name, words in {
        "booster": "gbtree gblinear dart",
        "tree_method": "auto exact approx hist gpu_hist",
        "dsplit": "row col",
        "process_type": "default update",
        "grow_policy": "depthwise lossguide",
        "predictor": "auto cpu_predictor gpu_predictor",
        "sample_type": "uniform weighted",
        "normalize_type": "tree forest",
        "objective": _OBJECTIVES,
        "save_model_on_termination": "true false",
        "aft_loss_distribution": "normal logistic extreme",
        "deterministic_histogram": "true false",
        "sampling_method": "uniform gradient_based",
        "use_dask_gpu_training": "true false",
        "_tuning_objective_metric": " ".join(f"validation:{metric}" for metric in METRICS),
    }.items()
}
_LINEAR_UPDATERS = ["shotgun", "coord_descent"]
_GROWING_UPDATERS = ["grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker"]
_TREE_UPDATERS = [*_GROWING_UPDATERS, "grow_skmaker", "sync", "refresh", "prune"]
_LISTS: dict[str, list[str]] = {
    # As the image lists them, in its error too.
    "updater": [
        *_TREE_UPDATERS,
        *_GROWING_UPDATERS,
        "grow_colmaker",
        *_LINEAR_UPDATERS,
        "refresh",
        "prune",
    ],
    "eval_metric": METRICS,
}
_LITERALS: dict[str, Container[object]] = {
    "monotone_constraints": [-1, 0, 1],
    "interaction_constraints": Interval("[1, +inf)"),
}
_ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
_ALL = _INTEGERS.keys() | _REALS.keys() | _CHOICES.keys() | _LISTS.keys() | _LITERALS.keys()

_FIRST_CHOICES = _CHOICES | {
    "silent": ["0", "1"],
    "tree_method": ["auto", "exact", "approx", "hist"],
    "objective": [
        name
        for name in _CHOICES["objective"]
        if name.startswith(("binary", "count", "multi", "rank")) or name in ("survival:cox", "reg:linear")
    ]
    + ["reg:logistic", "reg:gamma", "reg:tweedie"],
}
_SINCE_THEN = [
    "verbosity",
    "colsample_bynode",
    "dsplit",
    "predictor",
    "monotone_constraints",
    "interaction_constraints",
]
_SINCE_THEN += ["_kfold", "_num_cv_round", "num_parallel_tree", "save_model_on_termination", "aft_loss_distribution"]
_SINCE_THEN += ["aft_loss_distribution_scale", "deterministic_histogram", "sampling_method", "prob_buffer_row"]
_SINCE_THEN += ["use_dask_gpu_training"]
_FIRST_ALL = (_ALL | {"silent"}) - set(_SINCE_THEN)


def validate(given: Mapping[str, str], version: Version) -> dict[str, Any]:
    """Return the hyperparameters, typed, by their true names; raise UserError or AlgorithmError in the image's way."""
    names, choices = (_FIRST_ALL, _FIRST_CHOICES) if version.is_first else (_ALL, _CHOICES)
    if "num_round" not in given:
        raise UserError("Missing required hyperparameter: num_round")
    parsed: dict[str, Any] = {}
    for given_name, value in given.items():
        name = given_name if version.is_first else _ALIASES.get(given_name, given_name)
        if name not in names:
            raise UserError(f"Extraneous hyperparameter found: {name}")
        try:
            parsed[name] = _parse(name, value)
        except ValueError as error:
            raise UserError(f"Hyperparameter {name}: could not parse value (caused by ValueError)") from error
    for name, value in parsed.items():
        try:
            _check_range(name, value, choices)
        except TypeError as error:
            text = f"Hyperparameter {name}: unexpected failure when validating {value} (caused by TypeError)"
            raise AlgorithmError(text) from error
    _check_dependencies(parsed)
    _refuse_what_is_not_built(parsed)
    return parsed


def _parse(name: str, value: str) -> Any:
    if name in _INTEGERS:
        return int(value)
    if name in _REALS:
        return float(value)
    if name in _LISTS:
        return value.split(",")
    return ast.literal_eval(value) if name in _LITERALS else value


def _check_range(name: str, value: Any, choices: Mapping[str, list[str]]) -> None:
    if name in _LISTS:
        allowed = _LISTS[name]
        if not all(_is_metric(item) if name == "eval_metric" else item in allowed for item in value):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {allowed}")
    elif name in _LITERALS:
        items = [item for outer in value for item in outer] if name == "interaction_constraints" else value
        if not all(item in _LITERALS[name] for item in items):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {_LITERALS[name]}")
    else:
        allowed_values = _INTEGERS.get(name) or _REALS.get(name) or choices[name]
        if value not in allowed_values:
            raise UserError(f"Hyperparameter {name}: {value} is not in {allowed_values}")


def _is_metric(metric: str) -> bool:
    name, at, threshold = (part.strip() for part in metric.partition("@"))
    if not at:
        return metric in METRICS
    if name not in ("error", "ndcg", "map"):
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should be one of "
            "these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError:
        raise UserError(f"Threshold value 't' in '{name}@t' expects float input.") from None
    return True


def _check_dependencies(parsed: Mapping[str, Any]) -> None:
    if parsed.get("objective") in ("multi:softmax", "multi:softprob") and "num_class" not in parsed:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if "eval_metric" in parsed:
        # The image crashes here, with KeyError, when eval_metric is given without objective (v1.7-1 to 3.2-0).
        objective: str = parsed["objective"]
        if "auc" in parsed["eval_metric"] and not objective.startswith(("binary:", "rank:")):
            raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
        if "aft-nloglik" in parsed["eval_metric"] and objective != "survival:aft":
            raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")
    if "updater" in parsed:
        _check_updater(parsed)
    if "monotone_constraints" in parsed and parsed.get("tree_method") not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )
    if "interaction_constraints" in parsed and parsed.get("tree_method") not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', 'hist' "
            "or 'approx'."
        )


def _check_updater(parsed: Mapping[str, Any]) -> None:
    updaters = parsed["updater"]
    if parsed.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in _LINEAR_UPDATERS:
            raise UserError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
    elif parsed.get("process_type") == "update":
        if not set(updaters) <= {"refresh", "prune"}:
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif not set(updaters) <= set(_TREE_UPDATERS):
        raise UserError(
            "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', 'grow_histmaker', "
            "'grow_local_histmaker', 'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', "
            "'shortgun', 'coord_descent'."
        )
    elif sum(updater in _GROWING_UPDATERS for updater in updaters) > 1:
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from thefollowing: 'grow_colmaker', 'distcol', "
            "'grow_histmaker', 'grow_local_histmaker', 'grow_skmaker'"
        )


def _refuse_what_is_not_built(parsed: Mapping[str, Any]) -> None:
    if parsed.get("use_dask_gpu_training") == "true":
        raise UserError("Local AWS does not implement the hyperparameter use_dask_gpu_training: it has no GPU.")


def deciding_metric(parsed: Mapping[str, Any]) -> str | None:
    """Return the metric that stops a training early: the one that tuning asks for, or else the last of eval_metric."""
    tuned: str = parsed.get("_tuning_objective_metric", "")
    metrics: list[str] = [tuned.partition(":")[2]] if tuned else parsed.get("eval_metric", [])
    return metrics[-1] if metrics else None


def metrics_of(parsed: Mapping[str, Any]) -> list[str] | None:
    """Return the metrics to compute: eval_metric, joined by name with the one that tuning asks for."""
    tuned = parsed.get("_tuning_objective_metric")
    asked: list[str] | None = parsed.get("eval_metric")
    if tuned is None:
        return asked
    return sorted({tuned.partition(":")[2], *(asked or [])})
