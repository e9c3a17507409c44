"""CloudFormation of our own, in the place of moto's, which reports success for what it did not do.

A request becomes a ``Deployment`` (``template``, ``parameters``, ``functions``, ``references``: pure, refused at once),
the ``Engine`` walks its resources in a thread, and ``Steps`` makes each with a provider, which calls the service's API
as a client would: with the caller's credentials, or as the stack's role.

True to AWS: parameters with their types and constraints, rules, conditions, mappings, functions, SSM parameters and
dynamic references, capabilities, exports, change sets, tokens, notifications; the validation of properties and names
before anything is made; the states and events of each operation with rollback, replacement and deletion policies; AWS's
own resource schemas; custom resources that a function or a topic makes; nested stacks; stacks that were left failed, to
be mended or taken back; the aws:cloudformation tags.

Not true: only a creation has a time limit; the validation knows no service quotas; a change set of a stack that was
left failed tells what differs from the template that failed, not from what is there. Refused by name: transforms with
the functions that need them, parameter types of EC2 and Route 53, references to Secrets Manager, stack policies,
rollback triggers, and types and properties that no provider makes effective.
"""

from localaws.cloudformation.models import cloudformation_backends

__all__ = ["cloudformation_backends"]
