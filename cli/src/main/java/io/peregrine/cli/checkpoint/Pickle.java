package io.peregrine.cli.checkpoint;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Printable;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A machine for Python's pickles that can build numbers, texts, tuples, lists, dictionaries and, through a
/// [Builder], what a few names stand for. It never calls anything: a name that the builder does not know ends the
/// reading, wherever in the pickle it is.
///
/// Memory is bounded by the number of steps, which is limited; nothing recurses. Opcodes up to protocol 5, without
/// those that only protocol 0 and 1 write.
///
/// Source: `python/cpython : Lib/pickletools.py`.
final class Pickle {

    /// What the names in a pickle stand for.
    interface Builder {

        /// A class or function.
        ///
        /// @throws UnsupportedModelException for all but the few that are known
        Object global(String module, String name, String where);

        /// What calling it gives.
        Object call(Object callee, Tuple arguments, String where);

        /// The thing that an id kept outside of the pickle stands for.
        Object persistent(Object id, String where);
    }

    /// A tuple.
    record Tuple(List<Object> elements) {
        @Override
        public String toString() {
            return "a tuple of " + elements.size();
        }
    }

    /// What has one instance.
    private enum Constant {
        NONE,
        MARK
    }

    /// Python's `None`.
    static final Object NONE = Constant.NONE;

    private static final int NEWEST_PROTOCOL = 5;
    private static final int MOST_STEPS = 4_000_000;
    private static final int LONGEST_LINE = 1000;
    private static final String FIELD = "pickle";

    private final String file;
    private final ByteReader reader;
    private final Builder builder;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();

    private Pickle(String file, MemorySegment bytes, Builder builder) {
        this.file = file;
        this.reader = new ByteReader(file, bytes);
        this.builder = builder;
    }

    /// The object that a pickle describes: `Boolean`, `Long`, `Double`, `String`, `byte[]`, [Tuple], `List`, `Map`,
    /// [#NONE], or what the builder gave.
    ///
    /// @param file the name for messages
    static Object read(String file, MemorySegment bytes, Builder builder) {
        return new Pickle(file, bytes, builder).run();
    }

    private Object run() {
        for (int step = 0; step < MOST_STEPS; step++) {
            long at = reader.at();
            int opcode = reader.u8(FIELD);
            if (opcode == '.') {
                return pop(at);
            }
            step(opcode, at);
        }
        throw new ResourceLimitException(
                file + ": pickle", "more steps", MOST_STEPS + " steps", "this is no usual checkpoint");
    }

