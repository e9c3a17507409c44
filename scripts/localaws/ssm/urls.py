"""Where moto's dispatcher finds Parameter Store, which is imported when it is first asked for something.

moto's brings EC2 along, whose tables of instance types and zones are 90 MB and half a second of every start.
"""

from typing import Any

url_bases = [r"https?://ssm\.(.+)\.amazonaws\.com"]


def __getattr__(name: str) -> dict[str, Any]:
    if name != "url_paths":
        raise AttributeError(name)
    from localaws.ssm.responses import ParametersResponse

    return {"{0}/$": ParametersResponse.dispatch}
