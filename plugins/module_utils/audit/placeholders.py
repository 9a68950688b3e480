# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no secret though it stands where one belongs. Whatever is not known here counts as a secret."""

from __future__ import annotations

import re

from ..sops.cipher import SEALED
from .words import words

_LITERAL = re.compile(
    r"""(?:\{\{-?|\b(?:default|d|coalesce|b64enc|b64encode|quote|squote)\b)\s*\(?\s*("(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`)"""
)
"""A text that an expression gives: it begins with it, or falls back on it."""

_REFERENCES = re.compile(
    r"\{\{.*?\}\}+"  # Jinja, Helm, Go
    r"|\$\{\{.*?\}\}"  # workflows
    r"|\$\{\w+\}|\$\{\w+:?[?+][^{}]*\}|\$\{(?:[\w.-]+|\w+:[\w./-]+)\}"  # shells, Flux, Terraform, Spring
    r"|\$\([\w.-]+\)"  # Kubernetes
    r"|%\(\w+\)s|%[A-Z_]+%|@[A-Z_]+@|__[A-Z_]+__",
    re.DOTALL,
)
_FALLBACK = re.compile(r"\$\{\w+:?[-=]([^{}]*)\}")
_ELSEWHERE = re.compile(
    r"\$[A-Z_][A-Z0-9_]*|<[A-Za-z][\w .:/#-]*>|\[\[?[A-Z _-]+\]?\]|(?:ref\+|vault:|op://|bao:)\S+|arn:aws:(?:secretsmanager|ssm):\S+"
    r"|projects/[\w-]+/secrets/\S+"
)
"""The name of a secret that another program fetches."""

_ENCRYPTED = (
    SEALED,
    "$ANSIBLE_VAULT;",
    "-----BEGIN AGE ENCRYPTED FILE-----",
    "-----BEGIN PGP MESSAGE-----",
    "age-encryption.org/v1",
)

_PUBLIC_BLOCK = re.compile(
    r"-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE|(?:NEW )?CERTIFICATE REQUEST|X509 CRL|(?:[A-Z0-9]+ )*PUBLIC KEY(?: BLOCK)?"
    r"|(?:DH|EC) PARAMETERS|PKCS7)-----.*?-----END \1-----",
    re.DOTALL,
)
_PUBLIC_LINE = re.compile(
    r"(?:\S+ )?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[\w-]+|sk-[\w.@-]+) AAAA[A-Za-z0-9+/]+=*(?: .*)?"
    r"|age1(?:pq1)?[02-9ac-hj-np-z]{40,}"
)

_A_PUBLIC_LINE = "ssh-rsa AAAA0"

_MASKED = re.compile(
    r"(?:[A-Za-z]{2,10}[-_]?)?(?:[xX]{5,}|[*]{3,}|[.]{3,}|[•…]+)|[xX]{3,}(?:[-_ ]?[xX]+)*|[*.•…?_# -]+", re.DOTALL
)

_EXAMPLES = re.compile(
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{5,11}EXAMPLE|[A-Za-z0-9/+]{28,32}(?:EXAMPLEKEY|EXAMPLE)|39528\$vdg7Jb|1f2d1e2e67df"
)
"""Of the documentation of AWS and of Kubernetes."""

_OTHER = re.compile(r"[A-Za-z\s_.,:;!?'\"<>()\[\]{}/*#-]*")
_TELLING = re.compile(
    r"change(?:me)?|(?:replace|fill|set)me|replace|example|placeholder|dummy|todo|fixme|tbd|redacted|removed|hidden|masked|sample"
    r"|insert|fill|fake|mock|your|undefined|unset|null|none|empty|notreal"
)
_BESIDE = re.compile(
    r"a|access|account|actual|admin|after|an|and|any|api|at|aws|be|base|before|by|client|credentials?|database|db|deploy(?:ing)?|env"
    r"|environment|for|from|generated|here|id|in|is|it|its|keys?|later|login|me|my|name|new|not|now|of|on|only|or|our|own|pass|passphrase"
    r"|passw(?:or)?d|paste|please|private|prod(?:uction)?|public|put|real|root|s3|secrets?|set|some|string|text|that|the|this|to|tokens?"
    r"|use|user|username|using|values?|variable|vault|will|with"
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*:([^\s@/]*)@[^\s@]+")


def is_placeholder(text: str) -> bool:
    """Whether a text is known to be no secret: nothing, a word for one, a reference to one, something encrypted or public.

    Args:
        text: As it would reach the program that it is for, base64 taken off.
    """
    text = text.strip().strip("\"'").strip()
    if text.startswith(_ENCRYPTED):
        return True
    if not all(is_placeholder(literal[1:-1]) for literal in _LITERAL.findall(text)):
        return False
    if not all(is_placeholder(fallback) for fallback in _FALLBACK.findall(text)):
        return False
    rest = _FALLBACK.sub("", _REFERENCES.sub("", text)).strip()
    return not rest or _is_known(rest) or _is_public(rest) or _without_its_password(text)


def _is_known(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_ELSEWHERE, _MASKED, _EXAMPLES)) or _is_said(text)


def _is_said(text: str) -> bool:
    """Whether words say that it is to be replaced, and nothing else is there."""
    told = words(text)
    return (
        _OTHER.fullmatch(text) is not None
        and any(_TELLING.fullmatch(word) for word in told)
        and all(_TELLING.fullmatch(word) or _BESIDE.fullmatch(word) for word in told)
    )


def _is_public(text: str) -> bool:
    """Whether it has certificates and public keys, and nothing else."""
    lines = [line.strip() for line in _PUBLIC_BLOCK.sub(_A_PUBLIC_LINE, text).splitlines()]
    told = [line for line in lines if line and not line.startswith("#")]
    return bool(told) and all(_PUBLIC_LINE.fullmatch(line) for line in told)


def _without_its_password(text: str) -> bool:
    """Whether it is an address with a placeholder for its password."""
    found = _ADDRESS.fullmatch(_REFERENCES.sub("changeme", _FALLBACK.sub("changeme", text)))
    return found is not None and is_placeholder(found[1])
