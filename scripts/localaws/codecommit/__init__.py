"""CodeCommit: real git repositories, kept with dulwich in this process.

True to AWS: a repository has no branch until its first commit, which makes its default branch; commits by CreateCommit,
PutFile and DeleteFile, each on the tip of its branch, within AWS's limits; branches; files, folders, commits and
differences read by branch, tag or commit; descriptions and tags; ``git clone``, ``git fetch`` and ``git push`` by HTTP
at the clone URL, with passwords as the AWS CLI's credential helper makes them, within codecommit:GitPull and
codecommit:GitPush (by codecommit:References); "CodeCommit Repository State Change" events to EventBridge. CodePipeline
and CodeBuild get a commit's files through ``archive``.

Not proven on AWS: the words of the errors, which are botocore's descriptions of them, and those that git shows beside
HTTP's status.

Not: SSH, HTTPS, user names and passwords of IAM's for git, pull requests, merges, comments, approval rules, triggers
and keys of one's own; whatever asks for them is refused by name.
"""
