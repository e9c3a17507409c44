"""CodeCommit: repositories as records, with descriptions and tags.

Not: git. A repository has no branches, commits or files yet; whatever asks for them is refused by name.
"""
