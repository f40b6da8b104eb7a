package io.peregrine.cli.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What all clients have seen. Safe for any thread.
final class Tally {

    private static final int KEPT = 20;
    private static final int SHOWN = 500;

    private final Map<Deed, List<long[]>> times = new EnumMap<>(Deed.class);
    private final List<String> unexpected = new ArrayList<>();
    private int unexpectedCount;
    private int busy;

    Tally() {
        for (Deed deed : Deed.values()) {
            times.put(deed, new ArrayList<>());
        }
    }

    synchronized void add(Deed deed, long startNanos, long endNanos) {
        times.get(deed).add(new long[] {startNanos, endNanos - startNanos});
    }

    synchronized void unexpected(Deed deed, String what) {
        unexpectedCount++;
        if (unexpected.size() < KEPT) {
            unexpected.add(deed + ": " + what.substring(0, Math.min(SHOWN, what.length())));
        }
    }

    /// A client was told to come again later.
    synchronized void busy() {
        busy++;
    }

    synchronized int busyCount() {
        return busy;
    }

    synchronized int unexpectedCount() {
        return unexpectedCount;
    }

    /// The first of them.
    synchronized List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    synchronized int count(Deed deed) {
        return times.get(deed).size();
    }

    /// The time that a share of the deeds stayed below, of those that began between two points in time.
    ///
    /// @return milliseconds; NaN if there were none
    synchronized double millis(Deed deed, double share, long fromNanos, long toNanos) {
        long[] sorted = times.get(deed).stream()
                .filter(time -> time[0] >= fromNanos && time[0] < toNanos)
                .mapToLong(time -> time[1])
                .sorted()
                .toArray();
        return sorted.length == 0 ? Double.NaN : sorted[(int) (share * (sorted.length - 1))] / 1e6;
    }

    @Override
    public synchronized String toString() {
        return Arrays.toString(times.values().stream().mapToInt(List::size).toArray()) + ", unexpected "
                + unexpectedCount + ", busy " + busy;
    }
}
