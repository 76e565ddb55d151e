from __future__ import annotations

import hashlib

import pytest

from auditor.agent.collectors import network as collector

from .conftest import TARGETS
from .given import subject_in, subject_with, write_tree

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture
def facts_in(tmp_path, collect):
    def facts(environ, **files):
        tree = {"/" + path: content for path, content in files.items()}
        base = write_tree(tmp_path, {"/proc/1/mountinfo": "", **tree})
        section = collect(collector, subject_with(subject_in(base), environ))
        assert section.status == "ok"
        return section.facts

    return facts


def test_a_container(subject_of, collect):
    section = collect(collector, subject_of("debian12-docker-v1"))
    bundle = (TARGETS / "debian12-docker-v1" / BUNDLE.lstrip("/")).read_bytes()
    assert section.status == "ok"
    assert section.facts.gaps == {}
    assert section.facts.values == {
        "nsswitch.hosts": "files dns",
        "services.exists": False,
        "openssl.conf.source": "default",
        "openssl.conf.exists": False,
        "openssl.providers": ["default"],
        "openssl.fips": False,
        "openssl.kernel_fips": False,
        "hostname": "trainer",
        "resolver.search": ["example.com"],
        "resolver.options": {"ndots": 2, "rotate": True},
        "resolver.nameservers": ["192.0.2.53"],
        "resolver.nameserver_count": 1,
        "hosts.feature-store": ["192.0.2.9"],
        "proxy.http": "http://<redacted>@proxy.example.com:3128",
        "proxy.no": "localhost,.example.com",
        "proxy.ambiguous": ["http"],
        "ca_bundle.path": BUNDLE,
        "ca_bundle.source": "default",
        "ca_bundle.exists": True,
        "ca_bundle.digest": "sha256:" + hashlib.sha256(bundle).hexdigest(),
        "ca_bundle.certificates": 2,
        "ipv6.disabled": True,
        "sysctl.net.ipv4.ip_local_port_range": "32768 60999",
        "sysctl.net.ipv4.ip_unprivileged_port_start": 0,
        "sysctl.net.ipv4.tcp_congestion_control": "bbr",
        "sysctl.net.ipv4.tcp_fin_timeout": 60,
        "sysctl.net.ipv4.tcp_keepalive_intvl": 75,
        "sysctl.net.ipv4.tcp_keepalive_probes": 9,
        "sysctl.net.ipv4.tcp_keepalive_time": 7200,
        "sysctl.net.ipv4.tcp_retries2": 15,
        "sysctl.net.ipv4.tcp_syn_retries": 6,
        "sysctl.net.ipv4.tcp_tw_reuse": 2,
        "sysctl.net.ipv6.bindv6only": 0,
        "sysctl.net.ipv6.conf.all.disable_ipv6": 1,
        "sysctl.net.ipv6.conf.default.disable_ipv6": 1,
        "sysctl.net.ipv6.conf.lo.disable_ipv6": 1,
    }
    assert set(section.facts.identity) == {"hostname", "resolver.nameservers"}


def test_seen_from_the_host_only_the_kernel_settings_are_missing(subject_of, collect):
    inside = collect(collector, subject_of("debian12-docker-v1")).facts
    outside = collect(collector, subject_of("debian12-docker-v1-outside")).facts
    assert outside.gaps == {
        "sysctl.*": "seen only from inside the network namespace",
        "openssl.kernel_fips": "no such file",  # the recorded tree has no /proc/sys
    }
    kernel = ("sysctl.", "openssl.kernel_fips")
    assert outside.values == {
        key: value for key, value in inside.values.items() if not key.startswith(kernel)
    }


def test_a_certificate_file_that_does_not_exist(subject_of, collect):
    facts = collect(collector, subject_of("debian12-docker-locked-down")).facts
    assert facts["ca_bundle.path"] == "/etc/ssl/company.pem"
    assert facts["ca_bundle.source"] == "SSL_CERT_FILE"
    assert facts["ca_bundle.exists"] is False
    assert "ca_bundle.digest" not in facts


def test_an_image_decides_some_of_it(subject_of, collect):
    section = collect(collector, subject_of("debian12-docker-v1", running=False))
    assert section.status == "ok"
    assert section.facts["nsswitch.hosts"] == "files dns"
    assert section.facts["ca_bundle.certificates"] == 2
    assert "hostname" not in section.facts
    assert section.facts.gaps == {"*": "not running: decided when the container is started"}


