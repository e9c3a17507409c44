"""The operations of endpoint configurations and endpoints."""

from moto.core.responses import ActionResult, EmptyResult

from localaws.sagemaker import events, hosting, listing, quotas, rules
from localaws.sagemaker.deployments import Plan
from localaws.sagemaker.errors import UNVERIFIED_FAILED_ENDPOINT, UNVERIFIED_KIND_CHANGED, already_exists, invalid
from localaws.sagemaker.models import BUSY, Endpoint, EndpointConfig
from localaws.sagemaker.operations import Operations, alone, stored


class EndpointOperations(Operations):
    """Answers what concerns endpoint configurations and endpoints."""

    def create_endpoint_config(self) -> ActionResult:
        """Check the variants and that their models exist, then remember the configuration."""
        request = self.checked()
        rules.check_endpoint_config(request)
        for variant in request["ProductionVariants"]:
            model = self.backend.model(variant["ModelName"])
            if "ServerlessConfig" in variant and model.request.get("EnableNetworkIsolation"):
                raise invalid("Serverless endpoints do not support models with EnableNetworkIsolation.")
        name = request["EndpointConfigName"]
        arn = self.backend.arn("endpoint-config", name)
        config = EndpointConfig(name, arn, request)
        if self.backend.endpoint_configs.setdefault(name, config) is not config:
            raise already_exists("endpoint configuration", arn)
        return ActionResult({"EndpointConfigArn": arn})

    def describe_endpoint_config(self) -> ActionResult:
        """Tell everything about an endpoint configuration."""
        config = self.backend.endpoint_config(self.checked()["EndpointConfigName"])
        variants = [{"InitialVariantWeight": 1.0} | variant for variant in config.variants]
        document = stored(config) | {"ProductionVariants": variants}
        return ActionResult(document | {"EndpointConfigArn": config.arn, "CreationTime": config.created})

    @alone
    def delete_endpoint_config(self) -> ActionResult:
        """Forget an endpoint configuration; endpoints that use it go on."""
        del self.backend.endpoint_configs[self.backend.endpoint_config(self.checked()["EndpointConfigName"]).name]
        return EmptyResult()

    def list_endpoint_configs(self) -> ActionResult:
        """List endpoint configurations."""
        configs, more = listing.page(list(self.backend.endpoint_configs.values()), self.checked(), "Descending")
        summaries = [
            {"EndpointConfigName": config.name, "EndpointConfigArn": config.arn, "CreationTime": config.created}
            for config in configs
        ]
        return ActionResult({"EndpointConfigs": summaries} | more)

    @alone
    def create_endpoint(self) -> ActionResult:
        """Begin to serve a configuration under a name."""
        request = self.checked()
        rules.refuse_unknown("CreateEndpoint", rules.ENDPOINT, request)
        config = self.backend.endpoint_config(request["EndpointConfigName"])
        self._check_models(config)
        name = request["EndpointName"]
        arn = self.backend.arn("endpoint", name)
        quotas.check_hosting(self.backend, config)
        endpoint = Endpoint(name, arn, request, config_name=config.name, pending=config)
        if self.backend.endpoints.setdefault(name.lower(), endpoint) is not endpoint:
            raise already_exists("endpoint", arn)
        endpoint.on_change = lambda: events.endpoint_changed(endpoint)
        endpoint.on_change()
        hosting.deploy(endpoint, config, self.backend, Plan())
        return ActionResult({"EndpointArn": arn})

    @alone
    def update_endpoint(self) -> ActionResult:
        """Begin to serve another configuration, and go on with the present one until the other is ready."""
        request = self.checked()
        rules.refuse_unknown("UpdateEndpoint", rules.ENDPOINT_UPDATE, request)
        endpoint = self._idle(request["EndpointName"])
        config = self.backend.endpoint_config(request["EndpointConfigName"])
        self._check_models(config)
        if endpoint.status == "Failed":
            raise invalid(UNVERIFIED_FAILED_ENDPOINT.format(arn=endpoint.arn))
        if config.hosting != endpoint.hosting:
            raise invalid(UNVERIFIED_KIND_CHANGED.format(arn=endpoint.arn, old=endpoint.hosting, new=config.hosting))
        deployment = (
            endpoint.deployment if request.get("RetainDeploymentConfig") else request.get("DeploymentConfig", {})
        )
        plan = Plan.of(deployment, config)
        quotas.check_hosting(self.backend, config, endpoint)
        endpoint.deployment = deployment
        endpoint.begin_update(config)
        hosting.deploy(endpoint, config, self.backend, plan, retain=rules.retained(request))
        return ActionResult({"EndpointArn": endpoint.arn})

    @alone
    def update_endpoint_weights_and_capacities(self) -> ActionResult:
        """Begin to give variants other weights and capacities."""
        request = self.checked()
        endpoint = self._idle(request["EndpointName"])
        if endpoint.status == "Failed":
            raise invalid(UNVERIFIED_FAILED_ENDPOINT.format(arn=endpoint.arn))
        wanted = request["DesiredWeightsAndCapacities"]
        rules.check_capacities(endpoint, wanted)
        quotas.check_scaling(self.backend, endpoint, wanted)
        hosting.scale(endpoint, wanted)
        return ActionResult({"EndpointArn": endpoint.arn})

    def describe_endpoint(self) -> ActionResult:
        """Tell everything about an endpoint."""
        return ActionResult(self.backend.endpoint(self.checked()["EndpointName"]).describe())

    @alone
    def delete_endpoint(self) -> ActionResult:
        """End an endpoint."""
        hosting.delete(self._idle(self.checked()["EndpointName"]), self.backend)
        return EmptyResult()

    def list_endpoints(self) -> ActionResult:
        """List endpoints."""
        endpoints, more = listing.page(list(self.backend.endpoints.values()), self.checked(), "Descending")
        summaries = [
            {
                "EndpointName": endpoint.name,
                "EndpointArn": endpoint.arn,
                "CreationTime": endpoint.created,
                "LastModifiedTime": endpoint.modified,
                "EndpointStatus": endpoint.status,
            }
            for endpoint in endpoints
        ]
        return ActionResult({"Endpoints": summaries} | more)

    def _idle(self, name: str) -> Endpoint:
        endpoint = self.backend.endpoint(name)
        if endpoint.status in BUSY:
            raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def _check_models(self, config: EndpointConfig) -> None:
        for variant in config.variants:
            self.backend.model(variant["ModelName"])
