"""S3: moto's buckets with bodies on disk, checksums and encryption that are checked, and versions that page.

True to AWS: bodies are streamed both ways and verified; multipart uploads and copies; versions and delete markers,
conditional requests and ranges; what a KMS key's state forbids; policies, ACLs and names that S3 refuses.
Not: SSE-C, dual-layer encryption, object locks' legal side, replication, lifecycle rules that act, browser uploads.
"""
