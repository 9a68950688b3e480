# SPDX-License-Identifier: GPL-3.0-or-later
"""What talks to Kubernetes, and what is read out of its objects. Nothing here knows of files, SOPS or the estate."""
