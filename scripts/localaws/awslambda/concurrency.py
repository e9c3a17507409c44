"""How many invocations of a function may run at once."""

import json
from urllib.parse import unquote

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import TYPE_RESPONSE

from localaws.awslambda.engine import pool, reserved
from localaws.awslambda.errors import InvalidParameterValueException

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
_ACCOUNT = 1000
_LEFT_UNRESERVED = 100


class ConcurrencyOperations(LambdaResponse):
    """Reserved concurrency."""

    def put_function_concurrency(self) -> TYPE_RESPONSE:
        """Reserve concurrency, so that enough is left for the functions without any."""
        wanted = int(self.json_body["ReservedConcurrentExecutions"])
        function = self._function_of_concurrency()
        others = (reserved(each) or 0 for each in self.backend.list_functions() if each is not function)
        if _ACCOUNT - sum(others) - wanted < _LEFT_UNRESERVED:
            raise InvalidParameterValueException(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution"
                f" below its minimum value of [{_LEFT_UNRESERVED}]."
            )
        function.reserved_concurrency = wanted
        pool.look_again()
        return 200, {}, json.dumps({"ReservedConcurrentExecutions": wanted})

    def delete_function_concurrency(self) -> TYPE_RESPONSE:
        """Let a function run as often at once as any other."""
        deleted = super().delete_function_concurrency()
        pool.look_again()
        return deleted

    def get_function_concurrency(self) -> TYPE_RESPONSE:
        """Return what is reserved, or nothing (moto: null)."""
        wanted = reserved(self._function_of_concurrency())
        return 200, {}, json.dumps({} if wanted is None else {"ReservedConcurrentExecutions": wanted})

    def _function_of_concurrency(self) -> LambdaFunction:
        return self.backend.get_function(unquote(self.path.rsplit("/", 2)[-2]))
