"""The built-in image's contract, a row a promise: where it is from, what is given, and what comes back.

The source names the section of the facts that it was established in: B2 is training, B3 is serving (observed by running
the image's own code). A job's status is its exit status, a request's that of HTTP. Bytes are the whole answer to a
request, and the first bytes of a job's model; text is found in the answer, the failure or the log.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

# XGBoost says that its reading of text files is deprecated; the image reads them so all the same.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:xgboost")

CSV = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
LIBSVM = CSV | {"ContentType": "text/libsvm"}
ROWS = "1,0,5\n3,1,5\n"
TWO_ROWS, TWO_SCORES = b"0,5\n1,5\n", b"1.0\n3.0\n"


@dataclass(frozen=True)
class Parameters:
    """Hyperparameters to be validated, beside num_round (None takes it away)."""

    values: Mapping[str, str | None]
    version: str = "3.2-0"


@dataclass(frozen=True)
class Job:
    """A training job: hyperparameters beside the exact ones (None takes one away), files, channels."""

    hyperparameters: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=lambda: {"train/0.csv": ROWS})
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"train": CSV})
    version: str = "3.2-0"


@dataclass(frozen=True)
class Container:
    """A serving container: what its model is trained with, a file beside it, its version, its environment."""

    model: str = "exact"
    beside: str = ""
    version: str = "3.2-0"
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """An HTTP request to a serving container."""

    body: bytes = TWO_ROWS
    content_type: str | None = "text/csv"
    accept: str | None = None
    line: str = "POST /invocations"
    container: Container = Container()


Row = tuple[str, str, Parameters | Job | Request, int, str | bytes]


def serving(model: str = "exact", *, beside: str = "", version: str = "3.2-0", **environment: str) -> Container:
    return Container(model, beside, version, tuple(environment.items()))


def selecting(keys: str, model: str = "exact", **environment: str) -> Container:
    return serving(model, SAGEMAKER_INFERENCE_OUTPUT=keys, **environment)


def csv(content: str | bytes) -> Job:
    return Job(files={"train/0.csv": content})


def channel(**settings: str | None) -> Job:
    given = {name: value for name, value in (CSV | settings).items() if value is not None}
    return Job(channels={"train": given})


# name, a value that is accepted, one that is not, and the range that its refusal tells
RANGES = [
    ("num_round", "1", "0", "[1, +inf)"),
    ("csv_weights", "1", "2", "[0, 1]"),
    ("early_stopping_rounds", "1", "0", "[1, +inf)"),
    ("booster", "dart", "tree", "['gbtree', 'gblinear', 'dart']"),
    ("verbosity", "3", "4", "[0, 3]"),
    ("nthread", "1", "0", "[1, +inf)"),
    ("eta", "1", "1.5", "[0, 1]"),
    ("gamma", "0", "-1.0", "[0, +inf)"),
    ("max_depth", "0", "-1", "[0, +inf)"),
    ("min_child_weight", "0", "-1.0", "[0, +inf)"),
    ("max_delta_step", "0", "-1.0", "[0, +inf)"),
    ("subsample", "1", "0.0", "(0, 1]"),
    ("colsample_bytree", "0.1", "1.1", "(0, 1]"),
    ("colsample_bylevel", "1", "0.0", "(0, 1]"),
    ("colsample_bynode", "1", "0.0", "(0, 1]"),
    ("lambda", "0", "-1.0", "[0, +inf)"),
    ("alpha", "0", "-1.0", "[0, +inf)"),
    ("tree_method", "gpu_hist", "fast", "['auto', 'exact', 'approx', 'hist', 'gpu_hist']"),
    ("sketch_eps", "0.5", "1.0", "(0, 1)"),
    ("scale_pos_weight", "0.1", "0.0", "(0, +inf)"),
    ("dsplit", "row", "both", "['row', 'col']"),
    ("refresh_leaf", "0", "2", "[0, 1]"),
    ("process_type", "default", "new", "['default', 'update']"),
    ("grow_policy", "lossguide", "best", "['depthwise', 'lossguide']"),
    ("max_leaves", "0", "-1", "[0, +inf)"),
    ("max_bin", "256", "-1", "[0, +inf)"),
    ("predictor", "cpu_predictor", "gpu", "['auto', 'cpu_predictor', 'gpu_predictor']"),
    ("sample_type", "weighted", "none", "['uniform', 'weighted']"),
    ("normalize_type", "forest", "none", "['tree', 'forest']"),
    ("rate_drop", "1", "1.5", "[0, 1]"),
    ("one_drop", "1", "2", "[0, 1]"),
    ("skip_drop", "0", "-0.5", "[0, 1]"),
    ("lambda_bias", "0.5", "1.5", "[0, 1]"),
    ("tweedie_variance_power", "1.5", "2.0", "(1, 2)"),
    ("num_class", "2", "1", "[2, +inf)"),
    ("base_score", "0", "-1.0", "[0, +inf)"),
    ("_tuning_objective_metric", "validation:rmse", "rmse", "['validation:"),
    ("seed", "-2147483647", "2147483647", "(-2147483648, 2147483647)"),
    ("num_parallel_tree", "1", "0", "[1, +inf)"),
    ("save_model_on_termination", "true", "yes", "['true', 'false']"),
    ("aft_loss_distribution", "extreme", "flat", "['normal', 'logistic', 'extreme']"),
    ("aft_loss_distribution_scale", "0", "-1.0", "[0, +inf)"),
    ("deterministic_histogram", "false", "0", "['true', 'false']"),
    ("sampling_method", "gradient_based", "all", "['uniform', 'gradient_based']"),
    ("prob_buffer_row", "2", "1", "(1.0, +inf)"),
    ("use_dask_gpu_training", "false", "no", "['true', 'false']"),
]
OBJECTIVES = "aft_loss_distribution binary:logistic binary:logitraw binary:hinge count:poisson multi:softmax"
OBJECTIVES += " multi:softprob rank:pairwise rank:ndcg rank:map reg:linear reg:squarederror reg:logistic reg:gamma"
OBJECTIVES += " reg:pseudohubererror reg:squaredlogerror reg:absoluteerror reg:tweedie survival:aft survival:cox"

ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}

PARAMETERS: list[Row] = [
    *[(f"{name} {good}", "B2 names", Parameters({name: good}), 0, name) for name, good, _, _ in RANGES],
    *[
        (f"{name} {bad}", "B2 ranges", Parameters({name: bad}), 1, f"Hyperparameter {name}: {bad} is not in {span}")
        for name, _, bad, span in RANGES
    ],
    *[
        (name, "B2 objectives", Parameters({"objective": name, "num_class": "2"}), 0, name)
        for name in OBJECTIVES.split()
    ],
    ("another objective", "B2 objectives", Parameters({"objective": "foo"}), 1,
     "Hyperparameter objective: foo is not in ['aft"),
    *[
        (f"{name} is not accepted", "B2 names", Parameters({name: "1"}), 1, f"Extraneous hyperparameter found: {name}")
        for name in ("silent", "device", "enable_categorical", "max_cat_to_onehot", "mine")
    ],
    *[
        (f"{alias} is {name}", "B2 names", Parameters({alias: "1"}), 0, f"'{name}': 1.0")
        for alias, name in ALIASES.items()
    ],
    *[
        (f"{alias} is refused as {name}", "B2 errors", Parameters({alias: "-1"}), 1,
         f"Hyperparameter {name}: -1.0 is not in [0, ")
        for alias, name in ALIASES.items()
    ],
    ("lambda may be 1000", "B2 ranges", Parameters({"lambda": "1000"}), 0, "1000.0"),
    ("aliases are not 0.72's", "B2 names", Parameters({"learning_rate": "1"}, version="0.72"), 1,
     "Extraneous hyperparameter found: learning_rate"),
    ("one constraint is no tuple", "B2 errors", Parameters({"monotone_constraints": "1", "tree_method": "hist"}), 1,
     "Hyperparameter monotone_constraints: unexpected failure when validating 1 (caused by TypeError)"),
    ("constraints are lists of lists", "B2 errors",
     Parameters({"interaction_constraints": "[1, 2]", "tree_method": "hist"}), 1,
     "Hyperparameter interaction_constraints: unexpected failure when validating [1, 2] (caused by TypeError)"),
    ("a tuple that does not end", "B2 errors", Parameters({"monotone_constraints": "(1,", "tree_method": "hist"}), 1,
     "was never closed"),
    ("num_round is required", "B2 names", Parameters({"num_round": None}), 1,
     "Missing required hyperparameter: num_round"),
    ("no integer", "B2 errors", Parameters({"num_round": "3.0"}), 1,
     "num_round: could not parse value (caused by ValueError)"),
    ("no number", "B2 errors", Parameters({"eta": "fast"}), 1,
     "Hyperparameter eta: could not parse value (caused by ValueError)"),
    ("softmax without num_class", "B2 errors", Parameters({"objective": "multi:softmax"}), 1,
     "Require input for parameter 'num_class' for multi-classification"),
    ("softprob without num_class", "B2 errors", Parameters({"objective": "multi:softprob"}), 1,
     "Require input for parameter 'num_class' for multi-classification"),
    ("eval_metric is a list", "B2 names", Parameters({"eval_metric": "rmse,mae", "objective": "reg:linear"}), 0,
     "['rmse', 'mae']"),
    ("eval_metric with a threshold", "B2 names", Parameters({"eval_metric": "error@0.7", "objective": "binary:hinge"}),
     0, "error@0.7"),
    ("another metric", "B2 errors", Parameters({"eval_metric": "foo"}), 1,
     "Hyperparameter eval_metric: value ['foo'] not in range ['accuracy"),
    ("auc is for classes", "B2 errors", Parameters({"eval_metric": "auc", "objective": "reg:linear"}), 1,
     "Metric 'auc' can only be applied for classification and ranking problems."),
    ("updater", "B2 names", Parameters({"updater": "grow_colmaker,prune"}), 0, "['grow_colmaker', 'prune']"),
    ("another updater", "B2 ranges", Parameters({"updater": "grow_best"}), 1,
     "Hyperparameter updater: value ['grow_best'] not in range ['grow_col"),
    ("monotone_constraints", "B2 names", Parameters({"monotone_constraints": "(1, 0)", "tree_method": "hist"}), 0,
     "(1, 0)"),
    ("another constraint", "B2 ranges", Parameters({"monotone_constraints": "(2,)", "tree_method": "hist"}), 1,
     "value (2,) not in range [-1, 0, 1]"),
    ("interaction_constraints", "B2 names", Parameters({"interaction_constraints": "[[1, 2]]", "tree_method": "hist"}),
     0, "[[1, 2]]"),
    ("_kfold by name", "B2 names", Parameters({"_kfold": "5"}), 1,
     "Local AWS does not implement the hyperparameter _kfold"),
    ("_num_cv_round by name", "B2 names", Parameters({"_num_cv_round": "2"}), 1,
     "Local AWS does not implement the hyperparameter _num_cv_round"),
    ("silent is 0.72's", "B2 names", Parameters({"silent": "1"}, version="0.72"), 0, "silent"),
    ("verbosity is not 0.72's", "B2 names", Parameters({"verbosity": "1"}, version="0.72"), 1,
     "Extraneous hyperparameter found: verbosity"),
    ("squarederror is not 0.72's", "B2 objectives", Parameters({"objective": "reg:squarederror"}, version="0.72"), 1,
     "Hyperparameter objective: reg:squarederror is not in"),
]  # fmt: skip

TWO_OF_TWO = "Train matrix has 2 rows and 2 columns"
LIBSVM_ROWS = "1 0:0 1:5\n3 0:1 1:5\n"
BOTH = {"train/0.csv": ROWS, "validation/1.csv": ROWS * 2}
# To come closer to the five is to go away from the sixth: rmse grows from round to round, mae falls.
APART = {"train/0.csv": ROWS, "validation/1.csv": "3,1,5\n" * 5 + "-100,1,5\n"}
STOPPING = {"num_round": "20", "early_stopping_rounds": "2"}
UNSUPPORTED = "Channel configuration for 'train' channel is not supported: {'ContentType': "
# Nothing is learnt: every row is as likely as not, which is no. Three of four are none.
EVEN = {"objective": "binary:logistic", "base_score": "0.5", "eta": "0"}
SKEWED = {"train/0.csv": "0,0,5\n0,0,6\n0,0,7\n1,1,5\n"}
OF_CLASSES = "accuracy,balanced_accuracy,f1,f1_binary,f1_macro,precision,precision_macro,precision_micro,recall"
OF_CLASSES += ",recall_macro,recall_micro"
SCORED = "[0]\ttrain-logloss:0.69315\ttrain-accuracy:0.75000\ttrain-balanced_accuracy:0.50000\ttrain-f1:0.42857"
SCORED += "\ttrain-f1_binary:0.00000\ttrain-f1_macro:0.42857\ttrain-precision:0.00000\ttrain-precision_macro:0.37500"
SCORED += (
    "\ttrain-precision_micro:0.75000\ttrain-recall:0.00000\ttrain-recall_macro:0.50000\ttrain-recall_micro:0.75000"
)
JOBS: list[Row] = [
    ("train alone", "B2 channels", Job(), 0, TWO_OF_TWO),
    ("validation is optional", "B2 channels", Job(files=BOTH, channels={"train": CSV, "validation": CSV}), 0,
     "Validation matrix has 4 rows\n"),
    ("no train", "B2 channels", Job(channels={"validation": CSV}), 1, "Missing required channel: train"),
    ("another channel", "B2 channels", Job(channels={"train": CSV, "test": CSV}), 1, "Extraneous channel found: test"),
    ("code by name", "B2 channels", Job(channels={"train": CSV, "code": CSV | {"ContentType": "text/python"}}), 1,
     "Local AWS does not implement script mode"),
    *[(f"{kind} is csv", "B2 content types", channel(ContentType=kind), 0, TWO_OF_TWO) for kind in ("csv", "text/csv")],
    *[
        (f"{kind} is libsvm", "B2 content types",
         Job(files={"train/0": LIBSVM_ROWS}, channels={"train": CSV | {"ContentType": kind}}), 0, TWO_OF_TWO)
        for kind in ("libsvm", "text/libsvm", "text/x-libsvm")
    ],
    *[
        (f"{kind} by name", "B2 content types", channel(ContentType=kind), 1, f"Local AWS does not read {kind}")
        for kind in ("parquet", "application/x-parquet", "recordio-protobuf", "application/x-recordio-protobuf")
    ],
    ("the default is libsvm", "B2 content types", channel(ContentType=None), 1,
     "First line '1,0,5\n...' of file '0.csv' is not 'LIBSVM' format. Please ensure the file is in 'LIBSVM' format."),
    ("label_size", "B2 content types", channel(ContentType="text/csv; label_size=1"), 1,
     UNSUPPORTED + "'text/csv; label_size=1'"),
    ("FastFile", "B2 modes", channel(TrainingInputMode="FastFile"), 1,
     UNSUPPORTED + "'text/csv', 'TrainingInputMode': 'FastFile'"),
    ("Pipe with csv", "B2 modes", channel(TrainingInputMode="Pipe"), 1, "Pipe mode for CSV is no longer supported"),
    ("Pipe with parquet", "B2 modes", channel(TrainingInputMode="Pipe", ContentType="parquet"), 1,
     "Local AWS does not read parquet"),
    ("Pipe with libsvm", "B2 modes", channel(TrainingInputMode="Pipe", ContentType="text/libsvm"), 1,
     UNSUPPORTED + "'text/libsvm'"),
    ("semicolons", "B2 csv", csv("1;0;5\n3;1;5\n"), 0, "Determined delimiter of CSV input is ';'"),
    ("spaces", "B2 csv", csv("1 0 5\n3 1 5\n"), 0, "Determined delimiter of CSV input is ' '"),
    ("a header becomes a row", "B2 csv", csv("quality,a,b\n" + ROWS), 0, "Train matrix has 3 rows and 2 columns"),
    ("text cells", "B2 csv", csv("1,x,5\n3,1,y\n"), 0, TWO_OF_TWO),
    ("ragged rows", "B2 csv", csv("1,0,5\n3,1\n"), 0, TWO_OF_TWO),
    ("a BOM", "B2 csv", csv(b"\xef\xbb\xbf1,0,5\n3,1,5\n"), 0, TWO_OF_TWO),
    ("blank lines", "B2 csv", csv("1,0,5\n\n3,1,5\n"), 0, TWO_OF_TWO),
    ("CRLF", "B2 csv", csv("1,0,5\r\n3,1,5\r\n"), 0, TWO_OF_TWO),
    ("label-last files", "B2 csv", csv("0,5,1\n1,5,3\n"), 0, TWO_OF_TWO),
    ("quoted numbers", "B2 csv",
     Job(files=BOTH | {"train/0.csv": '"1","0","5"\n"3","1","5"\n'}, channels={"train": CSV, "validation": CSV}), 1,
     "AlgorithmError: XGB train call failed with exception:"),
    ("nothing to train on", "B2 data", csv(""), 1, "No data in training channel path /opt/ml/input/data/train"),
    ("nothing to validate on", "B2 data",
     Job(files=BOTH | {"validation/1.csv": ""}, channels={"train": CSV, "validation": CSV}), 1,
     "No data in validation channel path /opt/ml/input/data/validation"),
    ("a dot-file", "B2 data", Job(files={"train/0.csv": ROWS, "train/.part": "1"}), 1,
     "Hidden file found in the data path! Remove that before training."),
    ("folders three deep", "B2 data", Job(files={"train/a/b/0.csv": ROWS}), 0, TWO_OF_TWO),
    ("a folder four deep", "B2 data", Job(files={"train/a/b/0.csv": ROWS, "train/a/b/c/1.csv": ROWS}), 0, TWO_OF_TWO),
    ("the same file twice", "B2 data",
     Job(files=BOTH | {"validation/0.csv": ROWS}, channels={"train": CSV, "validation": CSV}), 0,
     "Suspected identical files found"),
    ("instance weights", "B2 names", Job({"csv_weights": "1"}, {"train/0.csv": "1,1,0,5\n3,2,1,5\n"}), 0, TWO_OF_TWO),
    ("instance weights of both channels", "B2 names",
     Job({"csv_weights": "1"}, {"train/0.csv": "1,1,0,5\n3,2,1,5\n", "validation/0.csv": "1,1,0,5\n9,0,1,5\n"},
         {"train": CSV, "validation": CSV}), 0, "validation-rmse:0.00000"),
    ("weights of libsvm", "B2 names",
     Job({"base_score": None, "num_round": "1", "eta": "0"}, {"train/0": "1:1 0:0 1:5\n3:3 0:1 1:5\n"},
         {"train": LIBSVM}), 0, "base_score 2.5"),
    ("a metrics line a round", "B2 metrics", Job({"num_round": "2"}, BOTH, {"train": CSV, "validation": CSV}), 0,
     "[1]\ttrain-rmse:0.00000\tvalidation-rmse:0.00000"),
    ("the image's own metrics of classes", "B2 metrics", Job(EVEN | {"eval_metric": OF_CLASSES}, SKEWED), 0, SCORED),
    ("the image's own metrics of values", "B2 metrics",
     Job({"eta": "0", "eval_metric": "mae,mse,r2"}, {"train/0.csv": "1,0,5\n2,0,5\n3,1,5\n6,1,5\n"}), 0,
     "[0]\ttrain-rmse:2.12132\ttrain-mae:1.50000\ttrain-mse:4.50000\ttrain-r2:-0.28571"),
    ("XGBoost's metrics come first", "B2 metrics",
     Job({"objective": "binary:hinge", "base_score": None, "eval_metric": "accuracy,error"}, SKEWED), 0,
     "[0]\ttrain-error:0.00000\ttrain-accuracy:1.00000"),
    ("many classes have no one precision", "B2 metrics",
     Job({"objective": "multi:softprob", "num_class": "3", "base_score": None, "eval_metric": "precision"},
         {"train/0.csv": "0,0,5\n1,1,5\n2,2,5\n"}), 1,
     "XGB train call failed with exception:\n Target is multiclass but average='binary'. Please choose another"),
    ("many classes have an accuracy", "B2 metrics",
     Job({"objective": "multi:softmax", "num_class": "3", "base_score": None, "eval_metric": "merror,accuracy,f1"},
         {"train/0.csv": "0,0,5\n1,1,5\n2,2,5\n"}), 0,
     "[0]\ttrain-merror:0.00000\ttrain-accuracy:1.00000\ttrain-f1:1.00000"),
    ("early stopping takes the image's metric", "B2 early stopping",
     Job(STOPPING | {"objective": "binary:hinge", "base_score": None, "eval_metric": "accuracy"},
         SKEWED | {"validation/1.csv": "0,0,5\n1,1,5\n"}, {"train": CSV, "validation": CSV}), 0, "1 rounds"),
    ("the model is UBJSON", "B2 output", Job(), 0, b"{L"),
    ("reg:linear is saved as squarederror", "B2 objectives", Job({"objective": "reg:linear"}), 0,
     "objective reg:squarederror"),
    ("no defaults: the objective", "B2 names", Job({"objective": None}), 0, "objective reg:squarederror"),
    ("no defaults: base_score is the labels' mean", "B2 names", Job({"base_score": None}), 0, "base_score 2.0"),
    ("early stopping", "B2 early stopping",
     Job(STOPPING | {"eval_metric": "rmse"}, BOTH, {"train": CSV, "validation": CSV}), 0,
     "1 rounds"),
    ("early stopping without eval_metric", "B2 early stopping", Job(STOPPING, BOTH, {"train": CSV, "validation": CSV}),
     0, "20 rounds"),
    ("early stopping without validation", "B2 early stopping", Job(STOPPING | {"eval_metric": "rmse"}), 0, "20 rounds"),
    ("early stopping takes the last metric", "B2 early stopping",
     Job(STOPPING | {"eval_metric": "rmse,mae"}, BOTH, {"train": CSV, "validation": CSV}), 0, "1 rounds"),
    ("early stopping takes tuning's metric", "B2 early stopping",
     Job(STOPPING | {"num_round": "10", "eta": "0.5", "eval_metric": "rmse",
                     "_tuning_objective_metric": "validation:mae"}, APART, {"train": CSV, "validation": CSV}), 0,
     "10 rounds"),
    ("eval_metric without objective crashes", "B2 errors", Job({"objective": None, "eval_metric": "rmse"}), 1,
     "KeyError: 'objective'"),
    ("gpu_hist dies in XGBoost", "B2 errors", Job({"tree_method": "gpu_hist"}), 1,
     "AlgorithmError: XGB train call failed with exception:\n Invalid Input: 'gpu_hist'"),
    ("a failure is told whole", "B2 failure", Job({"eta": "1.5"}), 1,
     "UserError: Hyperparameter eta: 1.5 is not in [0, 1]\n\nHyperparameter eta: 1.5 is not in [0, 1]"),
    ("a failure begins", "B2 failure", Job({"eta": "1.5"}), 1,
     "framework error: \nTraceback (most recent call last):\n"),
]  # fmt: skip

PROCESSORS = os.cpu_count()
CAPACITY = f'{{"MaxConcurrentTransforms": {PROCESSORS}, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}}'
LOADING = "Loading csv data failed with Exception, please ensure data is in csv format:\n <class "
JSON_ANSWER = b'{"predictions": [{"score": 1.0}, {"score": 3.0}]}'
LOGISTIC = serving("logistic")
REQUESTS: list[Row] = [
    ("ping", "B3 paths", Request(b"", line="GET /ping"), 200, b""),
    ("ping without a model", "B3 paths", Request(b"", line="GET /ping", container=serving(beside="metrics.json")), 500,
     b""),
    ("execution parameters", "B3 paths", Request(b"", line="GET /execution-parameters"), 200, CAPACITY.encode()),
    ("another path", "B3 paths", Request(line="GET /models"), 404, "<h1>Not Found</h1>"),
    ("ping is a GET", "B3 paths", Request(line="POST /ping"), 405, "<h1>Method Not Allowed</h1>"),
    ("invocations is a POST", "B3 paths", Request(line="GET /invocations"), 405, "<h1>Method Not Allowed</h1>"),
    ("a float a line", "B3 csv answer", Request(), 200, TWO_SCORES),
    *[
        (f"{version} joins scores", "B3 csv answer", Request(container=serving(version=version)), 200, b"1.0,3.0")
        for version in ("0.72", "0.90-2", "1.0-1", "1.2-1")
    ],
    *[
        (f"{version} has lines", "B3 csv answer", Request(container=serving(version=version)), 200, TWO_SCORES)
        for version in ("1.2-2", "1.3-1", "3.0-5")
    ],
    ("outputs of a row", "B3 csv answer", Request(b"0,5\n", container=serving("even")), 200, b"0.5,0.5\n"),
    ("*/*", "B3 accept", Request(accept="*/*"), 200, TWO_SCORES),
    ("text/csv", "B3 accept", Request(accept="text/csv"), 200, TWO_SCORES),
    ("json", "B3 accept", Request(accept="application/json"), 200, JSON_ANSWER),
    ("the default is a variable", "B3 accept",
     Request(container=serving(SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="application/json")), 200, JSON_ANSWER),
    ("jsonlines alone", "B3 accept", Request(accept="application/jsonlines"), 500, ""),
    ("recordio alone", "B3 accept", Request(accept="application/x-recordio-protobuf"), 500, ""),
    ("html", "B3 accept", Request(accept="text/html"), 406,
     "Accept type text/html is not supported. Please use supported accept types: "),
    ("batch has lines whatever it accepts", "B3 batch",
     Request(accept="application/json", container=serving(SAGEMAKER_BATCH="true")), 200,
     TWO_SCORES),
    ("selected csv has no last newline", "B3 selected", Request(container=selecting("predicted_score")), 200,
     b"1.0\n3.0"),
    ("selected csv in batch has", "B3 selected",
     Request(container=selecting("predicted_score", SAGEMAKER_BATCH="true")), 200, TWO_SCORES),
    ("selected json", "B3 selected", Request(accept="application/json", container=selecting("predicted_score")), 200,
     b'{"predictions": [{"predicted_score": 1.0}, {"predicted_score": 3.0}]}'),
    ("selected jsonlines", "B3 selected",
     Request(accept="application/jsonlines", container=selecting("predicted_score")), 200,
     b'{"predicted_score": 1.0}\n{"predicted_score": 3.0}\n'),
    ("selected recordio by name", "B3 selected",
     Request(accept="application/x-recordio-protobuf", container=selecting("predicted_score")), 500,
     "Local AWS does not write application/x-recordio-protobuf."),
    ("what regression has not is NaN", "B3 selected",
     Request(b"0,5", accept="application/json", container=selecting("probability")), 200,
     b'{"predictions": [{"probability": NaN}]}'),
    ("selected of two classes", "B3 selected",
     Request(b"0,5", container=selecting("predicted_label, labels,probability,probabilities,raw_scores", "logistic")),
     200, b'0,"[0, 1]",0.5,"[0.5, 0.5]","[0.5, 0.5]"'),
    ("selected of many classes", "B3 selected",
     Request(TWO_ROWS, container=selecting("predicted_label,labels", "softprob")), 200,
     b'0,"[0, 1]"\n1,"[0, 1]"'),
    ("selected of softmax", "B3 selected",
     Request(b"1,5", container=selecting("predicted_label,raw_scores", "softmax")), 200, b'1.0,"[0.0, 1.0]"'),
    ("selected of hinge", "B3 selected", Request(b"1,5", container=selecting("predicted_label,probability", "hinge")),
     200, b"1.0,nan"),
    ("selected of counts", "B3 selected", Request(container=selecting("predicted_score", "poisson")), 500,
     b"Objective `count:poisson` unsupported for selectable inference predictions."),
    ("one row", "B3 request csv", Request(b"1,5"), 200, b"3.0\n"),
    ("an empty cell is missing", "B3 request csv", Request(b"0,\n1,\n"), 200, TWO_SCORES),
    ("CRLF", "B3 request csv", Request(b"0,5\r\n1,5\r\n"), 200, TWO_SCORES),
    ("semicolons", "B3 request csv", Request(b"0;5\n1;5\n"), 200, TWO_SCORES),
    ("spaces", "B3 request csv", Request(b"0 5\n1 5\n"), 200, TWO_SCORES),
    ("a charset", "B3 request csv", Request(content_type="text/csv; charset=utf-8"), 200, TWO_SCORES),
    ("label_size 1", "B3 request csv", Request(content_type="text/csv;label_size=1"), 200, TWO_SCORES),
    ("libsvm", "B3 request libsvm", Request(b"0:0 1:5\n0:1 1:5\n", "text/libsvm"), 200, TWO_SCORES),
    ("x-libsvm with labels", "B3 request libsvm", Request(b"9 0:0 1:5\n9 0:1 1:5\n", "text/x-libsvm"), 200, TWO_SCORES),
    ("no content type is libsvm", "B3 request libsvm", Request(b"0:0 1:5\n0:1 1:5\n", None), 200, TWO_SCORES),
    ("csv without content type", "B3 415", Request(content_type=None), 415,
     "Loading libsvm data failed with Exception"),
    ("0.72 takes csv for granted", "B3 request csv", Request(content_type=None, container=serving(version="0.72")), 200,
     b"1.0,3.0"),
    ("a header row", "B3 415", Request(b"a,b\n0,5\n"), 415, LOADING),
    ("a text cell", "B3 415", Request(b"0,x\n"), 415, LOADING),
    ("ragged rows", "B3 415", Request(b"0,5\n1\n"), 415, LOADING),
    ("a blank line inside", "B3 415", Request(b"0,5\n\n1,5\n"), 415, LOADING),
    ("a BOM", "B3 415", Request(b"\xef\xbb\xbf0,5\n"), 415, LOADING),
    ("bad UTF-8", "B3 415", Request(b"0,\xff\n"), 415, LOADING),
    ("a lone newline", "B3 415", Request(b"\n"), 415, LOADING),
    ("json asked", "B3 415", Request(b"[0, 5]", "application/json"), 415,
     "application/json is not an accepted ContentType: csv, libsvm, parquet"),
    ("parquet asked", "B3 415", Request(b"PAR1", "application/x-parquet"), 415,
     "Local AWS does not read application/x-parquet"),
    ("recordio asked by name", "B3 415", Request(b"x", "application/x-recordio-protobuf"), 415,
     "Local AWS does not read application/x-recordio"),
    ("label_size 0", "B3 415", Request(content_type="text/csv;label_size=0"), 415,
     b"text/csv;label_size=0 is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"),
    ("too many columns", "B3 400", Request(b"1,0,5\n"), 400, "Unable to evaluate payload provided: "),
    ("too many columns, in words", "B3 400", Request(b"1,0,5\n"), 400,
     "Number of columns does not match number of features in booster."),
    ("too few columns are scored", "B3 400", Request(container=serving("wide")), 200, TWO_SCORES),
    ("images with pickles count columns", "B3 400", Request(b"1,0,5\n", container=serving(version="1.2-2")), 400,
     b"Unable to evaluate payload provided: Feature size of csv inference data 3 is not consistent "
     b"with feature size of trained model 2"),
    ("nothing", "B3 204", Request(b""), 204, b""),
    ("too long", "B3 413", Request(b"1" * 6_291_457), 413, "<h1>Request Entity Too Large</h1>"),
    ("too long is a variable", "B3 413", Request(container=serving(MAX_CONTENT_LENGTH="5")), 413,
     "<h1>Request Entity Too Large</h1>"),
    ("a file beside the model", "B3 ensemble", Request(container=serving(beside="metrics.json")), 500,
     "Unable to load model"),
    ("an empty file beside", "B3 ensemble", Request(container=serving(beside="empty")), 500, "Unable to load model"),
    ("a file beside, no ensemble", "B3 ensemble",
     Request(container=serving(beside="metrics.json", SAGEMAKER_INFERENCE_ENSEMBLE="false")), 200, TWO_SCORES),
    ("a dot-file beside", "B3 ensemble", Request(container=serving(beside=".hidden")), 200, TWO_SCORES),
    ("a folder beside", "B3 ensemble", Request(container=serving(beside="code/inference.py")), 200, TWO_SCORES),
]  # fmt: skip
CONTRACT = PARAMETERS + JOBS + REQUESTS


@pytest.mark.parametrize("row", CONTRACT, ids=lambda row: f"{row[1]}: {row[0]}")
def test_the_contract(
    of_parameters: Callable[[Parameters], tuple[int, bytes]],
    of_job: Callable[[Job], tuple[int, bytes, bytes]],
    of_request: Callable[[Request], tuple[int, bytes]],
    row: Row,
) -> None:
    _, _, given, status, answer = row
    beginning = b""
    if isinstance(given, Parameters):
        came, found = of_parameters(given)
    elif isinstance(given, Job):
        came, found, beginning = of_job(given)
    else:
        came, found = of_request(given)
    if isinstance(answer, bytes):
        told: str | bytes = beginning[: len(answer)] if isinstance(given, Job) else found
    else:
        told = answer if answer in found.decode() else found.decode()
    assert (came, told) == (status, answer)
