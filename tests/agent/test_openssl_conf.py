"""OpenSSL's configuration: the syntax of config(5), and the facts that network makes of it."""

from __future__ import annotations

import pytest

from auditor.agent.collectors import network
from auditor.agent.openssl_conf import Configuration, security_level
from auditor.agent.root import TreeRoot
from auditor.agent.section import Unreadable

from .given import subject_in, subject_with, write_tree

PATH = "/etc/ssl/openssl.cnf"

# The FIPS module guide (fips_module(7)), "Making all applications use the FIPS module by default".
FIPS = """\
config_diagnostics = 1
openssl_conf = openssl_init

.include /usr/local/ssl/fipsmodule.cnf

[openssl_init]
providers = provider_sect
alg_section = algorithm_sect

[provider_sect]
fips = fips_sect
base = base_sect

[base_sect]
activate = 1

[algorithm_sect]
default_properties = fips=yes
"""
FIPS_MODULE = "[fips_sect]\nactivate = 1\nmodule-mac = 41:2C\n"

LEGACY = """\
openssl_conf = openssl_init
[openssl_init]
providers = provider_sect
ssl_conf = ssl_sect
[provider_sect]
default = default_sect
legacy = legacy_sect
[default_sect]
activate = 1
[legacy_sect]
activate = 1
[ssl_sect]
system_default = system_default_sect
[system_default_sect]
Options = UnsafeLegacyRenegotiation
CipherString = DEFAULT:@SECLEVEL=0
MinProtocol = TLSv1
"""


def configuration(tmp_path, content, environ=None, **files):
    tree = {PATH: content, **{"/" + path: text for path, text in files.items()}}
    return Configuration(TreeRoot(str(write_tree(tmp_path, tree))), PATH, environ or {})


@pytest.fixture
def facts_in(tmp_path, collect):
    def facts(environ, running=True, **files):
        tree = {"/" + path: content for path, content in files.items()}
        base = write_tree(tmp_path, {"/proc/1/mountinfo": "", "/proc/sys/kernel/x": "", **tree})
        subject = subject_with(subject_in(base), environ)
        subject.running = running
        section = collect(network, subject)
        assert section.status == "ok"
        return section.facts

    return facts


def openssl_facts(facts):
    return {k[8:]: v for k, v in facts.values.items() if k.startswith("openssl.")}


# -- the facts --------------------------------------------------------------------------------


def test_as_debian_installs_it(subject_of, collect):
    facts = collect(network, subject_of("debian12-openssl", running=False)).facts
    found = openssl_facts(facts)
    assert found.pop("conf.digest").startswith("sha256:")
    assert found == {
        "conf.path": "/usr/lib/ssl/openssl.cnf",
        "conf.source": "default",
        "conf.exists": True,
        "providers": ["default"],
        "fips": False,
    }
    assert facts.origins["openssl.conf.digest"] == "image"


def test_fips_by_the_default_file(facts_in):
    facts = facts_in(
        {}, **{"etc/ssl/openssl.cnf": FIPS, "usr/local/ssl/fipsmodule.cnf": FIPS_MODULE}
    )
    assert facts["openssl.providers"] == ["base", "fips"]
    assert facts["openssl.properties"] == "fips=yes"
    assert facts["openssl.fips"] is True
    assert facts["openssl.kernel_fips"] is False


def test_another_file_by_the_environment(facts_in):
    facts = facts_in(
        {"OPENSSL_CONF": "/app/legacy.cnf"},
        **{"etc/ssl/openssl.cnf": FIPS, "app/legacy.cnf": LEGACY},
    )
    found = openssl_facts(facts)
    digest = found.pop("conf.digest")
    assert len(digest) == 7 + 64
    assert found == {
        "conf.path": "/app/legacy.cnf",
        "conf.source": "OPENSSL_CONF",
        "conf.exists": True,
        "providers": ["default", "legacy"],
        "fips": False,
        "kernel_fips": False,
        "tls.options": "UnsafeLegacyRenegotiation",
        "tls.ciphers": "DEFAULT:@SECLEVEL=0",
        "tls.security_level": 0,
        "tls.min_protocol": "TLSv1",
    }
    assert "openssl.conf.digest" not in facts.origins


@pytest.mark.parametrize("named", ["", "/nowhere.cnf", "/dev/null"])
def test_no_configuration(facts_in, named):
    facts = facts_in({"OPENSSL_CONF": named}, **{"etc/ssl/openssl.cnf": FIPS})
    assert facts["openssl.conf.exists"] is False
    assert facts["openssl.conf.source"] == "OPENSSL_CONF"
    assert facts["openssl.providers"] == ["default"]
    assert facts["openssl.fips"] is False


def test_the_kernels_switch(facts_in):
    facts = facts_in({}, **{"proc/sys/crypto/fips_enabled": "1\n"})
    assert facts["openssl.kernel_fips"] is True
    assert facts.origins["openssl.kernel_fips"] == "host"


def test_a_container_that_does_not_run(facts_in):
    facts = facts_in({}, running=False, **{"etc/ssl/openssl.cnf": LEGACY})
    assert facts["openssl.providers"] == ["default", "legacy"]
    assert "openssl.kernel_fips" not in facts
    assert set(facts.gaps) == {"*"}


def test_a_file_that_cannot_be_understood_is_a_gap(facts_in):
    facts = facts_in({}, **{"etc/ssl/openssl.cnf": ".include /etc/ssl/openssl.cnf\n"})
    assert facts.gaps["openssl.*"] == "includes too many files"
    assert "openssl.providers" not in facts


