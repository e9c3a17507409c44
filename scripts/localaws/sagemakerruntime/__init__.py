"""SageMaker Runtime: InvokeEndpoint, passed on to the process that serves the endpoint.

True to AWS: the endpoint's name is matched exactly, limits of size and of serverless concurrency, the choice of a
variant by weight or by name, ModelError (424) with the container's status and words, ValidationError for an endpoint
that does not serve.
Not: asynchronous invocations and answers in a stream, which are refused by name. Not proven on AWS: the words for a
container that does not answer, named UNVERIFIED here.
"""
