"""Finds the extension that a request names."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..account import Account
from ..base.errors import (
    invalid_parameter,
    not_found,
    other_extension,
    wrong_extension_type,
)
from ..company.directory import GROUP_TYPES, Extension
from .api import ApiRequest


@dataclass(slots=True, kw_only=True)
class Lookup:
    """Finds what a path or a body names."""

    account: Account

    def check_account(self, values: Mapping[str, str]) -> None:
        """Refuse other accounts than the own one."""
        if values["accountId"] not in ("~", self.account.id):
            raise not_found("accountId")

    def extension(self, request: ApiRequest, values: Mapping[str, str]) -> Extension:
        """Return the extension of a path; raises ApiError."""
        self.check_account(values)
        return self.by_id(values["extensionId"], request)

    def by_id(self, extension_id: str, request: ApiRequest) -> Extension:
        """Return an extension by its internal id; raises ApiError."""
        if extension_id == "~":
            extension_id = request.session.owner_id
        if not extension_id.isdecimal():
            raise invalid_parameter("extensionId")
        found = self.account.directory.extensions.get(extension_id)
        if found is None:
            raise not_found("extensionId")
        return found

    def own(
        self, request: ApiRequest, values: Mapping[str, str], permission: str
    ) -> Extension:
        """Return the extension of a path if it is the caller's own; raises ApiError."""
        extension = self.extension(request, values)
        if extension.id != request.session.owner_id:
            raise other_extension(permission)
        return extension

    def editable(
        self, request: ApiRequest, values: Mapping[str, str], permission: str
    ) -> Extension:
        """Return the extension of a path if the caller may change it; raises ApiError."""
        if self.account.switches.edit_presence != "any":
            extension = self.own(request, values, permission)
        else:
            extension = self.extension(request, values)
        if extension.type in GROUP_TYPES:
            raise wrong_extension_type()
        return extension
