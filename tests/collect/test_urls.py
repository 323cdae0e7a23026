from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.collect import host_of, repair_url

LISTED = [
    ("https://a.org/b.jpg", "https://a.org/b.jpg"),
    ("  https://a.org/b.jpg\r\n", "https://a.org/b.jpg"),
    ("http://a.org/Borders Complete/x y.jpg", "http://a.org/Borders%20Complete/x%20y.jpg"),
    (r"https://a.org/f\u003dauto,fit\u003dcover/b.png", "https://a.org/f=auto,fit=cover/b.png"),
    ("https://a.org/?x=1&amp;y=2", "https://a.org/?x=1&y=2"),
    ("https://a.org/?x=1&amp;amp;y=2", "https://a.org/?x=1&y=2"),
    (r"https://a.org/?x=1\u0026amp;y=2", "https://a.org/?x=1&y=2"),
    ("https://a.org/?x=1&copy=2", "https://a.org/?x=1&copy=2"),
    ("https://a.org/a%20b%2Fc.jpg", "https://a.org/a%20b%2Fc.jpg"),
    ("https://a.org/100%.jpg", "https://a.org/100%25.jpg"),
    ("https://a.org/naevus-pigmentär.jpg", "https://a.org/naevus-pigment%C3%A4r.jpg"),
    ("https://bücher.example/ä?q=ö", "https://xn--bcher-kva.example/%C3%A4?q=%C3%B6"),
    ("HTTPS://A.ORG:8080/B.jpg", "https://a.org:8080/B.jpg"),
    ("https://user@a.org/x[1].jpg", "https://user@a.org/x%5B1%5D.jpg"),
    ("http://[::1]/a.jpg", "http://[::1]/a.jpg"),
    ("https://a.org/x#a#b", "https://a.org/x#a%23b"),
    (r"https://a.org/\ud83d\ude00.jpg", "https://a.org/%F0%9F%98%80.jpg"),
    (r"https://a.org/\ud83d.jpg", "https://a.org/%5Cud83d.jpg"),
    ("https://a.org/\udce9.jpg", "https://a.org/%E9.jpg"),
    ("https://a.org/a\0b", "https://a.org/a%00b"),
    ("", ""),
]

URLISH = st.text(st.sampled_from(r"ab0:/?#[]@&=%\u003dD8amp; .;ä漢") | st.characters(), max_size=60)


@pytest.mark.parametrize(("listed", "repaired"), LISTED)
def test_repairs_what_real_lists_hold(listed: str, repaired: str) -> None:
    assert repair_url(listed) == repaired


@given(URLISH)
def test_repairing_twice_changes_nothing(url: str) -> None:
    once = repair_url(url)
    assert repair_url(once) == once


@given(URLISH)
def test_a_repaired_url_is_printable_ascii(url: str) -> None:
    repaired = repair_url("https://a.org/" + url)
    assert repaired.isascii()
    assert repaired.isprintable()
    assert " " not in repaired


@given(st.text("abcAZ09-._~/?=,;:@!$'()*+&", max_size=40).filter(lambda t: "&amp;" not in t))
def test_a_legal_path_is_left_alone(path: str) -> None:
    assert repair_url(f"https://a.org/{path}") == f"https://a.org/{path}"


def test_a_very_long_url_is_repaired_in_time() -> None:
    assert repair_url("https://a.org/" + "ä" * 20_000).count("%C3%A4") == 20_000
    assert host_of("https://" + "ä" * 20_000 + "/x").startswith("%c3%a4")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.org/x", "a.org"),
        ("https://u:p@a.org:99/x", "a.org"),
        ("http://[::1]:80/x", "[::1]"),
        ("https://bücher.example/x", "xn--bcher-kva.example"),
        ("photo.jpg", ""),
        ("", ""),
    ],
)
def test_names_the_host(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.data
def test_repair_keeps_the_urls_of_can2000_apart(shared_data: Path) -> None:
    lines = (shared_data / "can/CAN2000.csv").read_text("utf-8").splitlines()
    listed = {line.split(" ", 6)[6] for line in lines if not line.startswith("#")}
    assert len(listed) == 1858
    assert len({repair_url(url) for url in listed}) == 1858
    assert all(host_of(url) for url in listed)
