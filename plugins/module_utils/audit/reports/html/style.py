# SPDX-License-Identifier: GPL-3.0-or-later
"""How the page looks: light or dark as the browser is set, on paper always light."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --raised: #f5f6f8; --ink: #1b1f24; --quiet: #565e68; --line: #8c959f; --faint: #d5d9de; --link: #0a58ca;
  --error: #b3161f; --error-page: #fdecec; --warning: #7a4d00; --warning-page: #fff3d6; --note: #1f5f99; --note-page: #e6f1fb;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --raised: #1e2328; --ink: #e7eaee; --quiet: #a9b1bb; --line: #77808a; --faint: #363d45; --link: #79b8ff;
    --error: #ff9ea0; --error-page: #45181b; --warning: #f2c567; --warning-page: #3b2d0d; --note: #8fc4f5; --note-page: #17304a;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 100rem; background: var(--page); color: var(--ink);
  font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
a { color: var(--link); }
code { font-family: ui-monospace, monospace; font-size: .9em; }
ul { margin: 0; padding: 0; list-style: none; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }

.count { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1rem; }
.count li { padding: .5rem 1rem; border: 1px solid var(--faint); border-radius: .5rem; background: var(--raised); }
.count strong { font-size: 1.4rem; }
.error { --mark: var(--error); --mark-page: var(--error-page); }
.warning { --mark: var(--warning); --mark-page: var(--warning-page); }
.note { --mark: var(--note); --mark-page: var(--note-page); }
.count .error, .count .warning, .count .note { border-color: var(--mark); background: var(--mark-page); color: var(--mark); }
.severity { display: inline-block; padding: 0 .4em; border: 1px solid var(--mark); border-radius: .3em;
  background: var(--mark-page); color: var(--mark); font-weight: 600; white-space: nowrap; }

.box { width: 18rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--raised); }
.box.error { border: 3px solid var(--mark); background: var(--mark-page); }
.box.warning, .box.note { border: 2px solid var(--mark); background: var(--mark-page); }
.box .kind { display: block; color: var(--quiet); font-size: .8rem; }
.box strong, .box .detail { display: block; }
.box .detail { color: var(--quiet); font-size: .85rem; }
.box.error .kind, .box.error .detail, .box.warning .kind, .box.warning .detail, .box.note .kind, .box.note .detail,
.box a { color: var(--ink); }
.wrong { margin-top: .35rem; font-size: .85rem; }
.wrong li + li { margin-top: .2rem; }
.elsewhere { margin-top: 1rem; }
.elsewhere .box { width: auto; max-width: 40rem; }

.drawing, .identities > li { display: flex; align-items: center; }
.drawing ul:not(.wrong) { position: relative; padding-left: 1.5rem; }
.drawing ul:not(.wrong)::before { content: ""; position: absolute; left: 0; top: 50%; width: 1.5rem;
  border-top: 2px solid var(--line); }
.drawing ul:not(.wrong) > li { position: relative; padding: .3rem 0 .3rem 1.5rem; }
.drawing ul:not(.wrong) > li::before { content: ""; position: absolute; left: 0; top: 50%; width: 1.5rem;
  border-top: 2px solid var(--line); }
.drawing ul:not(.wrong) > li::after { content: ""; position: absolute; left: 0; top: 0; bottom: 0;
  border-left: 2px solid var(--line); }
.drawing ul > li:first-child::after { top: 50%; }
.drawing ul > li:last-child::after { bottom: 50%; }
.drawing .copies + .consumers { padding-left: 1.5rem; }
.drawing .copies:not(:last-child) { border-right: 2px solid var(--line); border-radius: .5rem; padding-right: .75rem; }

.filter { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; margin-bottom: .75rem; }
.filter[hidden] { display: none; }
.filter fieldset { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: .25rem .75rem;
  border: 1px solid var(--faint); border-radius: .5rem; }
.filter input[type=search] { padding: .3rem .5rem; border: 1px solid var(--line); border-radius: .3rem; background: var(--page);
  color: var(--ink); font: inherit; }
.wide { overflow-x: auto; }
.wide table { min-width: 52rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--faint); text-align: left; vertical-align: top;
  font-weight: normal; }
.findings td, .reasons td { white-space: pre-line; }
thead th { background: var(--raised); font-weight: 600; white-space: nowrap; }
th button { padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer;
  text-decoration: underline dotted; }
th[aria-sort=ascending] button::after { content: " \\25B2" / ""; }
th[aria-sort=descending] button::after { content: " \\25BC" / ""; }
tr[hidden] { display: none; }
tr:target { background: var(--raised); outline: 3px solid var(--link); outline-offset: -3px; }
td > a, tbody th { white-space: nowrap; }
.findings td:nth-child(n+3) { min-width: 14rem; }
.age { display: block; max-width: 100%; margin: .3rem 0; }
.age .limit { fill: var(--faint); }
.age .filled { fill: var(--note); }
.overdue { color: var(--error); font-weight: 600; }
.overdue .filled { fill: var(--error); }

@media screen and (max-width: 75rem) {
  .drawing, .identities > li { display: block; }
  .box { width: auto; max-width: 40rem; }
  .drawing ul:not(.wrong)::before { display: none; }
  .drawing ul:not(.wrong) > li::before { top: 2rem; }
  .drawing ul > li:first-child::after { top: 0; }
  .drawing ul:not(.wrong) > li:last-child::after { bottom: auto; height: 2rem; }
  .drawing .copies:not(:last-child) { border-right: 0; padding-right: 0; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 9pt; }
  .filter { display: none; }
  .box { width: 17vw; }
  .box, .severity, .count li, .age { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .wide { overflow: visible; }
  .wide table, .findings td:nth-child(n+3) { min-width: 0; }
  thead { display: table-header-group; }
  tr, .box, .identities > li { break-inside: avoid; }
  h2 { break-after: avoid; }
  a { text-decoration: none; }
}
"""
