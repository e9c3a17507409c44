"""Rows of hyperparameters: their names, their ranges, and how they are refused."""

from .rows import Parameters, Row

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
    ("_kfold", "2", "1", "[2, +inf)"),
    ("_num_cv_round", "1", "0", "[1, +inf)"),
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
    ("silent is 0.72's", "B2 names", Parameters({"silent": "1"}, version="0.72"), 0, "silent"),
    ("_kfold is not 0.72's", "B2 names", Parameters({"_kfold": "2"}, version="0.72"), 1,
     "Extraneous hyperparameter found: _kfold"),
    ("verbosity is not 0.72's", "B2 names", Parameters({"verbosity": "1"}, version="0.72"), 1,
     "Extraneous hyperparameter found: verbosity"),
    ("squarederror is not 0.72's", "B2 objectives", Parameters({"objective": "reg:squarederror"}, version="0.72"), 1,
     "Hyperparameter objective: reg:squarederror is not in"),
]  # fmt: skip
