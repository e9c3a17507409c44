"""CloudFormation of our own, in the place of moto's, which reports success for what it did not do.

A request becomes a ``Deployment`` (``template``, ``parameters``, ``functions``, ``references``: pure, refused at once),
the ``Engine`` walks its resources in a thread, and ``Steps`` makes each with a provider, which calls the service's API
as a client would: with the caller's credentials, or as the stack's role.

True to AWS: parameters and their constraints, conditions, mappings, functions, capabilities, exports, change sets; the
states and events of each operation with rollback, replacement and deletion policies; AWS's own resource schemas.

Not true: independent resources are made one after another, and nothing times out; resources carry the stack's tags,
but not the aws:cloudformation ones; lists come in one page. Refused by name: transforms, rules, nested stacks, custom
resources, dynamic references, and types and properties that no provider makes effective.
"""

from localaws.cloudformation.models import cloudformation_backends

__all__ = ["cloudformation_backends"]
