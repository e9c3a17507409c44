"""KMS: moto's keys, with the refusals that a key's state and use demand, and AWS managed keys made at first use.

True to AWS: keys by id, ARN, alias and alias ARN; what each state forbids; deletion that waits; key policies, and that
none may lock its author out; encryption contexts; signatures and MACs; data keys.
Not: rotation changes no key material. Grants, replicas in other
regions, imported material and custom key stores are refused by name.
"""
