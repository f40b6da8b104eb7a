"""Writes expressions.json: small templates and what Jinja renders. Run it with Jinja2 3.1 to write it anew."""

import json
import os

from jinja_environment import render

V = {
    "s": "Hello, World",
    "e": "",
    "sp": "  two words \n",
    "u": "héllo ß ǆ Ωmega 日本 😀!",
    "n": 7,
    "neg": -3,
    "f": 2.5,
    "t": True,
    "no": None,
    "l": [3, 1, 2],
    "w": ["pear", "Apple", "fig"],
    "d": {"b": 1, "a": [1, "x"], "c": None, "items": "own"},
    "ms": [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U1"},
        {"role": "assistant", "content": "A1", "tool_calls": []},
        {"role": "user", "content": "U2"},
    ],
    "q": "it's \"quoted\" \\ \t tab",
    "lines": "one\ntwo\n\nthree",
    "nested": {"x": {"y": [{"z": 5}]}},
}

EXPRESSIONS = r"""
1 + 2 * 3 ** 2 - 4 // 3
7 / 2
-7 // 2
-7 % 3
7.5 % -2
7 // 2.0
2 ** -1
2 ** 0.5
-2 ** 2
2 ** 3 ** 2
1_000 + 0x1f + 0b101 + 0o17
1.5e3
1e16
1e15
123456789012345680.0
0.0001
0.00001
1.0
100000.0 * 10
1/3
5 % 0
5 // 0
5 / 0
'a' + 'b' ~ 1 ~ none ~ true ~ 1.0
'a' + 1
[1] + [2, 3]
(1, 2) + (3,)
[1] + (2,)
'ab' * 3
3 * 'ab'
[0] * 3
'ab' * -1
1 < 2 < 3
1 < 2 > 3
3 == 3.0
1 == true
'a' < 'b'
'a' < 'B'
'a' < 1
[1, 2] < [1, 3]
[1, 2] == [1, 2]
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
none == none
none < 1
x == y
x == none
x is defined
x is not defined
x.y is defined
d.zz is defined
d.zz.yy
x
x.y
x + 1
x ~ 'z'
not x
x or 'other'
0 or '' or [] or 'last'
1 and 'two' and 3
1 and 0 and 3
not 1 == 2
not not 3
'a' in 'abc'
'z' not in 'abc'
1 in [1, 2]
'b' in d
'zz' in d
1 in d
none in [none]
1 in 'abc'
'a' in none
'a' in x
[1] in d
d.get([1])
x in d
7 in range(0, 20, 7)
8 in range(0, 20, 7)
1 if true else 2
1 if false else 2
1 if false
'x' if false ~ 'y'
(1 if false) is defined
1 if true else 2 if false else 3
[1, 2, 3][0]
[1, 2, 3][-1]
[1, 2, 3][5]
[1, 2, 3][5] is defined
[1, 2, 3][1:]
[1, 2, 3][:-1]
[1, 2, 3][::-1]
[1, 2, 3, 4, 5][::2]
[1, 2, 3, 4, 5][4:1:-2]
[1, 2, 3][10:]
[1, 2, 3][-10:2]
(1, 2, 3)[1:]
range(10)[2:8:3]
range(10)[::-1]|list
s[0]
s[-1]
s[99]
s[7:]
s[:5]
s[::-1]
s[::2]
s[10:2:-3]
s[1:-1]
u[::-1]
u[-2:]
u[6:9]
u|length
u[16]
d['b']
d.b
d['items']
d.items()|list
d.keys()|list
d.values()|list
d.get('b')
d.get('zz')
d.get('zz', 'dflt')
d['a'][1]
d.a.1
nested.x.y[0].z
nested['x']['y'][0]['z']
nested.x.q.r
(1, 2)
(1,)
()
[]
{}
[1, [2, 'x', none, true, 1.5], {'k': 'v'}]
{'a': 1, "b": [1, 2], 3: none, true: 'x'}
{1: 'a', true: 'b', 1.0: 'c'}
q
[q]
['\'', '"', '\'"']
['a\nb\t\\', '\x07', 'é', '\u200b', '😀']
'tab\there' 'joined'
"esc \u00e9 \x41 \101 \q \
z"
none
None
True
false
[none, True, false]
s.upper()
s.lower()
s.title()
"they're bill's friends".title()
"they're bill's-friends (ok)"|title
'hELLO wORLD'.capitalize()
u.upper()
u.lower()
u.capitalize()
sp.strip()
sp.lstrip()
sp.rstrip()
'xxaxyx'.strip('x')
'xxaxyx'.strip('xy')
'xxaxyx'.lstrip('x')
'xxaxyx'.rstrip('yx')
sp.strip(none)
'a,b,,c'.split(',')
'a,b,,c'.split(',', 1)
'a,b,,c'.split(',', 0)
'a,b,,c'.rsplit(',', 1)
'a--b--c'.rsplit('--')
' a  b c '.split()
' a  b c '.split(none, 1)
' a  b c '.rsplit(none, 1)
' a  b c '.split(maxsplit=1)
'abc'.split('')
''.split(',')
''.split()
lines.splitlines()
'a\r\nb\x0bc\n'.splitlines()
'a\r\nb\n'.splitlines(true)
s.startswith('Hell')
s.startswith('ell')
s.startswith(('x', 'He'))
s.endswith('ld')
s.endswith('')
s.replace('o', '0')
s.replace('o', '0', 1)
s.replace('zz', '')
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'aaa'.replace('aa', 'b')
s.find('o')
s.find('zz')
u.find('日')
s.index('W')
s.index('zz')
s.count('o')
'aaaa'.count('aa')
'abc'.count('')
', '.join(['a', 'b'])
', '.join(w)
', '.join([1, 2])
'-'.join('abc')
'{} and {}'.format(1, 'x')
'{1} {0} {k}'.format('a', 'b', k=none)
'{{}} {}'.format('a')
'{} {}'.format('a')
'prefix-x'.removeprefix('prefix-')
'prefix-x'.removeprefix('zz')
'x.txt'.removesuffix('.txt')
s.nope
s.nope()
'%s is %d years and %.2f' % ('Al', 5.7, 1.005)
'%5d|%-5d|%05d|%+d' % (42, 42, 42, 42)
'%s' % 'one'
'%s' % [1, 'a']
'%r %s' % ('a', none)
'%x %%' % 255
'%(a)s-%(b)05.1f' % {'a': 'x', 'b': 2.25}
'%s %s' % 'one'
'%s' % ('a', 'b')
'%d' % 'x'
'%5s|%-5s|%.2s' % ('ab', 'ab', 'abcd')
'%f' % 1e10
s|upper
s|lower
s|title
'foo-bar (baz) [qux] {a} <b> c_d'|title
s|capitalize
n|upper
none|upper
sp|trim
'xxaxx'|trim('x')
s|length
l|length
d|length
n|length
none|length
x|length
range(5)|length
s|replace('World', 'there')
s|replace('o', '0', 1)
n|replace(7, 8)
l|first
l|last
[]|first
[]|last is defined
s|first
s|last
range(3)|last
l|reverse|list
s|reverse
l|sort
w|sort
w|sort(case_sensitive=true)
w|sort(reverse=true)
w|sort(true)
ms|sort(attribute='content')|map(attribute='content')|list
ms|sort(attribute='role,content', reverse=true)|map(attribute='content')|list
[1, 'a']|sort
[[2, 1], [1, 2]]|sort
['a', 'A', 'b']|unique|list
['a', 'A', 'b']|unique(true)|list
ms|unique(attribute='role')|map(attribute='content')|join
l|join(', ')
w|join
ms|join('+', attribute='role')
ms|map(attribute='content')|join(' ')
ms|map(attribute='tool_calls', default='none')|list
w|map('upper')|list
w|map('replace', 'a', 'A')|list
['1', '2']|map('int')|sum
l|map('string')|join
ms|selectattr('role', 'equalto', 'user')|list|length
ms|selectattr('role', '==', 'user')|map(attribute='content')|list
ms|selectattr('tool_calls', 'defined')|list|length
ms|rejectattr('role', 'in', ['system', 'assistant'])|map(attribute='content')|list
ms|selectattr('content')|list|length
l|select('odd')|list
l|reject('odd')|list
l|select('gt', 1)|list
[0, 1, '', 'a', none]|select|list
[0, 1, '', 'a', none]|reject|list
'yes' if [] | select else 'no'
'yes' if (ms|selectattr('role', 'eq', 'nobody')) else 'no'
none|selectattr('a')|list
none|map('upper')|list
0|reject|list
5|select|list
d|items|list
x|items|list
d|dictsort
{'b': 1, 'A': 2, 'c': 0}|dictsort
{'b': 1, 'A': 2, 'c': 0}|dictsort(true)
{'b': 1, 'A': 2, 'c': 0}|dictsort(false, 'value')
{'b': 1, 'A': 2, 'c': 0}|dictsort(reverse=true)
d|list
s|list
range(3)|list
range(2, 5)|list
range(5, 2, -1)|list
range(0)|list
range(1, 2, 0)
n|string + '!'
none|string
x|string
'42'|int
'42.7'|int
'x'|int
'x'|int(9)
' 42 '|int
'0x1F'|int(0, 16)
'1_0'|int
2.9|int
-2.9|int
true|int
none|int
none|int(5)
x|int
'2.5'|float
'x'|float
'x'|float(1.5)
n|float
'1e3'|float
'inf'|float
-3|abs
2.5|abs
neg|abs
2.5|round
3.5|round
2.345|round(2)
2.675|round(2)
1234|round(-2)
42.55|round(1, 'floor')
42.55|round(1, 'ceil')
42|round(1)
'a'|round
'<b> & "q" \''|e
'<b>'|escape
'<b>'|safe
lines|indent
lines|indent(2, true)
lines|indent(2, first=true, blank=true)
lines|indent('> ')
'x\n'|indent
'a b  c-d e_f'|wordcount
[3, 1, 2]|min
[3, 1, 2]|max
w|min
w|max
[]|max
ms|max(attribute='content')
[1, 2.5]|sum
ms|map(attribute='content')|map('length')|sum
[1, 2]|sum(start=10)
'%s-%s'|format('a', 1)
'%(x)s'|format(x=3)
x|default('dd')
none|default('dd')
''|default('dd', true)
''|d('dd', boolean=true)
x|default
d|tojson
d|tojson(indent=2)
l|tojson(indent=4)
{'b': [1, {'z': {}}], 'a': []}|tojson(indent=2)
{'b': 1, 'a': 2}|tojson(sort_keys=true)
{'b': 1, 'a': 2}|tojson(separators=(',', ':'))
[1, 2]|tojson(indent=1, separators=(',', ': '))
[1.0, 0.1, 1e20, true, none, 'é<>&\'"\n\t\x01/😀']|tojson
'é😀'|tojson(ensure_ascii=true)
{1: 'a', true: 'b', none: 'c', 2.5: 'd'}|tojson
(1, 2)|tojson
x|tojson
range(2)|tojson
[1, 2]|tojson(indent='--')
[]|tojson(indent=2)
1 is odd
2 is even
9 is divisibleby 3
9 is divisibleby(4)
n is number
n is integer
f is float
f is integer
t is number
t is integer
t is boolean
s is string
n is string
l is sequence
d is sequence
s is sequence
n is sequence
d is mapping
l is mapping
l is iterable
n is iterable
s is iterable
x is iterable
x is sequence
range is callable
s is callable
none is none
x is none
t is true
1 is true
false is false
no is none
n is eq 7
n is equalto(7)
n is ne 7
n is lt 8
n is gt 8
n is ge 7
n is le 6
n is lessthan 8
n is greaterthan 8
n is == 7
1 is in [1, 2]
'a' is in 'abc'
none is sameas none
true is sameas true
1 is sameas 1
'AB' is upper
'ab' is lower
'aB' is lower
'12' is upper
'trim' is filter
'nope' is filter
'odd' is test
s is not string
n is not number and true
n + 1 is string
s is defined and s is string
'a' is string == true
n is string or l is iterable
[1, 2, 3]|length == 3
[1, 2, 3]|length + 1
-3|abs
(-3)|abs
- n
+ n
-[1]
d['__class__']
d['__class__'] is defined
dict(a=1, b='x')
dict({'a': 1}, b=2)
dict([('a', 1), ('b', 2)])
namespace(a=1).a
namespace(a=1).b
range(3)
none.foo
none['foo']
none[0]
5[0]
l['x']
l.foo
d[[1]]
{[1]: 2}
ms[0]['role'] == 'system'
ms[-1].content
ms[1:]|map(attribute='role')|list
ms[::-1][0].content
(ms|first).role
(ms|last)['content']
l.index(2)
l.count(3)
n()
'a'()
x()
s|nope
s is nope
1 if true else s|nope
s|upper|lower|title
'abc'|upper()
s | replace ( 'l' , 'L' )
9223372036854775807 + 0
'a' 'b' "c"
"a" ~ ("b" ~ ("c"))
[*l]
dict(**{'a': 1})
range(*[1, 4])|list
1,2
[1,2,]
{'a':1,}
s.split(', ')[0] ~ '|' ~ s.split(', ')[-1]
l[n]
'a' if n > 5 and not (f < 2 or t is false) else 'b'
true and not false
n != 7 or l == [3, 1, 2]
strftime_now('%d %b %Y')
strftime_now('%Y-%m-%d')
strftime_now('%B %d, %Y %H:%M:%S %I %p %j %y %a %A %% %F %T')
strftime_now('%-d %-m %e')
raise_exception('no!')
loop
caller
""".strip("\n").split("\n")

# Joins the one expression that spans two lines.
for i, line in enumerate(EXPRESSIONS):
    if line.endswith("\\"):
        EXPRESSIONS[i] = line + "\n" + EXPRESSIONS.pop(i + 1)

cases = []
for expression in EXPRESSIONS:
    source = "{{ " + expression + " }}"
    cases.append({"template": source, "output": render(source, V)})

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "expressions.json"), "w", encoding="utf-8") as out:
    json.dump({"variables": V, "cases": cases}, out, ensure_ascii=True, indent=1)
    out.write("\n")
