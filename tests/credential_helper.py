"""The credential helper of the AWS CLI in a twentieth of its time: git runs it, with the request on its input."""

import hmac
import os
import sys
import time
from hashlib import sha256

asked = dict(line.strip().split("=", 1) for line in sys.stdin if line.strip())
access_key_id, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
token = os.environ.get("AWS_SESSION_TOKEN", "")
moment = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() + float(os.environ.get("SECONDS_AHEAD", "0"))))
scope = (moment[:8], os.environ["AWS_REGION"], "codecommit", "aws4_request")
host = asked["host"].split(":")[0]
request = f"GIT\n/{asked['path']}\n\nhost:{host}\n\nhost\n"
text = f"AWS4-HMAC-SHA256\n{moment}\n{'/'.join(scope)}\n{sha256(request.encode()).hexdigest()}"
key = f"AWS4{secret}".encode()
for part in scope:
    key = hmac.digest(key, part.encode(), "sha256")
if sys.argv[1] == "get":
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    sys.stdout.write(f"username={access_key_id}{'%' if token else ''}{token}\npassword={moment}Z{signature}\n")
