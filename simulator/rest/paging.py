"""Pages of a list, with the platform's two objects that describe them."""

from collections.abc import Mapping, Sequence
from math import ceil
from urllib.parse import urlencode

from ..base.wire import JsonObject, JsonValue
from .api import ApiRequest

DEFAULT_PER_PAGE = 100
MAX_PER_PAGE = 1000


def page_of[T](
    items: Sequence[T], request: ApiRequest, uri: str
) -> tuple[Sequence[T], JsonObject]:
    """Return one page of a list and the `uri`, `paging` and `navigation` that go with it."""
    per_page = min(request.number("perPage", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    page = request.number("page", 1)
    total_pages = max(1, ceil(len(items) / per_page))
    start = (page - 1) * per_page
    chosen = items[start : start + per_page]
    query = {
        name: values
        for name, values in request.query.items()
        if name not in ("page", "perPage")
    }
    paging: JsonObject = {
        "perPage": per_page,
        "totalPages": total_pages,
        "totalElements": len(items),
    }
    if chosen:
        # A page beyond the end has no place of its own.
        paging |= {
            "page": page,
            "pageStart": start,
            "pageEnd": start + len(chosen) - 1,
        }
    places = {"firstPage": 1, "lastPage": total_pages}
    if page < total_pages:
        places["nextPage"] = page + 1
    if 1 < page <= total_pages:
        places["previousPage"] = page - 1
    navigation: dict[str, JsonValue] = {
        name: {"uri": _page_uri(uri, query, number, per_page)}
        for name, number in places.items()
    }
    return chosen, {
        "uri": _page_uri(uri, query, page, per_page),
        "paging": paging,
        "navigation": navigation,
    }


def _page_uri(
    uri: str, query: Mapping[str, Sequence[str]], page: int, per_page: int
) -> str:
    return (
        f"{uri}?{urlencode({**query, 'page': page, 'perPage': per_page}, doseq=True)}"
    )
