package io.peregrine.model.template;

/// `str.format` with the fields `{}`, `{0}` and `{name}`, and `{{` and `}}` for braces. Format
/// specifications, conversions and attribute access are errors.
final class BraceFormat {

    private BraceFormat() {}

    static Text apply(Text format, Arguments arguments, Budget budget) {
        budget.work(format.length());
        TextBuffer out = new TextBuffer(budget);
        int next = 0;
        int plain = 0;
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at);
            if (c != '{' && c != '}') {
                at++;
                continue;
            }
            out.append(format.subSequence(plain, at));
            if (at + 1 < format.length() && format.charAt(at + 1) == c) {
                plain = at + 1;
                at += 2;
                continue;
            }
            int end = at + 1;
            while (end < format.length() && format.charAt(end) != '}') {
                end++;
            }
            if (c == '}' || end == format.length()) {
                throw new Failure("format has a single '" + c + "'; a brace as text is written twice");
            }
            String field = format.subSequence(at + 1, end).toString();
            out.append(Display.text(field(field, field.isEmpty() ? next++ : -1, arguments), budget));
            at = end + 1;
            plain = at;
        }
        return out.append(format.subSequence(plain, at)).toText();
    }

    private static Value field(String field, int next, Arguments arguments) {
        boolean digits = !field.isEmpty() && field.length() < 6 && field.chars().allMatch(c -> c >= '0' && c <= '9');
        int index = digits ? Integer.parseInt(field) : next;
        if (index >= 0) {
            if (index >= arguments.positional().size()) {
                throw new Failure("format has a field for argument " + index + ", but only "
                        + arguments.positional().size() + " arguments");
            }
            return arguments.positional().get(index);
        }
        Value value = arguments.named().get(field);
        if (value == null) {
            throw new Failure("format knows the fields {}, {0} and {name} of its arguments, found '{" + field + "}'");
        }
        return value;
    }
}
