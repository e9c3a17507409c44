"""S3: moto's buckets with bodies on disk, checksums and encryption that are checked, and versions that page.

True to AWS: bodies are streamed both ways and verified; multipart uploads and copies; versions and delete markers,
conditional requests and ranges; what a KMS key's state forbids; policies, ACLs and names that S3 refuses; lifecycle
rules that expire objects, versions, delete markers and uploads at midnight by the clock; notifications' documents.
Not: SSE-C, dual-layer encryption, object locks' legal side, replication, transitions to other storage classes, browser
uploads.
"""
