"""Writes statements.json: templates with statements and white space, and what Jinja renders.

Run it with Jinja2 3.1 to write it anew.
"""

import json
import os

from jinja_environment import render

V = {
    "l": [3, 1, 2],
    "e": [],
    "s": "text",
    "d": {"b": 1, "a": 2},
    "pairs": [["x", 1], ["y", 2]],
    "deep": [["x", [1, 2]], ["y", [3, 4]]],
    "t": True,
    "tree": {"v": 1, "kids": [{"v": 2, "kids": [{"v": 3, "kids": []}]}, {"v": 4, "kids": []}]},
}

# Templates are parted by a line of four dashes.
TEMPLATES = r"""
plain text
----
two
lines

----
{% if t %}yes{% endif %}
----
a
{% if t %}
  b
{% endif %}
c
----
a
  {% if t %}
  b
  {% endif %}
c
----
a {% if t %} b {% endif %} c
----
a
  {%+ if t %}
  b
  {%+ endif %}
c
----
a
  {%- if t -%}
  b
  {%- endif -%}
c
----
a
  {%- if t +%}
  b
  {% endif +%}
c
----
a   {{- s -}}   b
----
  {{ s }}
  {{ s }}

end
----
  {# comment #}
x
  {#- comment -#}
y
{# one #} z {# two
lines #}
w
----
{#--#}x{#+ y +#} z{##}
----
{% raw %}{{ x }}{% if %}{% endraw %}!
----
a
  {% raw %}
  {{ b }}
  {% endraw %}
c
----
a {%- raw -%}  b  {%- endraw -%} c
----
{{ '{{' }} {{ "%}" }} {{ {'a': {'b': 1}} }}{{ {'a': {'b': 1}}.a.b}}
----
{{ "a
b" }}
----
{% if e %}1{% elif s == 'text' %}2{% else %}3{% endif %}
----
{% if e %}1{% elif e %}2{% else %}3{% endif %}|{% if e %}1{% endif %}
----
{% for x in l %}{{ x }}{% endfor %}
----
{% for x in l %}{{ x }},{% else %}none{% endfor %}
----
{% for x in e %}{{ x }},{% else %}none{% endfor %}
----
{% for x in nothing %}{{ x }},{% else %}none{% endfor %}
----
{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }};{% endfor %}
----
{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}
----
{% for x in l %}{{ loop.previtem is defined }} {{ loop.nextitem is defined }} {% endfor %}
----
{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}
----
{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}
----
{% for x in l if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% endfor %}
----
{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}
----
{% for a, b in pairs %}{{ a }}={{ b }} {% endfor %}
----
{% for a, (b, c) in deep %}{{ a }}{{ b }}{{ c }} {% endfor %}
----
{% for (a, b) in pairs %}{{ a }}{{ b }}{% endfor %}
----
{% for a, b in l %}{{ a }}{% endfor %}
----
{% for k in d %}{{ k }}{% endfor %}{% for k, v in d.items() %}{{ k }}{{ v }}{% endfor %}{% for k, v in d|items %}{{ k }}{{ v }}{% endfor %}
----
{% for c in 'héy😀' %}[{{ c }}]{% endfor %}
----
{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}
----
{% for x in 1, 2, 3 %}{{ x }}{% endfor %}
----
{% for x in 5 %}{{ x }}{% endfor %}
----
{% for x in none %}{{ x }}{% endfor %}
----
{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}
----
{% for x in l %}{% set outer = loop %}{% for y in l %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}
----
{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}
----
{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}none{% endfor %}
----
{% for x in l %}{% for y in l %}{% if y == 1 %}{% break %}{% endif %}{{ y }}{% endfor %}{{ x }}{% endfor %}
----
{% set x = 1 %}{% for i in l %}{% set x = i %}{{ x }}{% endfor %}{{ x }}
----
{% set x = 1 %}{% if t %}{% set x = 2 %}{% endif %}{{ x }}
----
{% for i in l %}{{ x is defined }}{% set x = i %}{{ x }} {% endfor %}{{ x is defined }}
----
{% for i in l %}{% endfor %}{{ i is defined }}{{ loop is defined }}
----
{% set ns = namespace(n=0, s='') %}{% for i in l %}{% set ns.n = ns.n + i %}{% set ns.s = ns.s ~ i %}{% endfor %}{{ ns.n }}{{ ns.s }}
----
{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}
----
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}
----
{% set d.x = 1 %}
----
{% set zz.x = 1 %}
----
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (a, b) = (b, a) %}{{ a }}{{ b }}
----
{% set a, b = [1, 2, 3] %}
----
{% set x = 1, 2 %}{{ x }}{% set y = 'a' if t else 'b' %}{{ y }}
----
{% set x %}block {{ s }}{% endset %}[{{ x }}]{{ x is string }}
----
{% set x | upper | replace('T', '-') %}block {{ s }}{% endset %}[{{ x }}]
----
{% set x %}{% set y = 1 %}{% endset %}{{ y is defined }}
----
{% set ns = namespace() %}{% set ns.x %}abc{% endset %}{{ ns.x }}
----
{% filter upper %}abc {{ s }}{% endfilter %}
----
{% filter replace('a', 'b') | trim %}  aaa {% endfilter %}!
----
{% macro m(a, b='B', c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 2) }}|{{ m(c=3, a=1) }}|{{ m() }}
----
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
----
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
----
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
----
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}
----
{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}
----
{% macro m() %}{{ g }}{% endmacro %}{% set g = 5 %}{{ m() }}
----
{% macro m() %}{{ i }}{% endmacro %}{% for i in l %}{{ m() }}.{% endfor %}
----
{% for i in l %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}
----
{% macro m() %}{% set g = 9 %}{% endmacro %}{% set g = 5 %}{{ m() }}{{ g }}
----
{% macro walk(n, depth=0) %}{{ '  ' * depth }}{{ n.v }}
{% for k in n.kids %}{{ walk(k, depth + 1) }}{% endfor %}{% endmacro %}
{{ walk(tree) }}end
----
{% macro m() -%}   x   {%- endmacro %}[{{ m() }}]{{ m() | length }}{{ m() ~ 'y' }}
----
{% macro box(title) %}<{{ title }}>{{ caller() }}</{{ title }}>{% endmacro %}{% call box('t') %}body {{ s }}{% endcall %}
----
{% macro each(xs) %}{% for x in xs %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}{% call(x, i) each(l) %}{{ i }}:{{ x }} {% endcall %}
----
{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}
----
{% generation %}a{{ s }}{% endgeneration %}b
----
{% generation %}{% set q = 1 %}{% endgeneration %}{{ q is defined }}
----
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}
----
{% set a = 5 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}
----
{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a is defined }}
----
{% if t: %}x{% endif %}
----
{% for x in l %}
{{ x }}
{% endfor %}
{% for x in l -%}
{{ x }}
{%- endfor %}
----
{%- for x in l %}

  {{- x }}
  {% if loop.last %}

last
  {% endif %}
{%- endfor -%}

end
----
{{ l | map('string') | join(', ') }}{% set l = l + [4] %}{{ l }}
----
{% set messages = l[1:] %}{% set loop_messages = messages %}{% for m in loop_messages %}{{ m }}{% endfor %}
----
{% set d = {'k': [1, 2]} %}{% for x in d['k'] %}{{ x }}{% endfor %}{% for k, v in d | dictsort %}{{ k }}{{ v }}{% endfor %}
----
{% if x is defined and x %}1{% elif y is not defined %}2{% endif %}
----
{% if not (s == 'text' and l) %}1{% else %}2{% endif %}
----
{% if s is string and s|length > 3 or false %}1{% endif %}
----
{% set x = s.upper() if s else '' %}{{ x }}{{ (s ~ '!').upper() }}
----
{{ raise_exception('stop') }}
----
{% if false %}{{ raise_exception('stop') }}{% endif %}ok
----
{% if false %}{{ s|nofilter }}{% endif %}ok
----
{% if true %}{{ s|nofilter }}{% endif %}ok
----
{% if
----
{% if t %}
----
{% endif %}
----
{% for x in %}{% endfor %}
----
{% for x l %}{% endfor %}
----
{% unknown %}
----
{{ }}
----
{{ 1 + }}
----
{{ (1 }}
----
{{ 1) }}
----
{{ [1 }}
----
{{ 'a }}
----
{{ a b }}
----
{{ a ! b }}
----
{{ a.}}
----
{% set 1 = 2 %}
----
{% set none = 2 %}
----
{% set x %}
----
{# open
----
{% raw %} open
----
{% break %}
----
{% for x in l %}{% endfor %}{% continue %}
----
{% macro m( %}{% endmacro %}
----
{% macro m(a=1, b) %}{% endmacro %}
----
{% include 'x' %}
----
{{ s is string is defined }}
----
{{ foo(a=1, 2) }}
----
{{ {1 2} }}
----
{{ s | }}
----
{{ s is }}
----
{% else %}
----
{% if t %}{% endfor %}{% endif %}
----
{{ a = 1 }}
----
{{ $ }}
----
{{ "\x4" }}
----
}} %} #} { % {{ 1 }} { {
----
{{ 1 }}}
----
{{1}}{{2}}{%if t%}3{%endif%}{#4#}
----
{{-1}}|{{ -1 }}|{{- -1 -}}|{{+1}}
----
x
{{ 1 }}
{%- set a = 1 %}

{%- set b = 2 %}
y
----
{% set a = 1 %}{# c #}
{% set b = 2 %}  {# d #}  
  {# e #}
z
----
	{% if t %}	tab
	{% endif %}
.
""".strip("\n").split("\n----\n")

TEMPLATES += ["ends\n", "ends\n\n", "\n", "", "a\r\nb\rc{% if t %}\r\nd{% endif %}\r\n", "{{ s }}\n", "{% if t %}x{% endif %}\n\n"]

cases = [{"template": template, "output": render(template, V)} for template in TEMPLATES]

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "statements.json"), "w", encoding="utf-8") as out:
    json.dump({"variables": V, "cases": cases}, out, ensure_ascii=True, indent=1)
    out.write("\n")
