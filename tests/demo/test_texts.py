"""Texts of the browser by their keys."""

import pytest

from demo.texts import LANGUAGES, Texts

from ..languages import texts_in


@pytest.mark.parametrize(("language", "text"), [("en", "Submit"), ("de", "OK")])
def test_text_of_the_frontend(language: str, text: str) -> None:
    assert Texts(language).frontend("ui.common.submit") == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_text_with_any_placeholder(language: str) -> None:
    texts, key = Texts(language), "issues.extensions_not_pushed.title"
    text = texts_in(language)["issues"]["extensions_not_pushed"]["title"]
    pattern = texts.own_filled(key)
    assert "{account}" in text
    assert texts.own(key) == text
    assert pattern.search(text.replace("{account}", "Alice (Example)"))
    assert not pattern.search(f"More of {text}")


def test_unknown_keys_fail() -> None:
    """A text that was renamed is not waited for."""
    texts = Texts("de")
    with pytest.raises(StopIteration):
        texts.own("issues.gone.title")
    with pytest.raises(KeyError):
        texts.frontend("ui.gone")
