"""IAM: moto's users, roles and policies. A policy that could not be read is refused when it is put, trust policies too."""
