"""CodeCommit: real git repositories, kept with dulwich in this process.

True to AWS: a repository has no branch until its first commit, which makes its default branch; commits by CreateCommit,
PutFile and DeleteFile, each on the tip of its branch, within AWS's limits; branches; files, folders, commits and
differences read by branch, tag or commit; descriptions and tags; "CodeCommit Repository State Change" events to
EventBridge. CodePipeline and CodeBuild get a commit's files through ``archive``.

Not proven on AWS: the words of the errors, which are botocore's descriptions of them.

Not: ``git clone`` and ``git push``, pull requests, merges, comments, approval rules, triggers and keys of one's own;
whatever asks for them is refused by name.
"""