def test_variables_amend_the_resolver(facts_in):
    facts = facts_in(
        {"LOCALDOMAIN": "a.test b.test", "RES_OPTIONS": "ndots:5"},
        **{"etc/resolv.conf": "# c\ndomain x.test\nnameserver ::1\noptions timeout:1 ndots:1\n"},
    )
    assert facts["resolver.search"] == ["a.test", "b.test"]
    assert facts["resolver.options"] == {"ndots": 5, "timeout": 1}


def test_hosts_keeps_overrides_and_drops_what_runtimes_write(facts_in):
    hosts = """\
127.0.0.1 localhost localhost.localdomain
::1 localhost ip6-localhost ip6-loopback  # a comment
172.17.0.5 box.example.com box
192.0.2.1 host.containers.internal host.docker.internal
198.51.100.7 store mirror
198.51.100.8 store
"""
    facts = facts_in({}, **{"etc/hosts": hosts, "etc/hostname": "box\n"})
    assert {key: value for key, value in facts.values.items() if key.startswith("hosts.")} == {
        "hosts.store": ["198.51.100.7", "198.51.100.8"],
        "hosts.mirror": ["198.51.100.7"],
    }


def test_the_number_of_hosts_is_bounded(facts_in):
    facts = facts_in(
        {}, **{"etc/hosts": "".join(f"192.0.2.1 h{number}\n" for number in range(400))}
    )
    assert len([key for key in facts.values if key.startswith("hosts.")]) == 256
    assert facts.gaps["hosts.*"] == "more than 256 names"


@pytest.mark.parametrize(
    ("environ", "expected", "ambiguous"),
    [
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1", None),
        ({"https_proxy": "http://q:1", "HTTPS_PROXY": "http://q:1"}, "http://q:1", None),
        ({"https_proxy": "", "HTTPS_PROXY": "http://p:1"}, None, ["https"]),
    ],
)
def test_the_lower_case_proxy_wins(facts_in, environ, expected, ambiguous):
    facts = facts_in(environ)
    assert facts.get("proxy.https") == expected
    assert facts.get("proxy.ambiguous") == ambiguous


def test_a_directory_of_certificates_counts_what_openssl_would_find(facts_in):
    facts = facts_in(
        {"SSL_CERT_DIR": "/certs:/other"},
        **{
            "certs/0a1b2c3d.0": CERTIFICATE,
            "certs/ffffffff.12": CERTIFICATE,
            "certs/company.pem": CERTIFICATE,
        },
    )
    content = f"0a1b2c3d.0\n{CERTIFICATE}ffffffff.12\n{CERTIFICATE}"
    assert facts["ca_directory.path"] == "/certs"
    assert facts["ca_directory.certificates"] == 2
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert facts["ca_directory.digest"] == "sha256:" + digest


def test_requests_has_variables_of_its_own(facts_in):
    facts = facts_in(
        {"SSL_CERT_FILE": "/a.pem", "REQUESTS_CA_BUNDLE": "/b.pem", "CURL_CA_BUNDLE": "/a.pem"},
        **{"a.pem": CERTIFICATE, "b.pem": CERTIFICATE * 2},
    )
    assert facts["ca_bundle.certificates"] == 1
    assert facts["requests_ca_bundle.source"] == "REQUESTS_CA_BUNDLE"
    assert facts["requests_ca_bundle.certificates"] == 2


def test_no_certificates_at_all(facts_in):
    facts = facts_in({})
    assert facts["ca_bundle.exists"] is False
    assert "ca_bundle.path" not in facts


def test_ipv6_by_addresses(facts_in):
    loopback = "00000000000000000000000000000001 01 80 10 80       lo\n"
    assert facts_in({}, **{"proc/1/net/if_inet6": loopback})["ipv6.disabled"] is False
    assert facts_in({}, **{"proc/1/net/if_inet6": ""})["ipv6.disabled"] is True


def test_a_kernel_without_ipv6(facts_in):
    assert facts_in({}, **{"proc/1/net/dev": ""})["ipv6.disabled"] is True


def test_an_unseen_network_is_a_gap(facts_in):
    facts = facts_in({})
    assert facts.gaps["ipv6.disabled"] == "no such file"
    assert facts.gaps["sysctl.net.ipv4.tcp_keepalive_time"] == "no such file"
