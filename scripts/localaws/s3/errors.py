"""Refusals in S3's words that moto lacks. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

from xml.sax.saxutils import escape


class S3Refusal(Exception):  # noqa: N818 - S3 calls its errors by their codes
    """A refusal with its code, message and HTTP status, and what else S3 tells: elements of the error, headers."""

    def __init__(self, code: str, message: str, status: int = 400, /, **told: str) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.told = code, message, status, told
        self.headers: dict[str, str] = {}

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body of the answer."""
        elements = {"Code": self.code, "Message": self.message} | self.told | {"RequestId": "", "HostId": ""}
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items())
        document = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'
        return self.status, {"Content-Type": "application/xml"} | self.headers, document


def invalid_request(message: str) -> S3Refusal:
    """Return the refusal of a request that contradicts itself."""
    return S3Refusal("InvalidRequest", message)


def invalid_argument(message: str, name: str, value: str) -> S3Refusal:
    """Return the refusal of one argument."""
    return S3Refusal("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def malformed_xml() -> S3Refusal:
    """Return the refusal of a document that S3 cannot read."""
    return S3Refusal(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


def precondition_failed(condition: str) -> S3Refusal:
    """Return the refusal of a request whose condition does not hold."""
    message = "At least one of the pre-conditions you specified did not hold"
    return S3Refusal("PreconditionFailed", message, 412, Condition=condition)


def not_implemented(what: str) -> S3Refusal:
    """Return the refusal of what S3 has and local AWS has not; not 501, which clients retry."""
    return S3Refusal("NotImplemented", f"Local AWS does not support {what}.")


def redirect(bucket: str, region: str) -> S3Refusal:
    """Return the answer to who looks for a bucket in a Region where it is not; SDKs follow it."""
    refusal = S3Refusal(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all "
        "future requests to this endpoint.",
        301,
        Endpoint=f"{bucket}.s3.{region}.amazonaws.com",
        Bucket=bucket,
    )
    refusal.headers["x-amz-bucket-region"] = region
    return refusal
