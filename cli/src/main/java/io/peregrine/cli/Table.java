package io.peregrine.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Columns of text, as wide as their widest cell.
final class Table {

    private final List<String[]> rows = new ArrayList<>();
    private final BitSet rightAligned = new BitSet();
    private final int columns;

    Table(String... header) {
        this.columns = header.length;
        rows.add(header);
    }

    /// Aligns a column to the right.
    Table right(int column) {
        rightAligned.set(column);
        return this;
    }

    void row(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(cells.length + " cells in a table of " + columns + " columns");
        }
        rows.add(cells);
    }

    void print(PrintStream out) {
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row[i].codePointCount(0, row[i].length()));
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String space = " ".repeat(widths[i] - row[i].codePointCount(0, row[i].length()));
                line.append(rightAligned.get(i) ? space + row[i] : row[i] + space).append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
