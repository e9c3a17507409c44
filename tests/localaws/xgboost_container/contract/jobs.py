"""Rows of training jobs: channels, data, metrics, cross-validation, and what they leave."""

from collections.abc import Mapping

from .rows import CSV, ROWS, Job, Row

LIBSVM = CSV | {"ContentType": "text/libsvm"}


def csv(content: str | bytes) -> Job:
    return Job(files={"train/0.csv": content})


def channel(**settings: str | None) -> Job:
    given = {name: value for name, value in (CSV | settings).items() if value is not None}
    return Job(channels={"train": given})


def folded(folds: str, changes: Mapping[str, str | None] | None = None, files: Mapping[str, str] | None = None) -> Job:
    return Job({"_kfold": folds} | dict(changes or {}), files or UNLIKE, {"train": CSV, "validation": CSV})


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
# Three rows of each kind, and one like no other; with nine folds, each row is held out alone.
UNLIKE = {"train/0.csv": ROWS, "validation/1.csv": ROWS * 2 + "9,2,5\n" + ROWS}
IN_CLASSES = {"train/0.csv": "0,0,5\n1,1,5\n", "validation/1.csv": "0,0,5\n1,1,5\n" * 2}
IN_HALVES = IN_CLASSES | {"train/0.csv": "0,0,5\n0.5,1,5\n"}
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
     "(2 vs. 0) : Number of columns does not match number of features in booster."),
    ("nothing to train on", "B2 data", csv(""), 1, "No data in training channel path /opt/ml/input/data/train"),
    ("nothing to validate on", "B2 data",
     Job(files=BOTH | {"validation/1.csv": ""}, channels={"train": CSV, "validation": CSV}), 1,
     "No data in validation channel path /opt/ml/input/data/validation"),
    ("a dot-file", "B2 data", Job(files={"train/0.csv": ROWS, "train/.part": "1"}), 1,
     "Hidden file found in the data path! Remove that before training."),
    ("folders three deep", "B2 data", Job(files={"train/a/b/0.csv": ROWS}), 0, TWO_OF_TWO),
    ("a folder four deep", "B2 data", Job(files={"train/a/b/0.csv": ROWS, "train/a/b/c/1.csv": ROWS}), 0, TWO_OF_TWO),
    ("a folder four deep is told of", "B2 data",
     Job(files={"train/a/b/0.csv": ROWS, "train/a/b/c/1.csv": ROWS}), 0, "train/a/b/c exceeds the limit 3."),
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
    *[
        (f"early stopping takes the last metric of {metrics}", "B2 early stopping",
         Job(STOPPING | {"num_round": "10", "eta": "0.5", "eval_metric": metrics}, APART,
             {"train": CSV, "validation": CSV}), 0, rounds)
        for metrics, rounds in (("rmse,mae", "10 rounds"), ("mae,rmse", "1 rounds"))
    ],
    ("early stopping takes tuning's metric", "B2 early stopping",
     Job(STOPPING | {"num_round": "10", "eta": "0.5", "eval_metric": "rmse",
                     "_tuning_objective_metric": "validation:mae"}, APART, {"train": CSV, "validation": CSV}), 0,
     "10 rounds"),
    ("eval_metric without objective crashes", "B2 errors", Job({"objective": None, "eval_metric": "rmse"}), 1,
     "KeyError: 'objective'"),
    ("gpu_hist dies in XGBoost", "B2 errors", Job({"tree_method": "gpu_hist"}), 1,
     "AlgorithmError: XGB train call failed with exception:\n Invalid Input: 'gpu_hist'"),
    ("_kfold makes a model a fold", "B2 cross-validation", folded("3"), 0, "xgboost-model-2: 1 rounds"),
    ("_num_cv_round makes them again", "B2 cross-validation", folded("3", {"_num_cv_round": "2"}), 0,
     "xgboost-model-5: 1 rounds"),
    ("_num_cv_round alone does nothing", "B2 cross-validation", Job({"_num_cv_round": "2"}), 0,
     "xgboost-model: 1 rounds"),
    ("a fold's model is UBJSON", "B2 cross-validation", folded("2"), 0, b"{L"),
    ("the folds are of all data", "B2 cross-validation", folded("9", {"_num_cv_round": "2"}), 0,
     "Run 2-round of 9-fold cross validation with 9 rows\n"),
    ("each fold is told of", "B2 cross-validation", folded("3"), 0, "Train cross validation fold 3\n"),
    ("a round's metrics", "B2 cross-validation", folded("9"), 0, "The metrics of round 1 cross validation\n"),
    ("the metrics of all rounds", "B2 cross-validation", folded("9", {"_num_cv_round": "2"}), 0,
     "The overall metrics of 2-round cross validation\n"),
    # Nothing is learnt: every model says two, one away from all labels but the nine. The validation channel has seven.
    ("a mean of metrics ends a round", "B2 cross-validation", folded("9", {"eta": "0", "num_round": "3"}), 0,
     "\n[3]\ttrain-rmse:1.00000\tvalidation-rmse:2.80306\n"),
    ("predictions are those of models that were not shown the row", "B2 cross-validation", folded("9"), 0,
     "1.000000,1.000000\n3.000000,3.000000\n1.000000,1.000000\n3.000000,3.000000\n9.000000,3.000000\n"),
    ("of two classes there is a probability too", "B2 cross-validation", folded("2", EVEN, IN_CLASSES), 0,
     "0.000000,0.500000,0.000000\n1.000000,0.500000,0.000000\n"),
    ("of many classes there is a probability too", "B2 cross-validation",
     folded("3", {"objective": "multi:softprob", "num_class": "2", "base_score": None, "eta": "0"}, IN_CLASSES), 0,
     "0.000000,0.500000,0.000000\n1.000000,0.500000,0.000000\n"),
    ("early stopping", "B2 cross-validation", folded("9", STOPPING | {"eval_metric": "rmse"}), 0,
     "xgboost-model-8: 1 rounds"),
    ("without validation", "B2 cross-validation", Job({"_kfold": "2"}), 1,
     "AlgorithmError: XGB train call failed with exception:\n 'validation'"),
    ("without objective", "B2 cross-validation", folded("2", {"objective": None}), 1,
     "AlgorithmError: XGB train call failed with exception:\n 'NoneType' object has no attribute 'startswith'"),
    ("more folds than rows", "B2 cross-validation", folded("10"), 1,
     "Cannot have number of splits n_splits=10 greater than the number of samples: n_samples=9."),
    ("more folds than rows of any class", "B2 cross-validation", folded("5", EVEN, IN_CLASSES), 1,
     "n_splits=5 cannot be greater than the number of members in each class."),
    ("classes between classes", "B2 cross-validation", folded("2", EVEN, IN_HALVES), 1,
     "Supported target types are: ('binary', 'multiclass'). Got 'continuous' instead."),
    ("a failure is told whole", "B2 failure", Job({"eta": "1.5"}), 1,
     "UserError: Hyperparameter eta: 1.5 is not in [0, 1]\n\nHyperparameter eta: 1.5 is not in [0, 1]"),
    ("a failure begins", "B2 failure", Job({"eta": "1.5"}), 1,
     "framework error: \nTraceback (most recent call last):\n"),
]  # fmt: skip
