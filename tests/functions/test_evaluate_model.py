"""SmokeTest, through its handler: what it sends, computes, publishes, refuses and lets pass."""

import json
from math import sqrt
from typing import Any

import pytest

import csv_rows
import evaluate_model
from functions.documents import CONFIG, CONFIGURED, DEPLOYMENT, ENDPOINT, JOB, TRAINING
from functions.fake_aws import DATA, EXECUTION, RUN, Aws, Context, RefusalError, recorded, with_parameters

FILE = "evaluation.json"
KEY = "validation/validation.csv"
# The endpoint of fake_aws answers a row's first feature: predictions 5.5, 6, 4.5, 8; errors 0.5, 0, -1.5, 1.
ROWS = b"5,5.5,1\n6,6,1\n6,4.5,1\n7,8,1\n"


@pytest.fixture
def event(aws: Aws) -> Any:
    """SmokeTest's event, its input artifact in place."""
    event = recorded("smoke_test")
    aws.put_artifact(event, DEPLOYMENT, "deployment.json")
    return event


@pytest.fixture
def version(aws: Aws) -> str:
    """The version of the data to test with."""
    return aws.put(DATA, KEY, ROWS)


def test_it_returns_the_scores_as_output_variables(aws: Aws, event: Any, version: str, context: Context) -> None:
    evaluate_model.lambda_handler(event, context)

    done = aws.codepipeline.answer.done
    assert (done.pop("environment"), done.pop("rows")) == ("Dev", "4")
    assert {name: float(value) for name, value in done.items()} == pytest.approx(
        {
            "rmse": sqrt(3.5 / 4),  # 0.25 + 0 + 2.25 + 1
            "mae": 0.75,
            "r2": -0.75,  # the labels' squares around their mean 6: 1 + 0 + 0 + 1
            "within_one": 0.75,
            "baseline_rmse": sqrt(0.5),  # the training mean is 6
            "baseline_mae": 0.5,
            "baseline_r2": 0,
            "baseline_within_one": 1,
        },
        abs=1e-6,
    )


def test_the_console_shows_the_numbers(aws: Aws, event: Any, version: str, context: Context) -> None:
    evaluate_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.summary == (
        "Dev: 4 rows, RMSE 0.935 (always the training mean: 0.707), MAE 0.750, R2 -0.750, 75.0% within one point"
    )


def test_it_hands_on_evaluation_json(aws: Aws, event: Any, version: str, context: Context) -> None:
    evaluate_model.lambda_handler(event, context)

    document = aws.output(event, FILE)
    metrics = document.pop("regression_metrics")
    values = {name: metric["value"] for name, metric in metrics.items()}
    assert values == pytest.approx({"mae": 0.75, "mse": 0.875, "rmse": sqrt(0.875), "r2": -0.75})
    assert [set(metric) for metric in metrics.values()] == [{"value", "standard_deviation"}] * 4
    assert document.pop("sample") == [[1, 5, 5.5], [2, 6, 6], [3, 6, 4.5], [4, 7, 8]]
    assert document.pop("worst") == [[3, 6, 4.5], [4, 7, 8], [1, 5, 5.5], [2, 6, 6]]
    assert document.pop("counts") == {"5": {"6": 1}, "6": {"5": 1, "6": 1}, "7": {"8": 1}}
    assert document["data"] == {"bucket": DATA, "key": KEY, "version": version}
    assert document["within_one"] == 0.75
    assert document["baseline_rmse"] == sqrt(0.5)
    known = {
        "version": 1,
        "rows": 4,
        "max_rmse": None,
        "environment": "Dev",
        "endpoint": ENDPOINT,
        "endpoint_config": CONFIG,
        "training_job": JOB,
        "run_id": RUN,
        "execution_id": EXECUTION,
    }
    assert {key: document[key] for key in known} == known


def test_equal_labels_are_scored_without_r2(aws: Aws, event: Any, context: Context) -> None:
    aws.put(DATA, KEY, b"5,5.5,1\n5,4.5,1\n")

    evaluate_model.lambda_handler(event, context)

    done = aws.codepipeline.answer.done
    assert done["rmse"] == done["mae"] == "0.5"
    assert "no R2 (all labels are equal)" in aws.codepipeline.answer.summary
    document = aws.output(event, FILE)
    for scores in (done, document, document["regression_metrics"]):
        assert not {"r2", "baseline_r2"} & scores.keys()


