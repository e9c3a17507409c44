"""IAM's decision: may this principal do this action to this resource? Pure: no HTTP, no state, nothing of moto.

True to AWS for one account: identity-based and resource-based policies, permissions boundaries, session policies,
condition operators and policy variables. Not here: service and resource control policies, VPC endpoint policies, ACLs,
federated and anonymous principals, and principals of other accounts beyond not matching.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""
