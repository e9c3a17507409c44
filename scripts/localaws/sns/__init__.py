"""SNS: topics reach functions and HTTP endpoints on loopback.

True to AWS: confirmation of HTTP endpoints by their token, filter policies (moto's), message attributes, messages by
protocol, raw delivery to HTTP, retries of HTTP deliveries, the functions' and the topics' own policies, and the key of
a topic, which who publishes must be able to use.
Not: nothing is signed, so messages have no Signature, SigningCertURL and UnsubscribeURL; mail is never sent, its
subscriptions wait for a confirmation that cannot come; a topic's key enciphers nothing. FIFO topics, delivery policies,
dead letter queues, queues, mobile devices and text messages are refused.
"""