def test_it_sends_features_without_the_label(aws: Aws, event: Any, version: str, context: Context) -> None:
    evaluate_model.lambda_handler(event, context)

    assert aws.runtime.bodies == [b"5.5,1\n6,1\n4.5,1\n8,1"]
    assert aws.runtime.urls[0].endswith(f"/endpoints/{ENDPOINT}/invocations")


def test_many_rows_go_in_several_requests_and_keep_their_order(
    aws: Aws, event: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_model, "PART", 100)
    rows = [(number % 7, number / 8) for number in range(500)]
    aws.put(DATA, KEY, "".join(f"{label},{feature},1\n" for label, feature in rows).encode())

    evaluate_model.lambda_handler(event, context)

    done = aws.codepipeline.answer.done
    assert done["rows"] == "500"
    assert done["mae"] == f"{sum(abs(feature - label) for label, feature in rows) / 500:.6g}"
    assert len(aws.runtime.bodies) > 10
    assert max(map(len, aws.runtime.bodies)) <= 100
    assert sum(body.count(b"\n") + 1 for body in aws.runtime.bodies) == 500


def test_all_parts_are_of_one_version(aws: Aws, event: Any, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    version = aws.put(DATA, KEY, ROWS * 10)
    monkeypatch.setattr(evaluate_model, "PART", 7)
    replaced = []

    def replace(rows: list[list[float]]) -> bytes:
        replaced.append(aws.put(DATA, KEY, b"1,1,1\n2,2,2\n"))
        return "".join(f"{row[0]}\n" for row in rows).encode()

    aws.runtime.model = replace

    evaluate_model.lambda_handler(event, context)

    assert replaced
    assert aws.codepipeline.answer.done["mae"] == "0.75"
    assert aws.output(event, FILE)["data"]["version"] == version


def test_a_request_is_within_what_a_serverless_endpoint_takes() -> None:
    assert evaluate_model.PART + csv_rows.LINE_LIMIT <= 4 * 1024 * 1024


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("separator", [b"\n", b","], ids=["newlines", "commas"])
def test_both_forms_of_the_answer_are_read(aws: Aws, event: Any, version: str, separator: bytes, end: bytes) -> None:
    aws.runtime.model = lambda rows: separator.join(b"%g" % row[0] for row in rows) + end

    evaluate_model.lambda_handler(event, Context())

    assert aws.codepipeline.answer.done["mae"] == "0.75"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"1\n2\n3\n", "answered 3 scores for 4 rows (lines 1 to 4)"),
        (b"1\n2\n3\n4\n5\n", "answered 5 scores for 4 rows"),
        (b"0.1,0.9\n" * 4, "answered 8 scores for 4 rows"),
        (b"", "answered 0 scores for 4 rows"),
        (b"1\n2\nnan\n4\n", "answered nan for line 3, expected a finite number"),
        (b"1\ninf\n3\n4\n", "answered inf for line 2, expected a finite number"),
        (b'{"predictions": []}', """answered '{"predictions": []}', expected numbers"""),
        (b"1\n2\n\n4\n", "expected numbers"),
    ],
)
def test_an_answer_that_is_no_score_a_row_publishes_nothing(
    aws: Aws, event: Any, version: str, body: bytes, says: str
) -> None:
    aws.runtime.model = lambda rows: body

    evaluate_model.lambda_handler(event, Context())

    assert f"Endpoint {ENDPOINT} {says}" in aws.codepipeline.answer.failure or says in aws.codepipeline.answer.failure
    assert not aws.has_output(event)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"quality,a,b\n5,1,1\n", f"{KEY}, line 1, column 1: 'quality' is not a number: the file begins with a header"),
        (b"5,1,1\n6,x,1\n", f"{KEY}, line 2, column 2: 'x' is not a number"),
        (b"", f"{KEY}, line 1: the file is empty"),
    ],
)
def test_a_bad_row_publishes_no_score(aws: Aws, event: Any, context: Context, body: bytes, says: str) -> None:
    aws.put(DATA, KEY, body)

    evaluate_model.lambda_handler(event, context)

    assert says in aws.codepipeline.answer.failure
    assert not aws.has_output(event)


def test_a_bad_row_far_down_publishes_no_score(
    aws: Aws, event: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_model, "PART", 50)
    aws.put(DATA, KEY, ROWS * 100 + b"5,oops,1\n")

    evaluate_model.lambda_handler(event, context)

    assert f"{KEY}, line 401, column 2: 'oops' is not a number" in aws.codepipeline.answer.failure
    assert not aws.has_output(event)


