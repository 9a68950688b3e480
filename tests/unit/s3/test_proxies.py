# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.proxy import proxies_for

PROXY = "http://proxy.example.com:3128"


def test_the_proxy_of_the_urls_scheme_is_used() -> None:
    environ = {"http_proxy": "http://other:1", "HTTPS_PROXY": PROXY}
    assert proxies_for("https://s3.example.com", environ) == {"https": PROXY}


def test_without_a_proxy_the_way_is_direct() -> None:
    assert proxies_for("https://s3.example.com", {"http_proxy": PROXY}) == {}


@pytest.mark.parametrize("host", ["127.0.0.1:8333", "127.8.9.10", "localhost:8333", "[::1]:8333", "s3.localhost"])
def test_loopback_is_reached_directly_without_any_no_proxy(host: str) -> None:
    assert proxies_for(f"http://{host}", {"http_proxy": PROXY}) == {}


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("s3.example.com", True),
        ("example.com", True),
        (".example.com", True),
        ("EXAMPLE.com", True),
        ("elsewhere.org, example.com", True),
        ("s3.example.com:8333", True),
        ("*", True),
        ("s3.example.com:9000", False),
        ("ample.com", False),
        ("s3.example.com.org", False),
        ("", False),
        (",", False),
    ],
)
def test_no_proxy_excepts_hosts_and_their_subdomains(no_proxy: str, direct: bool) -> None:
    environ = {"http_proxy": PROXY, "NO_PROXY": no_proxy}
    assert proxies_for("http://s3.example.com:8333", environ) == ({} if direct else {"http": PROXY})
