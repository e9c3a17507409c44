"""KMS: moto's keys, with the refusals that a key's state and use demand, and AWS managed keys made at first use."""
