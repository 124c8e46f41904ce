from __future__ import annotations

from playwright.sync_api import expect

from tests.page.conftest import Show
from tests.page.graphs import EVIL, hostile


def test_hostile_names_are_only_names(show: Show) -> None:
    """Markup, quotes, emoji, 300 characters, nothing at all: they are shown as they are, and nothing happens."""
    with show(hostile()) as seen:
        cards = seen.page.locator("article.card")
        expect(cards).to_have_count(len(EVIL))
        for at in range(len(EVIL)):
            seen.page.evaluate("id => { location.hash = new URLSearchParams({table: id}) }", f"{at}{clean(EVIL[at])}")
            name = clean(EVIL[at]) if EVIL[at].strip() else "(no name)"
            heading = seen.panel.get_by_role("heading", level=2)
            expect(heading).to_have_js_property("textContent", name)
            seen.panel.locator(".column").first.click()
            seen.page.keyboard.press("i")
            seen.page.evaluate("document.querySelectorAll('.panel details').forEach(fold => { fold.open = true })")
            assert seen.panel.locator("a[href]").count() == 0
            assert seen.panel.locator("img, script, iframe, svg[onload]").count() == 0
        assert seen.page.title() == f"{EVIL[0]} · lineage"
        assert seen.page.locator("img, iframe, object, embed").count() == 0


def clean(text: str) -> str:
    """Return the text as a page can hold it: UTF-8 has no lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def test_hostile_names_are_found(show: Show) -> None:
    """Search takes what is typed as text, and lists what it finds as text."""
    with show(hostile()) as seen:
        for typed in ("<img src=x", "</script>", "__proto__", "🦆", "(((", "שלום"):
            seen.page.keyboard.press("/")
            seen.page.keyboard.type(typed)
            if typed == "(((":
                expect(seen.page.get_by_text("Nothing is called that.")).to_be_visible()
            else:
                expect(seen.page.get_by_role("option").first).to_contain_text(typed.split(" ")[0])
            seen.page.keyboard.press("Escape")
            seen.page.keyboard.press("Escape")
