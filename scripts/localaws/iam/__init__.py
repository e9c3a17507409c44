"""IAM: moto's users, groups, roles and policies, which the gate decides by.

True to AWS: AWS managed policies exist; what could not be read as a policy is refused when it is put, trust too, and so
are names that are taken; boundaries, tags, paths and versions are kept.
Not: a change holds from the next request on, where AWS takes seconds; a policy may name what does not exist. Logins,
MFA, identity providers, server certificates and service-linked roles are refused by name.
"""
