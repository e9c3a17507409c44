"""STS: sessions of roles, which end.

True to AWS: how long a session may last (its role's limit, an hour for a role that another assumes), session policies,
inline and by ARN.
Not: session tags, source identities and MFA, which are refused by name.
"""
