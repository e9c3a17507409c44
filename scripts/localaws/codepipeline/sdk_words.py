"""Errors of other services, as AWS's SDK for Java prints them and CodePipeline shows them."""

from botocore.exceptions import ClientError


def sdk_words(error: ClientError, service: str) -> str:
    """Return what a service said, with the status, the code and the id of the request behind it."""
    found, details = error.response["Error"], error.response["ResponseMetadata"]
    return (
        f"{found['Message']} (Service: {service}; Status Code: {details['HTTPStatusCode']}; Error Code:"
        f" {found['Code']}; Request ID: {details.get('RequestId', '')})"
    )
