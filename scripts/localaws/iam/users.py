"""Users and their access keys: moto deletes a user and leaves the keys, and renames one away from them."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import AccessKey, IAMBackend


def with_keys_first(delete_user: Callable[..., None]) -> Callable[..., None]:
    """Return moto's DeleteUser, refused as long as the user has an access key."""

    @functools.wraps(delete_user)
    def call(self: IAMBackend, user_name: str) -> None:
        if any(_keys(self, user_name)):
            raise DeleteConflictException("Cannot delete entity, must delete access keys first.")
        delete_user(self, user_name)

    return call


def with_keys_renamed(update_user: Callable[..., None]) -> Callable[..., None]:
    """Return moto's UpdateUser, after which the keys are the user's still."""

    @functools.wraps(update_user)
    def call(self: IAMBackend, user_name: str, new_path: str | None = None, new_user_name: str | None = None) -> None:
        update_user(self, user_name, new_path, new_user_name)
        for key in _keys(self, user_name):
            key.user_name = new_user_name or user_name

    return call


def _keys(iam: Any, user_name: str) -> Iterator[AccessKey]:
    return (key for key in list(iam.access_keys.values()) if key.user_name == user_name)