@pytest.mark.parametrize("body", [b"5,1\n6,2\n", b"5,1,1,1\n6,2,2,2\n"])
def test_other_columns_than_those_trained_on_are_refused_before_the_first_request(
    aws: Aws, event: Any, context: Context, body: bytes
) -> None:
    aws.put(DATA, KEY, body)

    evaluate_model.lambda_handler(event, context)

    assert "columns, expected 3 as in the training data" in aws.codepipeline.answer.failure
    assert aws.runtime.bodies == []


@pytest.mark.parametrize(
    "refusal",
    [
        RefusalError("ModelNotReadyException", "cold", 429),
        RefusalError("InternalDependencyException", "later", 530),
    ],
    ids=lambda refusal: str(refusal.code),
)
def test_a_cold_start_is_waited_for(
    aws: Aws, event: Any, version: str, context: Context, refusal: RefusalError
) -> None:
    aws.runtime.script = [refusal] * 3

    evaluate_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.done["rows"] == "4"
    assert len(aws.runtime.bodies) == 4


def test_a_cold_start_without_end_fails(aws: Aws, event: Any, version: str, context: Context) -> None:
    aws.runtime.script = [RefusalError("ModelNotReadyException", "cold", 429)] * 100

    evaluate_model.lambda_handler(event, context)

    assert "InvokeEndpoint failed while" in aws.codepipeline.answer.failure
    assert "ModelNotReadyException: cold" in aws.codepipeline.answer.failure
    assert len(aws.runtime.bodies) == 10


def test_throttling_is_retried(aws: Aws, event: Any, version: str, context: Context) -> None:
    aws.runtime.script = [RefusalError("ThrottlingException", "Rate exceeded", 400)]

    evaluate_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.done["rows"] == "4"
    assert len(aws.runtime.bodies) == 2


def test_a_refusal_of_the_model_is_told_at_once(aws: Aws, event: Any, version: str, context: Context) -> None:
    message = 'Received client error (400) from primary with message "Number of columns does not match".'
    aws.runtime.script = [RefusalError("ModelError", message, 424)]

    evaluate_model.lambda_handler(event, context)

    assert f"ModelError: {message}" in aws.codepipeline.answer.failure
    assert len(aws.runtime.bodies) == 1


@pytest.mark.parametrize(("limit", "passes"), [("0.936", True), ("0.935", False), (0.5, False), ("1", True)])
def test_max_rmse_is_a_gate(aws: Aws, event: Any, version: str, limit: object, passes: bool) -> None:
    evaluate_model.lambda_handler(with_parameters(event, {"env": "Dev", "s3key": KEY, "max-rmse": limit}), Context())

    if passes:
        assert aws.codepipeline.answer.done["rows"] == "4"
        assert aws.output(event, FILE)["max_rmse"] == float(str(limit))
    else:
        message = aws.codepipeline.answer.failure
        assert message.startswith(
            f"Dev: RMSE 0.935414 is worse than max-rmse {float(str(limit)):g}, over 4 rows of {KEY}"
        )
        assert not aws.has_output(event)


@pytest.fixture
def configured(aws: Aws, event: Any, version: str) -> Any:
    """SmokeTest's event, whose model was trained by a training.json with a threshold."""
    aws.put_artifact(event, {**DEPLOYMENT, "training": TRAINING | CONFIGURED}, "deployment.json")
    return event


def test_the_threshold_of_training_json_is_a_gate(aws: Aws, configured: Any, context: Context) -> None:
    evaluate_model.lambda_handler(configured, context)

    assert aws.codepipeline.answer.failure == (
        f"Dev: RMSE 0.935414 is worse than max-rmse 0.9, over 4 rows of {KEY}."
        " The threshold is of training.json (commit 1a2b3c4d). The model stays where it is and goes no further."
    )
    assert not aws.has_output(configured)


@pytest.mark.parametrize("limit", ["0.95", "0.9"])
def test_user_parameters_mask_the_threshold_of_training_json(aws: Aws, configured: Any, limit: str) -> None:
    evaluate_model.lambda_handler(
        with_parameters(configured, {"env": "Dev", "s3key": KEY, "max-rmse": limit}), Context()
    )

    if limit == "0.95":
        assert aws.codepipeline.answer.summary.endswith(
            "75.0% within one point; max-rmse of training.json is masked by UserParameters"
        )
        assert aws.output(configured, FILE)["max_rmse"] == 0.95
    else:
        assert "The threshold is of UserParameters." in aws.codepipeline.answer.failure


