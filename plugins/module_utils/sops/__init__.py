# SPDX-License-Identifier: GPL-3.0-or-later
"""One SOPS-encrypted file: its keys, its values, edits of its text, and its safe replacement."""
