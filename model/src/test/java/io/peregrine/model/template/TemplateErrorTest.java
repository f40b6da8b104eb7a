package io.peregrine.model.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.TemplateException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a template's author reads when it is wrong: the place, and what is wrong there.
class TemplateErrorTest {

    private static String message(String template) {
        Map<String, Object> variables = Map.of("s", "text", "l", List.of(1), "d", Map.of("k", 1));
        return String.valueOf(assertThrows(TemplateException.class, () -> Jinja.render(template, variables)).getMessage());
    }

    @DisplayName("41 template-syntax-error")
    @ParameterizedTest
    @CsvSource(
            delimiter = '→',
            quoteCharacter = '`',
            value = {
                "`a\n{% if s %}b`        → test: line 2, column 4: the block 'if' is not closed; expected '{% endif %}'",
                "{% for x in l %}{% if x %}{% endfor %} → test: line 1, column 30: 'endfor' without a block that it belongs to",
                "`a\n  {{ s`             → test: line 2, column 3: the tag is not closed; expected '}}'",
                "{% if s                 → test: line 1, column 1: the tag is not closed; expected '%}'",
                "ab {# c                 → test: line 1, column 4: the comment is not closed; expected '#}'",
                "{% raw %} {{ s }}       → test: line 1, column 1: the raw block is not closed; expected '{% endraw %}'",
                "{{ 'abc }}              → test: line 1, column 4: the string is not closed; expected '",
                "{{ s s }}               → test: line 1, column 6: found 's', expected '}}'",
                "{{ }}                   → test: line 1, column 4: found '}}', expected an expression",
                "{{ 1 + }}               → test: line 1, column 8: found '}}', expected an expression",
                "{{ (1 }}                → test: line 1, column 7: unexpected '}'; expected ')'",
                "{{ 1) }}                → test: line 1, column 5: unexpected ')'; no bracket is open",
                "{{ a ! b }}             → test: line 1, column 6: unexpected character '!'",
                "{% unknown %}           → test: line 1, column 4: there is no block 'unknown'",
                "{% else %}              → test: line 1, column 4: 'else' without a block that it belongs to",
                "{% include 'x' %}       → test: line 1, column 4: 'include' is not supported: a chat template is one file that loads nothing",
                "{% set none = 1 %}      → test: line 1, column 8: 'none' cannot be assigned to",
                "{% set 1 = 2 %}         → test: line 1, column 8: found '1', expected the name of a variable",
                "{% break %}             → test: line 1, column 4: 'break' outside of a loop",
                "{% for x in l recursive %}{% endfor %} → test: line 1, column 15: recursive loops are not supported; use a macro that calls itself",
                "{% macro m(a, a) %}{% endmacro %} → test: line 1, column 15: the parameter 'a' appears twice",
                "{% macro m(a=1, b) %}{% endmacro %} → test: line 1, column 17: a parameter without a default comes after one with a default",
                "{% call s %}{% endcall %} → test: line 1, column 9: a 'call' block needs the call of a macro",
                "{{ s|nope }}            → test: line 1, column 6: there is no filter 'nope'",
                "{{ s is nope }}         → test: line 1, column 9: there is no test 'nope'",
                "{{ s is string is defined }} → test: line 1, column 16: tests cannot be chained; combine them with 'and'",
                "{{ f(a=1, 2) }}         → test: line 1, column 11: an argument without a name comes after one with a name",
                "{{ '\\x4' }}            → test: line 1, column 4: the escape \\x needs 2 hexadecimal digits",
                "{{ '\\N{DASH}' }}       → test: line 1, column 4: the escape \\N{...} is not supported; use \\uXXXX",
                "{{ 9223372036854775808 }} → test: line 1, column 4: the integer 9223372036854775808 does not fit into 64 bits",
                "{{ s.}}                 → test: line 1, column 6: found '}}', expected an attribute's name"
            })
    void syntaxError_saysWhereAndWhat(String template, String expected) {
        assertEquals(expected, message(template));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '→',
            quoteCharacter = '`',
            value = {
                "`line\n {{ nothing.x }}`  → test: line 2, column 12: 'nothing' is undefined",
                "{{ d.x.y }}             → test: line 1, column 7: mapping has no attribute or item 'x'",
                "{{ nothing + 1 }}       → test: line 1, column 12: 'nothing' is undefined",
                "{{ nothing() }}         → test: line 1, column 11: 'nothing' is undefined",
                "{{ s + 1 }}             → test: line 1, column 6: '+' does not work between a string and an integer",
                "{{ 1 + 2 + none }}      → test: line 1, column 10: '+' does not work between an integer and none",
                "{{ 5 % 0 }}             → test: line 1, column 6: division by zero",
                "{{ 9223372036854775807 + 1 }} → test: line 1, column 24: the result does not fit into a 64-bit integer",
                "{{ s < 1 }}             → test: line 1, column 4: a string and an integer have no order",
                "{{ 1 in 2 }}            → test: line 1, column 4: 'in' needs a string, a list or a mapping on its right, found an integer",
                "{{ s() }}               → test: line 1, column 5: a string cannot be called",
                "{{ l.pop(5) }}          → test: line 1, column 9: pop wants item 5 of a list of 1",
                "{{ s.split('') }}       → test: line 1, column 11: split needs a separator that is not empty",
                "{{ s.startswith(1) }}   → test: line 1, column 16: the argument 'prefix' of startswith is an integer, expected a string",
                "{{ s.strip(1, 2) }}     → test: line 1, column 11: strip takes at most 1 arguments, found 2",
                "{{ s.replace('a') }}    → test: line 1, column 13: replace needs the argument 'new'",
                "{{ s|replace(x=1) }}    → test: line 1, column 6: replace needs the argument 'old'",
                "{{ s|trim(chars='a', x=1) }} → test: line 1, column 6: trim has no argument 'x'",
                "{% for x in 5 %}{% endfor %} → test: line 1, column 4: an integer is nothing that can be walked through",
                "{% for a, b in [[1]] %}{% endfor %} → test: line 1, column 4: found 1 values for 2 variables",
                "{% set d.x = 1 %}       → test: line 1, column 4: 'd' is not a namespace, so 'd.x' cannot be set",
                "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }} → test: line 1, column 35: the macro 'm' takes at most 1 arguments, found 2",
                "{% macro m(a) %}{% endmacro %}{{ m(b=2) }} → test: line 1, column 35: the macro 'm' has no parameter 'b'",
                "{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }} → test: line 1, column 21: parameter 'a' was not provided",
                "{{ raise_exception('Only ' ~ l) }} → test: line 1, column 19: the template reports: Only [1]",
                "{{ strftime_now('%Q') }} → `test: line 1, column 16: strftime_now does not know '%Q'; known are %a %A %b %B %d %e %H %I %j %m %M %p %S %f %y %Y %F %T %%`",
                "{{ none|tojson(separators=1) }} → test: line 1, column 9: the separators of tojson are two strings",
                "{{ range(2)|tojson }}   → test: line 1, column 13: tojson cannot write a range",
                "{{ [1, 'a']|sort }}     → test: line 1, column 13: a string and an integer have no order",
                "{{ '%q' % 1 }}          → test: line 1, column 9: '%q' is not a known conversion; known are s r d i f x %",
                "{{ '{:>4}'.format(1) }} → test: line 1, column 18: format knows the fields {}, {0} and {name} of its arguments, found '{:>4}'"
            })
    void failure_saysWhereAndWhat(String template, String expected) {
        assertEquals(expected, message(template));
    }

