package io.peregrine.model.answer;

import java.util.List;

/// A place in a picture that an answer points at.
public sealed interface Place {

    /// What is there, as the answer calls it; empty if it does not.
    String label();

    /// The corners, in the order in which an outline goes through them.
    List<Point> corners();

    /// The corners in a picture of a size.
    default List<Point.Pixel> pixels(int width, int height) {
        return corners().stream().map(corner -> corner.in(width, height)).toList();
    }

    /// An upright rectangle.
    ///
    /// @param from its upper left corner
    /// @param to its lower right corner
    record Box(String label, Point from, Point to) implements Place {

        /// @throws IllegalArgumentException if the corners are other ones
        public Box {
            if (from.x() > to.x() || from.y() > to.y()) {
                throw new IllegalArgumentException(
                        "box from " + from + " to " + to + ": expected the upper left and the lower right corner");
            }
        }

        /// The rectangle between any two opposite corners.
        static Box between(String label, Point a, Point b) {
            return new Box(
                    label,
                    new Point(Math.min(a.x(), b.x()), Math.min(a.y(), b.y())),
                    new Point(Math.max(a.x(), b.x()), Math.max(a.y(), b.y())));
        }

        /// Clockwise from the upper left.
        @Override
        public List<Point> corners() {
            return List.of(from, new Point(to.x(), from.y()), to, new Point(from.x(), to.y()));
        }
    }

    /// Any quadrilateral, such as the outline of slanted text.
    ///
    /// @param corners four
    record Quad(String label, List<Point> corners) implements Place {

        /// @throws IllegalArgumentException if there are more or fewer corners
        public Quad {
            corners = List.copyOf(corners);
            if (corners.size() != 4) {
                throw new IllegalArgumentException(corners.size() + " corners of a quad: expected 4");
            }
        }
    }
}
