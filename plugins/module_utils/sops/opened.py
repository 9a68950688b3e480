# SPDX-License-Identifier: GPL-3.0-or-later
"""Decrypts a file's text and checks its MAC."""

from __future__ import annotations

import dataclasses
import hmac

from ..failure import Failure
from .age_keys import AgeKeys
from .changes import Entry
from .cipher import Cipher, NotEncrypted, Tampered
from .document import Document, Leaf
from .header import Header, header_of
from .key_path import show
from .layout import Layout
from .mac import mac_of
from .rules import Rules
from .unsure import Unsure

UNCHANGED = "Nothing was changed."


@dataclasses.dataclass(eq=False)
class Opened:
    """A text that was read here, in process.

    Attributes:
        documents: What is where in the text.
        entries: The decrypted values, one for each leaf of the documents, in their order.
        data_key: What encrypts its values.
    """

    documents: list[Document]
    entries: list[Entry]
    header: Header
    rules: Rules
    cipher: Cipher
    data_key: bytes

    def __repr__(self) -> str:
        return "<Opened>"


def open_text(text: str, name: str, layout: Layout, keys: AgeKeys) -> Opened:
    """Decrypt a text.

    Raises:
        Unsure: The program should read it.
        Failure: It can't be opened, or it was changed by hand. The program would not give its values either.
    """
    return open_documents(layout.parse(text), name, keys)


def open_documents(documents: list[Document], name: str, keys: AgeKeys) -> Opened:
    """Decrypt a text whose parts are known; see ``open_text``."""
    metadata = documents[0].metadata if documents else None
    if metadata is None:
        raise not_encrypted(name)
    header = header_of(metadata)
    rules = Rules(metadata)
    data_key = _data_key(header, name, keys)
    cipher = Cipher(data_key)
    entries = _decrypt(documents, rules, cipher, name)
    _check_mac(entries, header, cipher, name)
    return Opened(documents, entries, header, rules, cipher, data_key)


def _data_key(header: Header, name: str, keys: AgeKeys) -> bytes:
    for recipient, armoured in header.age:
        data_key = keys.open(recipient, armoured)
        if data_key is not None:
            if len(data_key) != 32:
                raise Unsure("its data key has an unusual length")
            return data_key
    failure = cannot_open(header.recipients, name, keys)
    if header.for_program_only or keys.for_program_only():
        raise Unsure("no age key that can be used here opens it, but it may have others", failure=failure)
    raise failure


def _decrypt(documents: list[Document], rules: Rules, cipher: Cipher, name: str) -> list[Entry]:
    entries = []
    for number, document in enumerate(documents):
        for leaf in document.leaves:
            if leaf.kind == "null":
                entries.append(Entry(number, leaf.path, None, "null", False))
            elif not rules.encrypts(leaf.path):
                entries.append(Entry(number, leaf.path, leaf.value, leaf.kind, False))
            elif isinstance(leaf.value, str) and leaf.kind == "str":
                entries.append(_decrypted(number, leaf, cipher, name))
            else:
                raise _plain_value(leaf, name)
    return entries


def _decrypted(number: int, leaf: Leaf, cipher: Cipher, name: str) -> Entry:
    try:
        value, kind = cipher.decrypt(str(leaf.value), leaf.context)
    except NotEncrypted:
        raise _plain_value(leaf, name) from None
    except Tampered:
        raise Unsure(
            "it has a value that does not decrypt",
            failure=Failure(
                f"{name}: the value of {show(leaf.path)} was changed by hand or copied from another key or file;"
                " it does not decrypt.",
                state=UNCHANGED,
                remedy="Take the file's last good version from Git, and change values only with sops.",
            ),
        ) from None
    return Entry(number, leaf.path, value, kind, bool(leaf.value))


def _check_mac(entries: list[Entry], header: Header, cipher: Cipher, name: str) -> None:
    values = ((entry.value, entry.type, entry.encrypted) for entry in entries)
    computed = mac_of(values, only_encrypted=header.only_encrypted)
    try:
        stored, _kind = cipher.decrypt(header.mac, header.lastmodified)
    except (NotEncrypted, Tampered):
        stored = None
    if not isinstance(stored, str) or not hmac.compare_digest(stored.encode(), computed.encode()):
        raise Unsure("its MAC does not fit", failure=mac_mismatch(name))


def _plain_value(leaf: Leaf, name: str) -> Failure:
    return Failure(
        f"{name}: {show(leaf.path)} is in plain text, though the file's rules say that it is encrypted.",
        state=f"{UNCHANGED} sops can't read the file either.",
        remedy="Take the line out of the file and add the key again with sops, and change the secret: it has been seen.",
    )


def not_encrypted(name: str) -> Failure:
    """The failure for a file without metadata."""
    return Failure(
        f"{name} has no SOPS metadata: it is not encrypted.",
        state=UNCHANGED,
        remedy=f"Encrypt it first: sops encrypt --in-place {name}",
    )


def mac_mismatch(name: str) -> Failure:
    """The failure for a file whose MAC does not fit."""
    return Failure(
        f"{name}: its values don't match its MAC. A plain field was changed by hand, or lines were added, removed,"
        " moved or merged without sops.",
        state=f"{UNCHANGED} sops refuses the file too (exit code 51).",
        remedy="Compare the file with its last good version in Git and make the change again with sops; or, when every line"
        f" is as it should be, let sops sign it anew: sops --rotate --ignore-mac --in-place {name}",
    )


def cannot_open(recipients: tuple[str, ...], name: str, keys: AgeKeys) -> Failure:
    """The failure for a file that none of the keys opens."""
    for_whom = ", ".join(recipients) or "nobody that can be read"
    unusable = f" Not usable: {'; '.join(keys.unusable())}." if keys.unusable() else ""
    if not keys.found_any():
        places = ", ".join(keys.looked_in()) or "nowhere, since HOME is not set"
        return Failure(
            f"{name} can't be opened: there is no usable age key. Looked in: {places}.{unusable}",
            state=UNCHANGED,
            remedy=f"Set SOPS_AGE_KEY_FILE to a key file of one of its recipients: {for_whom}.",
        )
    found = ", ".join(keys.found_in())
    return Failure(
        f"{name} can't be opened with any of the age keys found in {found}. It is encrypted for: {for_whom}.{unusable}",
        state=UNCHANGED,
        remedy="Use a key of one of these recipients, or let one of them add yours: sops updatekeys.",
    )
