"""Links that open a template in the CloudFormation console, ready to be created.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def template_url(region: str, bucket: str, key: str) -> str:
    """The address by which CloudFormation reads an object."""
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{region}.{domain}/{quote(key)}"


def link(region: str, template: str, stack: str, parameters: Mapping[str, str]) -> str:
    """Open the template at this address; the console ignores a parameter that the template does not have."""
    domain = "console.aws.amazon.com"
    if region.startswith("cn-"):
        domain = "console.amazonaws.cn"
    elif region.startswith("us-gov-"):
        domain = "console.amazonaws-us-gov.com"
    query = {"templateURL": template, "stackName": stack} | {f"param_{name}": it for name, it in parameters.items()}
    filled_in = urlencode(query, quote_via=quote, safe="")
    return f"https://{region}.{domain}/cloudformation/home?region={region}#/stacks/create/review?{filled_in}"
