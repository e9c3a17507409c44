"""Parameter Store: moto's parameters, in the sizes that their tiers allow.

True to AWS: names, versions, labels, history and paths (moto's), how large a parameter may be.
Not: secure strings are not enciphered; parameter policies do nothing; throughput is not limited.
"""
