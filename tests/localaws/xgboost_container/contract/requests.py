"""Rows of requests to a container that serves: paths, content types, accepts, status codes, bytes."""

import os

from .rows import Container, Request, Row

TWO_ROWS, TWO_SCORES = b"0,5\n1,5\n", b"1.0\n3.0\n"


def serving(model: str = "exact", *, beside: str = "", version: str = "3.2-0", **environment: str) -> Container:
    return Container(model, beside, version, tuple(environment.items()))


def selecting(keys: str, model: str = "exact", **environment: str) -> Container:
    return serving(model, SAGEMAKER_INFERENCE_OUTPUT=keys, **environment)


PROCESSORS = os.cpu_count()
CAPACITY = f'{{"MaxConcurrentTransforms": {PROCESSORS}, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}}'
LOADING = "Loading csv data failed with Exception, please ensure data is in csv format:\n <class "
JSON_ANSWER = b'{"predictions": [{"score": 1.0}, {"score": 3.0}]}'
# The objectives of regression that have a predicted score, and what a model of theirs says that has learnt nothing.
SCORING = {"reg:logistic": b"0.5,nan", "reg:gamma": b"2.0,nan", "reg:absoluteerror": b"2.0,nan"}
SCORING |= {"reg:tweedie": b"2.0,nan"}
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
    ("a raw score of two classes", "B3 selected", Request(b"0,5", container=selecting("raw_score", "logistic")), 200,
     b"0.5"),
    *[
        (f"{objective} has a predicted score", "B3 selected",
         Request(b"0,5", container=selecting("predicted_score,labels", objective)), 200, answer)
        for objective, answer in SCORING.items()
    ],
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
    ("spaces around", "B3 request csv", Request(b" 0, 5 \n1 ,5\n"), 200, TWO_SCORES),
    ("numbers as Python has them", "B3 request csv", Request(b"0_0,5\n1.e0,nan\n"), 200, TWO_SCORES),
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
    ("ragged rows with cells enough", "B3 415", Request(b"0,5,1\n1\n"), 415, LOADING),
    ("numbers with words behind", "B3 415", Request(b"0,5\n1,5x\n"), 415, LOADING),
    ("a comment", "B3 415", Request(b"0,5\n1,5#\n"), 415, LOADING),
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
