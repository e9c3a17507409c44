"""What a notebook does with an endpoint by the SageMaker Python SDK: it has rows predicted, and deletes the endpoint.

Runs in .venv-sagemaker-sdk: ``python predictor.py ENDPOINT < rows.csv``. The scores are its last line, a JSON list.
"""

import json
import sys

from sagemaker.deserializers import CSVDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.session import Session

rows = [line.split(",") for line in sys.stdin.read().splitlines()]
predictor = Predictor(sys.argv[1], Session(), serializer=CSVSerializer(), deserializer=CSVDeserializer())
scores = [float(score) for (score,) in predictor.predict(rows)]
predictor.delete_endpoint()
print(json.dumps(scores))  # noqa: T201 - its output is what the test reads
