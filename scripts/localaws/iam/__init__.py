"""IAM: moto's users, groups, roles and policies, which the gate decides by.

True to AWS: AWS managed policies exist; what could not be read as a policy is refused when it is put, trust too, and so
are names that are taken, and trust in whom this account does not have; boundaries, tags, paths and versions are kept.
Not: a change holds from the next request on, where AWS takes seconds; what a policy allows need not exist, and who is
deleted and made anew is trusted as before. Logins, MFA, identity providers, server certificates and service-linked
roles are refused by name.
"""
