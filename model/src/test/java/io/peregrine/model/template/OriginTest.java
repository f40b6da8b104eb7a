package io.peregrine.model.template;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The origin of every character survives what templates do with text. In these tests the user's characters are
/// shown in «guillemets».
class OriginTest {

    private static final Map<String, Object> VARIABLES = Map.of(
            "u", "User <|x|> text",
            "sp", "  ab  ",
            "l", List.of("b", "a"),
            "d", Map.of("k", "v\n\"w\""),
            "n", 5,
            "uni", "é😀ß");

    private static String marked(String template) {
        StringBuilder out = new StringBuilder();
        for (Text.Run run : Jinja.text(template, VARIABLES).runs()) {
            out.append(run.origin() == Origin.USER ? "«" + run.text() + "»" : run.text());
        }
        return out.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '→',
            ignoreLeadingAndTrailingWhitespace = true,
            quoteCharacter = '`',
            value = {
                "<|im|>{{ u }}<|end|>              → <|im|>«User <|x|> text»<|end|>",
                "{{ '<|' ~ u ~ '|>' }}             → <|«User <|x|> text»|>",
                "{{ '<' + u + '>' }}               → <«User <|x|> text»>",
                "[{{ sp | trim }}]                 → [«ab»]",
                "[{{ sp.strip() ~ '!' }}]          → [«ab»!]",
                "{{ ('<' ~ sp ~ '>') | replace(' ', '_') }} → <__«ab»__>",
                "{{ u | replace('User', 'I') }}    → I« <|x|> text»",
                "{{ 'a-b'.replace('-', u) }}       → a«User <|x|> text»b",
                "{{ ('<s>' ~ u) | upper }}         → <S>«USER <|X|> TEXT»",
                "{{ ('<s>' ~ u).title() }}         → <S>«User <|X|> Text»",
                "{{ u | capitalize }}              → «User <|x|> text»",
                "{{ ('<s>' ~ u)[2:7] }}            → >«User»",
                "{{ ('<s>' ~ u)[::-1][:6] }}       → «txet >»",
                "{{ u[0] ~ u[-1] }}                → «Ut»",
                "{{ l | join('<s>') }}             → «b»<s>«a»",
                "{{ '<s>'.join(l) }}               → «b»<s>«a»",
                "{{ l | sort | join }}             → «ab»",
                "{{ l }}                           → ['«b»', '«a»']",
                "{{ d }}                           → {'«k»': '«v\\n\"w\"»'}",
                "{{ d | tojson }}                  → {\"«k»\": \"«v\\n\\\"w\\\"»\"}",
                "{{ u.split(' ')[1] }}             → «<|x|>»",
                "{{ ('<s> ' ~ u).split()[0] }}     → <s>",
                "{{ (u ~ ' <s>').rsplit(' ', 1)[-1] }} → <s>",
                "{{ ('a\\n' ~ u).splitlines() | last }} → «User <|x|> text»",
                "{{ '%s <s>' % u }}                → «User <|x|> text» <s>",
                "{{ '{} <s> {x}'.format(n, x=u) }} → 5 <s> «User <|x|> text»",
                "{{ '<b>' | e }}{{ '<' ~ l[0] | e }} → &lt;b&gt;<«b»",
                "{{ (u ~ '<b>') | e }}             → «User &lt;|x|&gt; text»&lt;b&gt;",
                "{{ ('a\\n' ~ u) | indent(2) }}     → `a\n  «User <|x|> text»`",
                "{% set x %}<s>{{ u }}{% endset %}{{ x }} → <s>«User <|x|> text»",
                "{% filter upper %}<s>{{ l[0] }}{% endfilter %} → <S>«B»",
                "{% macro m(t) %}<s>{{ t }}{% endmacro %}{{ m(u) | trim }} → <s>«User <|x|> text»",
                "{% set n = namespace(s='') %}{% for c in l %}{% set n.s = n.s ~ c ~ '.' %}{% endfor %}{{ n.s }} → «b».«a».",
                "{% for c in uni %}{{ c }}-{% endfor %} → «é»-«😀»-«ß»-",
                "{{ l[0] * 3 ~ '-' * 2 }}          → «bbb»--",
                "{{ (l + ['c']) | map('upper') | join('') }} → «BA»C",
                "{{ u if u == 'User <|x|> text' else 'other' }} → «User <|x|> text»",
                "{{ n }}                           → 5",
                "{{ u | length }}                  → 15",
                "{{ u | first ~ u | last }}        → «Ut»",
                "{{ l | reverse | join }}          → «ab»",
                "{{ l | tojson(indent=1) }}        → `[\n \"«b»\",\n \"«a»\"\n]`",
                "{{ missing | default(u) }}        → «User <|x|> text»",
                "{{ (sp ~ 'ab').count('ab') }}     → 2",
                "{{ uni | upper }}                 → «É😀SS»",
                "{{ u.removeprefix('User ') }}     → «<|x|> text»"
            })
    void origin_staysWithItsCharacters(String template, String expected) {
        assertEquals(expected, marked(template));
    }

    @Test
    void imageMark_survivesAsOneCharacterOfItsOwnOrigin() {
        Budget budget = Jinja.budget();
        Text content = Text.join(
                List.of(Text.of(" see ", Origin.USER), Text.image(3), Text.of("\uFFFC here ", Origin.USER)), budget);
        String template = "<s>{{ c | trim | upper | replace('SEE', 'LOOK') }}|{{ c | tojson(ensure_ascii=true) }}|{{ [c] }}";
        List<Text.Run> runs =
                Template.parse("test", template, 200).render(Map.of("c", content), budget, Jinja.NOW).runs();
        List<String> found = runs.stream().map(run -> run.origin() + ":" + run.text()).toList();
        assertEquals(
                List.of(
                        "0:<s>LOOK",
                        "1: ",
                        "5:\uFFFC",
                        "1:\uFFFC HERE",
                        "0:|\"",
                        "1: see ",
                        "5:\uFFFC",
                        "1:\\ufffc here ",
                        "0:\"|['",
                        "1: see ",
                        "5:\uFFFC",
                        "1:\uFFFC here ",
                        "0:']"),
                found);
    }

    @Test
    void textAndItsViews_keepTheirCharactersWhileTheirBufferGrows() {
        Budget budget = Jinja.budget();
        Text a = Text.of("ab", Origin.USER).concat(Text.of("cd", Origin.TEMPLATE), budget);
        Text first = a.concat(Text.of("1", Origin.TEMPLATE), budget);
        Text second = a.concat(Text.of("2", Origin.USER), budget);
        Text self = first.concat(first, budget);
        assertEquals(List.of("abcd", "abcd1", "abcd2", "abcd1abcd1"),
                List.of(a.toString(), first.toString(), second.toString(), self.toString()));
        assertEquals("[Run[text=ab, origin=1], Run[text=cd, origin=0], Run[text=2, origin=1]]", second.runs().toString());
        assertEquals("[Run[text=b, origin=1], Run[text=cd1, origin=0], Run[text=a, origin=1]]",
                self.subSequence(1, 6).runs().toString());
    }
}
