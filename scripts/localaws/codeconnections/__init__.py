"""CodeConnections, by its older name as well (CodeStar Connections): connections to GitHub and others of its kind.

True to AWS: a connection that an API or CloudFormation makes is PENDING until a person completes it in the console;
its ARN begins with the service by whose name it was made, and who uses it in a pipeline needs the UseConnection of
that name (whoever puts it into one: PassConnection); tags.

Not proven on AWS: that both names show the same connections; the words about those that are not there.

Not: the console, so that every connection stays PENDING and nothing is fetched from GitHub; hosts, repository links and
synchronisation; whatever asks for them is refused by name. Names of connections may repeat.
"""

from localaws.codeconnections.models import connections_backends as codeconnections_backends

__all__ = ["codeconnections_backends"]
