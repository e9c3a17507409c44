"""IAM: moto's users, roles and policies. What could not be read as a policy is refused when it is put, trust too."""
