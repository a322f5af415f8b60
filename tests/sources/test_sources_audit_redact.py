"""Passwords, tokens and keys are recognised in whatever form programs have them, and little else is."""

from __future__ import annotations

import pytest
from audit_helpers import arguments, run_python

from tracetui.events import Syscall
from tracetui.sources.audit.redact import redact, redact_environment, redact_words


@pytest.mark.parametrize(
    "text",
    [
        "token ghp_" + "a1B2" * 9,
        "key AKIA" + "ABCD" * 4,
        "sk_live_" + "a1B2" * 6,
        "AIza" + "a1B2c" * 7,
        "npm_" + "a1B2" * 9,
        "xoxb-1234567890",
        "SG." + "a1B2" * 5 + "." + "a1B2" * 5,
        "dop_v1_" + "a1b2" * 16,
        "https://hooks.slack.com/services/T0/B0/x",
        "postgres://user:hunter2@host/db",
        "Authorization: Bearer abcdefgh12345678",
        "password=hunter2 user=x",
        '{"api_key": "x", "secret":"hunter2"}'.replace('"', "'").replace("'secret':", "secret:"),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc",
    ],
)
def test_secrets_are_recognised_by_their_looks(text):
    assert redact(text) != text
    assert "hunter2" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "/usr/lib/python3.11/tokenize.py",
        "/etc/passwd",
        "a=b",
        "http://host:80/x",
        "PWD=/home/x",
        "key=1",
        "hf",
        "",
    ],
)
def test_what_is_no_secret_is_kept(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "words",
    [
        ["x", "--api-key", "hunter2"],
        ["curl", "-u", "me:hunter2", "http://host/"],
        ["curl", "--user", "me:hunter2"],
        ["curl", "-ume:hunter2"],
        ["curl", "-H", "X-Api-Key: hunter2"],
        ["curl", "-H", "Authorization: token hunter2"],
        ["curl", "-H", "Cookie: a=1; b=hunter2"],
        ["curl", "--header=X-Auth-Token: hunter2"],
        ["curl", "https://host/?x=1&access_token=hunter2&y=2"],
        ["curl", "https://host/#access_token=hunter2"],
        ["curl", "https://me:p@hunter2@host/"],
        ["sh", "-c", "x --password hunter2"],
        ["sh", "-c", "x --password 'very hunter2'"],
        ["python", "-c", "run(['x', '--password', 'hunter2'])"],
        ["x", '{"user": "me", "password": "a \\" hunter2"}'],
        ["x", '{\\"api_key\\": \\"hunter2\\"}'],
        ["kubectl", "--from-literal=password=hunter2"],
        ["/usr/bin/sshpass", "-p", "hunter2", "ssh", "host"],
        ["mysql", "-phunter2", "base"],
        ["x", "bearer hunter2hunter2"],
        ["x", "-eSTRIPE_KEY=hunter2"],
    ],
)
def test_secrets_in_any_form_a_command_has(words):
    shown = list(redact_words(words))
    assert "hunter2" not in str(shown)
    assert shown[0] == words[0]


@pytest.mark.parametrize(
    "words",
    [
        ["docker", "run", "-u", "1000:1000", "image"],
        ["python", "-u", "prog.py", "a:b"],
        ["sort", "--sort-key", "name", "--max-tokens", "5"],
        ["pytest", "-k", "token or secret", "--no-pass", "x"],
        ["mysql", "-P", "3306", "-u", "root"],
        ["x", "-u", "http://host:80/"],
        ["date", "2026-01-01 10:00:00"],
    ],
)
def test_words_that_are_no_secrets_are_kept(words):
    assert list(redact_words(words)) == words


@pytest.mark.parametrize("name", ["SSHPASS", "AUTH_HEADER", "OPENAI_KEY", "githubToken", "SLACK_WEBHOOK_URL"])
def test_variables_that_hold_secrets(name):
    assert dict(redact_environment([(name, "hunter2")])) == {name: "<redacted>"}


@pytest.mark.parametrize(
    "name", ["SSH_AUTH_SOCK", "XDG_SESSION_ID", "TOKENIZERS_PARALLELISM", "COMPASS", "PUBLIC_KEY", "AUTHOR"]
)
def test_variables_that_hold_none(name):
    assert dict(redact_environment([(name, "x")])) == {name: "x"}


def test_secrets_in_words_and_variables():
    words = ["mysql", "--password", "hunter2", "--token=abc", "-u", "root"]
    assert list(redact_words(words)) == [
        "mysql",
        "--password",
        "<redacted>",
        "--token=<redacted>",
        "-u",
        "root",
    ]
    variables = [
        ("DB_PASSWORD", "x"),
        ("PWD", "/x"),
        ("PATH", "/bin"),
        ("EMPTY_TOKEN", ""),
        ("URL", "a://b:c@d"),
    ]
    assert dict(redact_environment(variables)) == {
        "DB_PASSWORD": "<redacted>",
        "PWD": "/x",
        "PATH": "/bin",
        "EMPTY_TOKEN": "",
        "URL": "a://b:<redacted>@d",
    }


def test_secrets_do_not_reach_the_trace():
    source = """
        import os, subprocess, sys
        os.environ['DB_PASSWORD'] = 'hunter2'
        os.environ['HARMLESS'] = 'visible'
        subprocess.run(['true', '--password', 'hunter2'], env={'MY_SECRET': 'hunter2'})
        sys.audit('http.client.send', None, b'user=me hunter2')
        sys.audit('builtins.input/result', 'hunter2')
        sys.audit('my.event', 'password=hunter2', [b'token=hunter2'], ['--token', 'hunter2'])
    """
    told = run_python(source, exclude=("compile", "cpython.run_command"))
    assert "hunter2" not in str([row for row in told.of(Syscall) if row["name"] != "exec"])
    assert "visible" in str(told.calls("os.putenv"))
    assert arguments(told.calls("http.client.send")[0])[1] == "data=<redacted, 15 long>"
    assert arguments(told.calls("subprocess.Popen")[0])[3] == "env={MY_SECRET}"
    told = run_python(source, keep_secrets=True)
    assert "hunter2" in str(told.calls("os.putenv"))
    assert "hunter2" in str(told.calls("builtins.input/result"))
