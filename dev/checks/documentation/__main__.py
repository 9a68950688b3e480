# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints every disagreement between the documentation and the project, one a line."""

from __future__ import annotations

import itertools
import sys

from ..places import ROOT

# The folder of a clone has any name; the collection has one, through the symbolic link
sys.path.insert(0, str(ROOT / "collections"))

from .coverage import makefile_and_checks, undocumented_roles, unknown_names, unmentioned
from .examples import bad_examples
from .interface import interface
from .links import dead_links, paths_of_one_machine
from .pages import pages
from .roles import bad_roles_page
from .rules import bad_rules_page


def main() -> int:
    read, has = pages(), interface()
    problems = list(
        itertools.chain(
            dead_links(read),
            paths_of_one_machine(read),
            bad_examples(read, has),
            unknown_names(read, has),
            unmentioned(read, has),
            undocumented_roles(read, has),
            bad_roles_page(read, has),
            bad_rules_page(read),
            makefile_and_checks(has),
        )
    )
    for problem in problems:
        print(problem)
    counts = f"{len(read)} pages, {len(has.modules)} modules, {len(has.roles)} roles, {len(has.targets)} make targets"
    print(f"{counts}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
