"""Parameter Store: moto's, with the size that AWS lets a parameter have."""
