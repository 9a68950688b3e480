# SPDX-License-Identifier: GPL-3.0-or-later
"""The page. Whatever is put in is escaped."""

TEMPLATE = """\
{% macro links(box) %}
{% if box.findings %}
<ul class="wrong">
{% for place, one in box.findings[:4] %}
<li><span class="severity {{ one.severity }}">{{ one.severity }}</span> <a href="#finding-{{ place + 1 }}">{{ one.rule }}</a></li>
{% endfor %}
{% if box.findings | length > 4 %}
<li><a href="#finding-{{ box.findings[4][0] + 1 }}">and {{ box.findings | length - 4 }} more</a></li>
{% endif %}
</ul>
{% endif %}
{% endmacro %}
{% macro drawn(box) %}
<div class="box {{ box.worst }}">
<span class="kind">{{ box.kind }}</span>
<strong>{{ box.label }}</strong>
{% if box.detail %}
<span class="detail">{{ box.detail }}</span>
{% endif %}
{{ links(box) }}
</div>
{% endmacro %}
{% macro several(class, boxes) %}
{% if boxes %}
<ul class="{{ class }}">
{% for box in boxes %}
<li>{{ drawn(box) }}</li>
{% endfor %}
</ul>
{% endif %}
{% endmacro %}
{% macro wide(id, heads, class="") %}
<div class="wide" role="region" aria-labelledby="{{ id }}" tabindex="0">
<table{% if class %} class="{{ class }}"{% endif %}>
<thead>
<tr>
{% for head in heads %}
<th scope="col">{{ head }}</th>
{% endfor %}
</tr>
</thead>
<tbody>
{{ caller() }}
</tbody>
</table>
</div>
{% endmacro %}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Audit of {{ name }}: {{ summary }}</title>
<style>{{ style }}</style>
</head>
<body>
<header>
<h1>Audit of {{ name }}</h1>
<p>{{ results.rules | length }} rules were applied at <time datetime="{{ results.time }}">{{ results.time }}</time>.</p>
<ul class="count">
{% for severity, number in results.count.items() %}
<li class="{{ severity if number else "" }}"><strong>{{ number }}</strong> {{ severity }}{{ "" if number == 1 else "s" }}</li>
{% endfor %}
<li><strong>{{ results.not_checked | length }}</strong> not checked</li>
</ul>
</header>
<main>
<section>
<h2 id="estate">The estate</h2>
<div class="drawing">
{{ drawn(drawing.master) }}
{% if drawing.rows %}
<ul class="identities">
{% for row in drawing.rows %}
<li>
{{ drawn(row.identity) }}
{{ several("copies", row.copies) }}
{{ several("consumers", row.consumers) }}
</li>
{% endfor %}
</ul>
{% endif %}
</div>
{% if drawing.elsewhere.findings %}
<div class="elsewhere">
{{ drawn(drawing.elsewhere) }}
</div>
{% endif %}
</section>
<section>
<h2 id="findings">Findings</h2>
{% if results.findings %}
<form class="filter" hidden>
<label>Search <input type="search" name="words" autocomplete="off"></label>
<fieldset>
<legend>Show</legend>
{% for kind in ["error", "warning", "note", "suppressed"] %}
<label><input type="checkbox" name="kind" value="{{ kind }}" checked> {{ kind }}</label>
{% endfor %}
</fieldset>
<output aria-live="polite"></output>
</form>
{% call wide("findings", ["Severity", "Rule", "Where", "What is wrong", "What to do"], "findings") %}
{% for one in results.findings %}
<tr id="finding-{{ loop.index }}" data-kind="{{ "suppressed" if one.suppressed else one.severity }}">
<td data-rank="{{ loop.index }}"><span class="severity {{ one.severity }}">{{ one.severity }}</span></td>
<td><a href="#rule-{{ one.rule }}">{{ one.rule }}</a></td>
<td><code>{{ one | place }}</code>{% if one.where.commit %} in commit <code>{{ one.where.commit[:12] }}</code>{% endif %}</td>
<td>{{ one.what }}</td>
<td>{% if one.suppressed %}Suppressed {{ one | suppression }}{% else %}{{ one.mend }}{% endif %}</td>
</tr>
{% endfor %}
{% endcall %}
{% else %}
<p>Nothing was found.</p>
{% endif %}
</section>
{% if not_checked %}
<section>
<h2 id="not-checked">Not checked</h2>
<p>These never count as passed.</p>
{% call wide("not-checked", ["Why", "Rules"], "reasons") %}
{% for reason, rules in not_checked.items() %}
<tr>
<td>{{ reason }}</td>
<td>{% for one in rules %}{{ "" if loop.first else ", " }}<a href="#rule-{{ one }}">{{ one }}</a>{% endfor %}</td>
</tr>
{% endfor %}
{% endcall %}
</section>
{% endif %}
<section>
<h2 id="ages">Ages of the credentials</h2>
{% call wide("ages", ["Identity", "State", "Access key id", "Age", "Against the policy"]) %}
{% for one in results.identities %}
{% set measured = bar_of(one) %}
<tr>
<th scope="row">{{ one.name }}</th>
<td>{{ one.state }}</td>
<td>{% if one.access_key_id is none %}unknown{% else %}<code>{{ one.access_key_id }}</code>{% endif %}</td>
<td>{{ one | age }}</td>
<td class="{{ "overdue" if measured.overdue else "" }}">
{% if measured.filled is not none %}
<svg class="age" viewBox="0 0 200 10" width="200" height="10" aria-hidden="true" focusable="false">
<rect class="limit" width="200" height="10" rx="3"/>
<rect class="filled" width="{{ measured.filled }}" height="10" rx="3"/>
</svg>
{% endif %}
{{ measured.said }}
</td>
</tr>
{% endfor %}
{% endcall %}
</section>
<section>
<h2 id="rules">Rules</h2>
{% call wide("rules", ["Rule", "Severity", "Outcome", "What is wrong", "Why it matters"]) %}
{% for rule in results.rules %}
<tr id="rule-{{ rule.id }}">
<th scope="row">{{ rule.id }}</th>
<td>{{ rule.severity }}</td>
<td>{{ outcomes[rule.id] }}</td>
<td>{{ rule.title }}</td>
<td>{{ rule.why }}</td>
</tr>
{% endfor %}
{% endcall %}
</section>
</main>
<script>{{ script }}</script>
</body>
</html>
"""