    private void step(int opcode, long at) {
        switch (opcode) {
            case 0x80 -> protocol(at);
            case 0x95 -> reader.pass(8, FIELD); // FRAME: only a hint for buffering
            case '(' -> stack.add(Constant.MARK);
            case '0' -> pop(at);
            case '1' -> popMark(at);
            case '2' -> stack.add(top(at));
            case 'N' -> stack.add(NONE);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'J' -> stack.add((long) reader.i32(FIELD));
            case 'K' -> stack.add((long) reader.u8(FIELD));
            case 'M' -> stack.add((long) reader.u16(FIELD));
            case 0x8a -> stack.add(whole(reader.u8(FIELD), at));
            case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(reader.bits64(FIELD))));
            case 0x8c -> text(reader.u8(FIELD));
            case 'X' -> text(reader.u32(FIELD));
            case 0x8d -> text(reader.bits64(FIELD));
            case 'U' -> text(reader.u8(FIELD));
            case 'T' -> text(reader.i32(FIELD));
            case 'C' -> stack.add(reader.take(reader.u8(FIELD), FIELD));
            case 'B' -> stack.add(reader.take(reader.u32(FIELD), FIELD));
            case ')' -> stack.add(new Tuple(List.of()));
            case 0x85 -> tuple(1, at);
            case 0x86 -> tuple(2, at);
            case 0x87 -> tuple(3, at);
            case 't' -> stack.add(new Tuple(popMark(at)));
            case ']' -> stack.add(new ArrayList<>());
            case 'l' -> stack.add(popMark(at));
            case '}' -> stack.add(new LinkedHashMap<>());
            case 'd' -> put(new LinkedHashMap<>(), popMark(at), at);
            case 'a' -> append(List.of(pop(at)), at);
            case 'e' -> append(popMark(at), at);
            case 's' -> {
                Object value = pop(at);
                List<Object> pair = List.of(pop(at), value);
                put(dictionary(at), pair, at);
            }
            case 'u' -> {
                List<Object> pairs = popMark(at);
                put(dictionary(at), pairs, at);
            }
            case 'q' -> memo.put((long) reader.u8(FIELD), top(at));
            case 'r' -> memo.put(reader.u32(FIELD), top(at));
            case 0x94 -> memo.put((long) memo.size(), top(at));
            case 'h' -> stack.add(remembered(reader.u8(FIELD), at));
            case 'j' -> stack.add(remembered(reader.u32(FIELD), at));
            case 'c' -> stack.add(builder.global(line(at), line(at), where(at)));
            case 0x93 -> {
                Object name = pop(at);
                stack.add(builder.global(string(pop(at), at), string(name, at), where(at)));
            }
            case 'R', 0x81 -> {
                if (!(pop(at) instanceof Tuple arguments)) {
                    throw wrong(at, "a call without a tuple of arguments", "a tuple");
                }
                stack.add(builder.call(pop(at), arguments, where(at)));
            }
            case 'b' -> build(at);
            case 'Q' -> stack.add(builder.persistent(pop(at), where(at)));
            default ->
                throw new UnsupportedModelException(
                        file,
                        "the pickle's instruction 0x" + Integer.toHexString(opcode) + " at byte " + at,
                        "those that torch.save uses for tensors, dictionaries, lists, tuples, texts and numbers");
        }
    }

    private void protocol(long at) {
        int protocol = reader.u8(FIELD);
        if (protocol > NEWEST_PROTOCOL) {
            throw new UnsupportedModelException(
                    file, "protocol " + protocol + " of the pickle at byte " + at, "up to " + NEWEST_PROTOCOL);
        }
    }

    /// A little-endian number in two's complement.
    private long whole(int length, long at) {
        byte[] bytes = reader.take(length, FIELD);
        if (length > Long.BYTES) {
            throw wrong(at, "a number of " + length + " bytes", "at most " + Long.BYTES);
        }
        long value = length > 0 && bytes[length - 1] < 0 ? -1 : 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    private void text(long length) {
        stack.add(new String(reader.take(length, FIELD), StandardCharsets.UTF_8));
    }

    private void tuple(int size, long at) {
        Object[] elements = new Object[size];
        for (int i = size - 1; i >= 0; i--) {
            elements[i] = pop(at);
        }
        stack.add(new Tuple(Arrays.asList(elements)));
    }

    private void append(List<Object> values, long at) {
        if (!(top(at) instanceof List<?>)) {
            throw wrong(at, kind(top(at)) + " that is appended to", "a list");
        }
        list(top(at)).addAll(values);
    }

    /// The machine makes lists of objects only.
    @SuppressWarnings("unchecked")
    private static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    private Map<Object, Object> dictionary(long at) {
        if (!(top(at) instanceof Map<?, ?>)) {
            throw wrong(at, kind(top(at)) + " that gets entries", "a dictionary");
        }
        @SuppressWarnings("unchecked") // The machine makes maps of objects only.
        Map<Object, Object> map = (Map<Object, Object>) pop(at);
        return map;
    }

    /// Puts pairs into a dictionary and the dictionary on the stack.
    private void put(Map<Object, Object> map, List<Object> pairs, long at) {
        if (pairs.size() % 2 != 0) {
            throw wrong(at, "a key without a value", "pairs");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            Object key = pairs.get(i);
            if (!(key instanceof String || key instanceof Long || key instanceof Boolean || key == NONE)) {
                throw wrong(at, kind(key) + " as a key", "a text or a number");
            }
            map.put(key, pairs.get(i + 1));
        }
        stack.add(map);
    }

    /// Attributes of an ordered dictionary (the metadata of a state_dict) are not needed.
    private void build(long at) {
        Object state = pop(at);
        if (!(top(at) instanceof Map<?, ?>) || !(state instanceof Map<?, ?>)) {
            throw wrong(at, "the state of " + kind(top(at)), "that of a dictionary");
        }
    }

    private Object remembered(long index, long at) {
        Object value = memo.get(index);
        if (value == null) {
            throw wrong(at, "the remembered object " + index, "one of the " + memo.size() + " that were remembered");
        }
        return value;
    }

    private String line(long at) {
        StringBuilder line = new StringBuilder();
        for (int next = reader.u8(FIELD); next != '\n'; next = reader.u8(FIELD)) {
            if (line.length() == LONGEST_LINE) {
                throw wrong(at, "a name of more than " + LONGEST_LINE + " bytes", "a shorter one");
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private String string(Object value, long at) {
        if (!(value instanceof String text)) {
            throw wrong(at, kind(value) + " as a name", "a text");
        }
        return text;
    }

    private Object top(long at) {
        if (stack.isEmpty() || stack.getLast() == Constant.MARK) {
            throw wrong(at, "an empty stack", "an object");
        }
        return stack.getLast();
    }

    private Object pop(long at) {
        Object value = top(at);
        stack.removeLast();
        return value;
    }

    private List<Object> popMark(long at) {
        int mark = stack.lastIndexOf(Constant.MARK);
        if (mark < 0) {
            throw wrong(at, "no mark on the stack", "one");
        }
        List<Object> above = stack.subList(mark + 1, stack.size());
        List<Object> values = new ArrayList<>(above);
        above.clear();
        stack.removeLast();
        return values;
    }

    /// What an object is, for messages.
    static String kind(Object value) {
        return switch (value) {
            case Constant constant -> "None";
            case Boolean truth -> "a truth value";
            case Long number -> "a number";
            case Double number -> "a number";
            case String text -> "the text '" + Printable.of(text) + "'";
            case byte[] bytes -> "bytes";
            case Tuple tuple -> tuple.toString();
            case List<?> list -> "a list";
            case Map<?, ?> map -> "a dictionary";
            default -> value.toString();
        };
    }

    private static String where(long at) {
        return "pickle at byte " + at;
    }

    private ModelFormatException wrong(long at, String found, String expected) {
        return new ModelFormatException(file, where(at), found, expected, "");
    }
}
