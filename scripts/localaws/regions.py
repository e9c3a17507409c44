"""The Regions that botocore knows."""

import functools

from botocore.loaders import create_loader


@functools.cache
def names() -> dict[str, str]:
    """Return how people call each Region, by its code: ``us-east-1`` is US East (N. Virginia)."""
    # By a loader of its own: a session would ask for the profile of whoever started local AWS, which may be gone.
    partitions = create_loader().load_data("endpoints")["partitions"]
    return {code: str(region["description"]) for each in partitions for code, region in each["regions"].items()}
