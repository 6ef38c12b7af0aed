"""The HTML lint itself: it is silent about good HTML, and each rule can fail."""

from __future__ import annotations

import pytest

from tests.html_lint import problems

PAGE = (
    '<!doctype html><html lang="en"><head><title>Rooms</title></head>'
    "<body><main><h1>Rooms</h1>{}</main></body></html>"
)


def test_problems_of_a_good_page_are_none() -> None:
    good = (
        '<h2>Devices</h2><label for="a">Name</label><input id="a" aria-describedby="b">'
        '<p id="b">Hint</p><table><caption>Rooms</caption>'
        '<tr><th scope="col">Room</th></tr></table><svg aria-hidden="true"><use href="#x"/></svg>'
        '<a href="/"><svg role="img" aria-label="Up"/></a>'
    )
    assert problems(PAGE.format(good)) == []


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<p id="a"></p><p id="a"></p>', "used 2 times"),
        ('<p style="color:red">x</p>', "inline style"),
        ('<p onclick="x()">x</p>', "inline onclick"),
        ('<p hx-on:click="x()">x</p>', "inline hx-on:click"),
        ("<style>p{}</style>", "is inline"),
        ("<script>1</script>", "is inline"),
        ('<a href="javascript:x()">x</a>', "runs code"),
        ('<div hx-trigger="click[ctrlKey]"></div>', "filters its trigger"),
        ("<div hx-vals='js:{a: 1}'></div>", "runs code"),
        ('<input name="q">', "has no label"),
        ('<select name="q"></select>', "has no label"),
        ('<a href="/x"></a>', "has no name"),
        ("<button></button>", "has no name"),
        ("<svg></svg>", "neither hidden nor named"),
        ('<img src="x">', "no alt"),
        ("<dialog></dialog>", "has no name"),
        ('<div role="region" tabindex="0"></div>', "region without a name"),
        ("<table><tr><td>x</td></tr></table>", "no caption"),
        ("<table><caption>c</caption><tr><th>x</th></tr></table>", "no scope"),
        ("<h2>a</h2><h4>b</h4>", "follows an h2"),
        ("<h2></h2>", "is empty"),
        ("<div><p>x</div>", "closes inside"),
        ("<div>", "never closed"),
        ('<p id="a" id="b">x</p>', "has id twice"),
    ],
)
def test_problems_of_a_bad_fragment_are_named(html: str, words: str) -> None:
    assert any(words in problem for problem in problems(html))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (PAGE.format("<h1>Two</h1>"), "2 h1"),
        (PAGE.format('<p aria-describedby="gone">x</p>'), "'gone'"),
        (PAGE.format("").replace("<title>Rooms</title>", ""), "no title"),
        (PAGE.format("").replace(' lang="en"', ""), "no language"),
        (PAGE.format("").replace("<!doctype html>", ""), "no doctype"),
    ],
)
def test_problems_of_a_bad_page_are_named(page: str, words: str) -> None:
    assert any(words in problem for problem in problems(page))
