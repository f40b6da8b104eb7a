package io.peregrine.model.template;

import io.peregrine.core.TemplateException;
import java.util.List;

/// Templates that want all the time, memory or stack there is, and the limit that each meets.
final class HostileTemplates {

    /// @param limit `steps`, `bytes` or `depth`
    record Hostile(String limit, String template) {}

    static final List<Hostile> ALL = List.of(
            new Hostile("steps", "{% for i in range(10**9) %}{% endfor %}"),
            new Hostile("steps", "{% for i in range(10**9) %}{% for j in range(10**9) %}{% for k in range(10**9) %}{% endfor %}{% endfor %}{% endfor %}"),
            new Hostile("steps", "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}{% set x = i * j %}{% endfor %}{% endfor %}{% endfor %}"),
            new Hostile("bytes", "{{ range(10**9)|list }}"),
            new Hostile("steps", "{{ range(10**9)|sum }}"),
            new Hostile("bytes", "{{ range(10**9)|map('string')|join }}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = n.s ~ n.s %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='日本') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = n.s.replace('b', n.s) %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = [n.s, n.s]|join(n.s) %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = (n.s ~ n.s)|upper %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s %}{{ n.s }}{{ n.s }}{% endset %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = n.l + n.l %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(l=[1]) %}{% for i in range(10**9) %}{% set n.l = [n.l, n.l] %}{% endfor %}"),
            new Hostile("bytes", "{% set l = [] %}{% for i in range(10**9) %}{% set _ = l.append(i) %}{% endfor %}"),
            new Hostile("bytes", "{% set l = [1] %}{% for i in l %}{% set _ = l.append(i) %}{% endfor %}"),
            new Hostile("bytes", "{% set d = {} %}{% for i in range(10**9) %}{% set _ = d.update({i: i}) %}{% endfor %}"),
            new Hostile("bytes", "{% set s = 'x' * 10**9 %}"),
            new Hostile("bytes", "{% set l = [0] * 10**9 %}"),
            new Hostile("bytes", "{{ 'x'|indent(10**9, true) }}"),
            new Hostile("bytes", "{{ '%1000000000d' % 1 }}"),
            new Hostile("bytes", "{{ '%-1000000000s' % 1 }}"),
            new Hostile("bytes", "{{ [[]]|tojson(indent=10**9) }}"),
            new Hostile("bytes", "{% for i in range(10**9) %}abcdefghij{% endfor %}"),
            new Hostile("depth", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
            new Hostile("bytes", "{% macro m(x) %}{{ m(x ~ x) }}{% endmacro %}{{ m('ab') }}"),
            new Hostile("steps", "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(30) }}"),
            new Hostile("depth", "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{% filter upper %}{{ a() }}{% endfilter %}{% endmacro %}{{ a() }}"),
            new Hostile("depth", "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}"),
            new Hostile("depth", "{% set n = namespace(l=[]) %}{% for i in range(1000) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}"),
            new Hostile("depth", "{% set n = namespace(l=[]) %}{% for i in range(1000) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l|tojson }}"),
            new Hostile("depth", "{% set n = namespace(l=[], m=[]) %}{% for i in range(1000) %}{% set n.l = [n.l] %}{% set n.m = [n.m] %}{% endfor %}{{ n.l == n.m }}"),
            new Hostile("depth", "{% set n = namespace(l=[], m=[]) %}{% for i in range(1000) %}{% set n.l = [n.l] %}{% set n.m = [n.m] %}{% endfor %}{{ [n.l, n.m]|sort }}"),
            new Hostile("depth", "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}"),
            new Hostile("depth", "{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}"),
            new Hostile("steps", "{% set s = 'a' * 10**6 %}{% for i in range(10**6) %}{% if 'ab' in s %}{% endif %}{% endfor %}"),
            new Hostile("steps", "{% set s = 'a' * 10**6 %}{% set t = 'a' * 10**5 ~ 'b' %}{% for i in range(10**6) %}{% if t in s %}{% endif %}{% endfor %}"),
            new Hostile("bytes", "{% set s = 'a' * 10**6 %}{% for i in range(10**6) %}{% if s == s ~ '' ~ i %}{% endif %}{% endfor %}"),
            new Hostile("steps", "{% set s = ' ' * 10**6 %}{% for i in range(10**6) %}{% set t = s.strip() %}{% endfor %}"),
            new Hostile("steps", "{% set s = 'é' * 10**6 %}{% for i in range(10**6) %}{% set t = s.strip(s) %}{% endfor %}"),
            new Hostile("bytes", "{{ ('a' * 10**6)|replace('a', 'b' * 10**6) }}"),
            new Hostile("bytes", "{{ ('a' * 10**6).replace('', 'b' * 10**6) }}"),
            new Hostile("bytes", "{{ ('x\\n' * 10**6)|indent(10**6) }}"),
            new Hostile("bytes", "{{ '{0}{0}{0}{0}'.format('{0}' * 10**6)|replace('{0}', 'x' * 10**6) }}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = '%s%s' % (n.s, n.s) %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='ab') %}{% for i in range(100) %}{% set n.s = '{}{}'.format(n.s, n.s) %}{% endfor %}"),
            new Hostile("bytes", "{% set n = namespace(s='\\n') %}{% for i in range(100) %}{% set n.s = (n.s ~ n.s)|tojson %}{% endfor %}"),
            new Hostile("steps", "{% set n = namespace(l=['ab']) %}{% for i in range(40) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l|tojson }}"),
            new Hostile("steps", "{% set n = namespace(l=['ab']) %}{% for i in range(40) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}"),
            new Hostile("bytes", "{% set n = namespace(l={'a': 1}) %}{% for i in range(40) %}{% set n.l = {'a': n.l, 'b': n.l} %}{% endfor %}{{ n.l|tojson(indent=4) }}"),
            new Hostile("steps", "{% set n = namespace(l=[1], m=[1]) %}{% for i in range(40) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}"),
            new Hostile("steps", "{% set n = namespace(l=[1], m=[1]) %}{% for i in range(40) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ [n.l, n.m]|sort|length }}"));

    private HostileTemplates() {}

    /// Renders those that want memory or stack; meant for a small heap. Says how many met a limit.
    public static void main(String[] arguments) {
        int limited = 0;
        for (Hostile hostile : greedy()) {
            try {
                Jinja.render(hostile.template());
            } catch (TemplateException e) {
                limited++;
            }
        }
        System.out.print(limited);
    }

    static List<Hostile> greedy() {
        return ALL.stream().filter(hostile -> !hostile.limit().equals("steps")).toList();
    }
}
