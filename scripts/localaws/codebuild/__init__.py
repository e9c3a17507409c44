"""CodeBuild: builds run their buildspec for real, as the project's service role.

True to AWS: projects and the overrides of StartBuild; sources of type S3 (a zip or a folder), CODECOMMIT, CODEPIPELINE
and NO_SOURCE, and secondary ones; buildspec 0.2 with its phases, ``finally``, ``on-failure``, variables (plain, from
the Parameter Store, exported), one environment and one folder from the first command to the last; artifacts; phases
with their contexts as BatchGetBuilds shows them; the time limit; the log stream, written as the service role, in which
parameters and keys are hidden; events to EventBridge for builds and phases. The role's credentials are in the
environment of the commands, which is clean and has a folder of its own that is removed.

Not: containers. The image's name is checked in form and kept; the Python that runs local AWS, with the packages it
has, stands in for the image's (``pip install`` adds to the build alone), and so do the shells and programs of this
machine: a command that is not here, such as docker in privileged mode, fails as one that is not in an image. A command
can do here what the person who started local AWS can do, and a process that leaves its session outlives its build. A
local cache never has anything. Nor are there secrets, reports, batches, caches in S3, webhooks, private networks and
sources elsewhere: each is refused by name.

How CodePipeline hands over artifacts, which AWS keeps inside. What BatchGetBuilds shows of such a build on AWS is what
StartBuild takes here: ``sourceTypeOverride`` CODEPIPELINE with ``sourceVersion`` the ARN of the primary input artifact
(``arn:aws:s3:::bucket/key``, a zip); ``secondarySourcesOverride`` of type CODEPIPELINE, each with the artifact's name
as ``sourceIdentifier``, and their ARNs in ``secondarySourcesVersionOverride``; ``artifactsOverride`` of type
CODEPIPELINE with the ARN of the one output artifact as ``location``, or, when there are several,
``secondaryArtifactsOverride`` with an ``artifactIdentifier`` each; ``encryptionKeyOverride``;
``environmentVariablesOverride``. The build's role reads and writes them. Two headers say what AWS knows by itself: see
``responses.PIPELINE`` and ``responses.REVISION``.
"""