def test_a_model_that_is_good_enough_for_training_json_passes(aws: Aws, configured: Any, context: Context) -> None:
    aws.runtime.model = lambda rows: b"5\n6\n6\n7\n"

    evaluate_model.lambda_handler(configured, context)

    assert aws.output(configured, FILE)["max_rmse"] == 0.9
    assert "masked" not in aws.codepipeline.answer.summary


@pytest.mark.parametrize("key", [KEY, f"/{KEY}"])
def test_the_workshops_own_parameters_work(aws: Aws, event: Any, version: str, context: Context, key: str) -> None:
    evaluate_model.lambda_handler(with_parameters(event, {"env": "Dev", "s3bucket": DATA, "s3key": key}), context)

    assert aws.output(event, FILE)["data"]["key"] == KEY


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"s3key": KEY}, "env is missing, expected a letter"),
        ({"env": "Dev"}, "s3key is missing, expected the key of a CSV object"),
        ({"env": "Dev", "s3key": ""}, "s3key is '', expected"),
        ({"env": "Dev", "s3key": "/"}, "s3key is '/', expected"),
        ({"env": "Dev", "s3key": KEY, "s3bucket": "other"}, f"s3bucket is 'other', expected '{DATA}'"),
        ({"env": "Test", "s3key": KEY}, "env is 'Test', but the input artifact is of 'Dev'"),
        ({"env": "Dev", "s3key": KEY, "max-rmse": "0"}, "max-rmse is '0', expected a number above 0"),
        ({"env": "Dev", "s3key": KEY, "max-rmse": "-1"}, "max-rmse is '-1', expected a number above 0"),
        ({"env": "Dev", "s3key": KEY, "max-rmse": "low"}, "max-rmse is 'low', expected a number above 0"),
        ({"env": "Dev", "s3key": KEY, "max-rmse": "nan"}, "max-rmse is 'nan', expected"),
        ({"env": "Dev", "s3key": KEY, "maxrmse": "1"}, "maxrmse (with the value '1') is not a known key: did you mean"),
        ({"env": "Dev", "s3key": KEY, "s3bucket": "mlops-builtinalgo-data-your-initials"}, "placeholder your-initials"),
    ],
)
def test_a_bad_parameter_is_named(
    aws: Aws, event: Any, context: Context, parameters: dict[str, str], says: str
) -> None:
    evaluate_model.lambda_handler(with_parameters(event, parameters), context)

    assert says in aws.codepipeline.answer.failure
    assert aws.codepipeline.answer.failure_type == "ConfigurationError"
    assert aws.runtime.bodies == []


def test_missing_data_is_named(aws: Aws, event: Any, context: Context) -> None:
    evaluate_model.lambda_handler(event, context)

    assert f"s3://{DATA}/{KEY} (s3key) cannot be read (404): upload it" in aws.codepipeline.answer.failure


def test_what_may_not_be_read_is_told_with_the_missing_permission(
    aws: Aws, event: Any, version: str, context: Context
) -> None:
    words = aws.deny(KEY)

    evaluate_model.lambda_handler(event, context)

    assert aws.codepipeline.answer.failure == f"GetObject failed while looking for {KEY}: AccessDenied: {words}"
    assert aws.codepipeline.answer.failure_type == "PermissionError"


def test_out_of_time_it_fails_while_the_endpoint_hangs(aws: Aws, event: Any, version: str) -> None:
    answered = aws.codepipeline.given

    def hang(rows: list[list[float]]) -> bytes:
        assert answered.wait(10)
        return b"1\n2\n3\n4\n"

    aws.runtime.model = hang

    evaluate_model.lambda_handler(event, Context(seconds=30.5))

    assert aws.codepipeline.answer.failure.startswith("Out of time while waiting for the scores of lines 1 to 4.")
    assert not aws.has_output(event)


def test_delivered_twice_both_deliveries_agree(aws: Aws, event: Any, version: str, context: Context) -> None:
    evaluate_model.lambda_handler(event, context)
    first = aws.output(event, FILE)
    evaluate_model.lambda_handler(json.loads(json.dumps(event)), context)

    assert aws.codepipeline.operations() == ["PutJobSuccessResult", "PutJobSuccessResult"]
    assert aws.output(event, FILE) == first
