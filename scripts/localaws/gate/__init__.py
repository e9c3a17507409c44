"""Who may do what: every request is verified and authorised before a service sees it.

``middleware`` is the door: signature, caller, operation, decision. ``permissions`` says what an operation needs
(IAM action, resource, condition keys), a module a service; ``policies`` which policies apply; ``authorization``, the
package beside this one, decides. What one service asks of another in nobody's name (EventBridge invokes a function)
goes through ``authorize_service``. ``ledger`` remembers which statement allowed which action. ``system_tags`` leaves
tags of AWS's own to CloudFormation. ``serving`` sees to it that moto serves what was authorised, and nothing else that
it reads in a request.

True to AWS: principals by their signature, identity-based policies (inline, customer and AWS managed, of users, groups
and roles), permissions boundaries, session policies, resource-based policies of buckets, keys, functions and topics,
trust policies, iam:PassRole, KMS keys used through S3, sessions that end, bodies signed by chunks, and aws:CalledVia
where CloudFormation acts for its caller. Not here: other accounts, anonymous requests, service control policies, VPC
endpoint policies, ACLs, grants. Loopback counts as TLS: aws:SecureTransport is true.
"""
