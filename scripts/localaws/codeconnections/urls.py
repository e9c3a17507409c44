"""Where moto's dispatcher finds CodeConnections, which moto has not."""

from localaws.codeconnections.responses import ConnectionsResponse

url_bases = [r"https?://(codeconnections|codestar-connections)\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": ConnectionsResponse.dispatch}
