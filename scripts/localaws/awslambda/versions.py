"""Versions and aliases, and the lists that come in pages."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import TYPE_RESPONSE

from localaws.awslambda import configuration
from localaws.awslambda.errors import InvalidParameterValueException, PreconditionFailedException

_PAGE = 50  # https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html: at most 50 at a time


class VersionOperations(LambdaResponse):
    """What moto answers with the wrong status, in one page, or not as a function's version."""

    def list_functions(self) -> str:
        """Return a page of functions."""
        version = self.querystring.get("FunctionVersion", [None])[0]
        return self._page("Functions", (each.get_configuration() for each in self.backend.list_functions(version)))

    def list_versions_by_function(self) -> str:
        """Return a page of a function's versions, $LATEST first."""
        function = self.backend.get_function(unquote(self.path.split("/")[-2]))
        versions = self.backend.list_versions_by_function(function.function_name)
        return self._page("Versions", (each.get_configuration() for each in versions))

    def publish_version(self) -> TYPE_RESPONSE:
        """Keep the function as it is now; answer the last version when nothing has changed since."""
        request = json.loads(self.body or "{}")
        function = self.backend.get_function(unquote(self.path.split("/")[-2]))
        if request.get("RevisionId") not in (None, configuration.extras(function).revision):
            raise PreconditionFailedException
        if (given := request.get("CodeSha256")) not in (None, function.code_sha_256):
            raise InvalidParameterValueException(
                f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({function.code_sha_256})."
                " Please try again with the CodeSHA256 in $LATEST."
            )
        configuration.check_settled(function)
        version = self.published(function, request.get("Description", ""))
        return 201, {}, json.dumps(version.get_configuration())

    def published(self, function: LambdaFunction, description: str = "") -> LambdaFunction:
        """Return a function's new version, or its last one when nothing has changed (moto forgets of the first)."""
        version = self.backend.publish_version(function.function_name, description)
        function.code_or_config_updated = False
        return version

    def list_aliases(self) -> TYPE_RESPONSE:
        """Return a page of a function's aliases."""
        version = self.querystring.get("FunctionVersion", [None])[0]
        aliases = (each.to_json() for each in self.backend.list_aliases(unquote(self.path.split("/")[-2])))
        return 200, {}, self._page("Aliases", (a for a in aliases if version in (None, a["FunctionVersion"])))

    def create_alias(self) -> TYPE_RESPONSE:
        """Name a version."""
        self._refuse_routing()
        return super().create_alias()

    def update_alias(self) -> TYPE_RESPONSE:
        """Let a name mean another version; what is not given stays."""
        self._refuse_routing()
        path = self.path.rsplit("/", 3)
        present = self.backend.get_alias(name=unquote(path[3]), function_name=unquote(path[1])).to_json()
        kept = {name: present[name] for name in ("FunctionVersion", "Description")}
        self.body = json.dumps(kept | self.json_body)
        return 200, {}, super().update_alias()[2]

    def get_alias(self) -> TYPE_RESPONSE:
        """Return an alias (moto: 201)."""
        return 200, {}, super().get_alias()[2]

    def delete_alias(self) -> TYPE_RESPONSE:
        """Delete an alias (moto: 201)."""
        super().delete_alias()
        return 204, {"status": "204"}, ""

    def _refuse_routing(self) -> None:
        if self.json_body.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
            raise InvalidParameterValueException(
                "Local AWS does not divide the invocations of an alias (RoutingConfig)."
            )

    def _page(self, name: str, items: Iterable[dict[str, Any]]) -> str:
        start = int(self.querystring.get("Marker", ["0"])[0] or 0)
        size = min(_PAGE, int(self.querystring.get("MaxItems", [_PAGE])[0]))
        found = list(items)
        more = {"NextMarker": str(start + size)} if start + size < len(found) else {}
        return json.dumps({name: found[start : start + size]} | more)
