"""AWS on this machine: moto's server, with the parts that moto only pretends made real.

Start it with ``python -m localaws`` and point boto3 or the AWS CLI at it with ``AWS_ENDPOINT_URL``.

How it is built:

    client -> front (loopback, Host and Origin, known services) -> gate (signature, permissions) -> faults (mostly none)
    -> moto's dispatcher -> a service

A service is a package named as moto names it: ``models`` keeps state, ``responses`` turns parameters into answers,
``engine`` does the work. ``install`` lists every change made to moto; ``clock`` holds every duration; ``children``
starts the processes that run functions, training and endpoints, and makes sure that none outlives the server.

It knows nothing of any one project, and it fails loudly: what it does not know, it refuses by name.
"""

import os

# What moto reads when it is first imported, which importing any module of this package precedes.
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"  # moto's CORS would let any web page call a server that runs code
os.environ["MOTO_ACCOUNT_ID"] = "123456789012"
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"  # roles may have AWS managed policies attached