def test_address_order_and_services(facts_in):
    gai = "# comment\n\nprecedence  ::ffff:0:0/96   100 # IPv4 first\n"
    facts = facts_in({}, **{"etc/gai.conf": gai, "etc/services": "http 80/tcp\n"})
    assert facts["gai"] == ["precedence ::ffff:0:0/96 100"]
    assert facts["services.exists"] is True


def test_an_address_order_that_says_nothing(facts_in):
    facts = facts_in({}, **{"etc/gai.conf": "# all comments\n"})
    assert "gai" not in facts
    assert facts["services.exists"] is False


# -- the syntax -------------------------------------------------------------------------------


def test_comments_continued_lines_quotes_and_variables(tmp_path):
    found = configuration(
        tmp_path,
        "base = /opt # a comment\n"
        "[ one ]\n"
        'quoted = " a # b " # c\n'
        "long = first \\\n  second\n"
        "path = $base/lib/${one::quoted}$ENV::NAME\n"
        "single = '$base' \\$5\n"
        "two::other = x\n",
        {"NAME": "!"},
    )
    assert found.sections["default"]["base"] == "/opt"
    assert found.sections["one"] == {
        "quoted": " a # b ",
        "long": "first second",
        "path": "/opt/lib/ a # b !",
        "single": "$base $5",
    }
    assert found.sections["two"] == {"other": "x"}


def test_a_directory_includes_its_cnf_and_conf_files(tmp_path):
    found = configuration(
        tmp_path,
        "openssl_conf = init\n[init]\nproviders = p\n[p]\n.include = openssl.d\n",
        **{
            "etc/ssl/openssl.d/a.cnf": "own = own_sect\n[own_sect]\nactivate = 1\nidentity = x\n",
            "etc/ssl/openssl.d/b.txt": "[ignored]\n",
        },
    )
    assert found.providers == ["x"]
    assert "ignored" not in found.sections


def test_fedoras_policy_is_included_in_the_middle_of_a_section(tmp_path):
    found = configuration(
        tmp_path,
        "openssl_conf = openssl_init\n[openssl_init]\nssl_conf = ssl_module\n"
        "[ssl_module]\nsystem_default = crypto_policy\n"
        "[crypto_policy]\n.include = /etc/crypto-policies/back-ends/opensslcnf.config\n",
        **{
            "etc/crypto-policies/back-ends/opensslcnf.config": "CipherString = @SECLEVEL=2:kEECDH\n"
            "TLS.MinProtocol = TLSv1.2\nDTLS.MinProtocol = DTLSv1.2\nTLS.MaxProtocol = TLSv1.3\n"
        },
    )
    assert found.tls["max_protocol"] == "TLSv1.3"
    assert security_level(found.tls["ciphers"]) == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", ["legacy"]), ("yes", ["legacy"]), ("0", ["default"]), ("off", ["default"])],
)
def test_activation(tmp_path, value, expected):
    found = configuration(
        tmp_path,
        f"openssl_conf = i\n[i]\nproviders = p\n[p]\nlegacy = l\n[l]\nactivate = {value}\n",
    )
    assert found.providers == expected


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("fips_mode = yes", True),
        ("fips_mode = no", False),
        ("default_properties = fips=yes", True),
        ("default_properties = fips = yes, provider!=x", True),
        ("default_properties = fips", True),
        ("default_properties = ?fips=yes", False),
    ],
)
def test_fips_by_properties(tmp_path, setting, expected):
    found = configuration(tmp_path, f"openssl_conf = i\n[i]\nalg_section = a\n[a]\n{setting}\n")
    assert found.fips is expected


def test_the_digest_is_of_the_settings(tmp_path):
    plain = configuration(tmp_path / "1", "a = 1\n[s]\nb = 2\n").digest
    assert configuration(tmp_path / "2", "# c\n\n  a = 1 # x\n[ s ]\nb=2\n").digest == plain
    assert configuration(tmp_path / "3", "a = 1\n[s]\nb = 3\n").digest != plain


def test_the_digest_gives_no_pin_away(tmp_path):
    first = configuration(tmp_path / "1", "[engine]\nPIN = 1234\nso_pin=1\n").digest
    assert configuration(tmp_path / "2", "[engine]\nPIN = 5678\nso_pin=2\n").digest == first


def test_engines(tmp_path):
    found = configuration(
        tmp_path, "openssl_conf = i\n[i]\nengines = e\n[e]\npkcs11 = p\n[p]\nengine_id = token\n"
    )
    assert found.engines == ["token"]


def test_values_are_bounded(tmp_path):
    doubled = "".join(f"v{n + 1} = $v{n}$v{n}\n" for n in range(40))
    found = configuration(tmp_path, "v0 = xxxxxxxxxx\n" + doubled)
    assert len(found.sections["default"]["v40"]) <= 4096


def test_too_large_a_file_is_refused(tmp_path):
    with pytest.raises(Unreadable):
        configuration(tmp_path, "#" * (256 * 1024 + 1))


@pytest.mark.parametrize(
    ("ciphers", "level"), [("DEFAULT@SECLEVEL=1", 1), ("@SECLEVEL=2:HIGH", 2), ("HIGH", None)]
)
def test_security_level(ciphers, level):
    assert security_level(ciphers) == level