    @DisplayName("43 template-escape")
    @ParameterizedTest
    @CsvSource(
            delimiter = '→',
            quoteCharacter = '`',
            value = {
                "{{ ''.__class__ }}      → test: line 1, column 6: a string has no attribute '__class__': the values of a template are plain data, without classes behind them",
                "{{ ''['__class__'] }}   → test: line 1, column 6: a string has no attribute '__class__': the values of a template are plain data, without classes behind them",
                "{{ l.__class__.__mro__[1].__subclasses__() }} → test: line 1, column 5: a list has no attribute '__class__': the values of a template are plain data, without classes behind them",
                "{{ d['__class__'].__mro__ }} → test: line 1, column 18: mapping has no attribute or item '__class__'",
                "{{ l|map(attribute='__class__')|list }} → test: line 1, column 6: an integer has no attribute '__class__': the values of a template are plain data, without classes behind them",
                "{{ range.__globals__ }} → test: line 1, column 9: a function has no attribute '__globals__': the values of a template are plain data, without classes behind them",
                "{{ self.__init__ }}     → test: line 1, column 8: 'self' is undefined",
                "{{ cycler.x }}          → test: line 1, column 10: 'cycler' is undefined",
                "{{ lipsum.x }}          → test: line 1, column 10: 'lipsum' is undefined",
                "{{ request.application }} → test: line 1, column 11: 'request' is undefined",
                "{{ s.format.x.y }}      → test: line 1, column 14: function has no attribute or item 'x'",
                "{{ '{0.__class__}'.format(s) }} → test: line 1, column 26: format knows the fields {}, {0} and {name} of its arguments, found '{0.__class__}'",
                "{{ s|attr('__class__') }} → test: line 1, column 6: there is no filter 'attr'",
                "{{ s.getClass() }}      → test: line 1, column 14: string has no attribute or item 'getClass'",
                "{% import 'os' as os %} → test: line 1, column 4: 'import' is not supported: a chat template is one file that loads nothing",
                "{% from 'x' import y %} → test: line 1, column 4: 'from' is not supported: a chat template is one file that loads nothing"
            })
    void template_hasNoWayOutOfItsValues(String template, String expected) {
        assertEquals(expected, message(template));
    }

    @Test
    void exception_tellsLineAndColumn() {
        TemplateException e = assertThrows(TemplateException.class, () -> Jinja.render("\n\n  {{ 1 / 0 }}"));
        assertEquals(List.of(3, 8), List.of(e.line(), e.column()));
    }
}
