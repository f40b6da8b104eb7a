package io.peregrine.cli;

import io.peregrine.model.Region;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Stack;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The regions of a picture that a prompt speaks of, in the order in which they were given.
final class RegionArguments {

    private static final String MASK = "--region";
    private static final String BOX = "--box";
    private static final Pattern NUMBERS = Pattern.compile("\\d{1,9}(,\\d{1,9}){3}");

    private final List<Supplier<Region>> regions = new ArrayList<>();

    @Option(
            names = MASK,
            paramLabel = "MASK",
            parameterConsumer = Collector.class,
            description = "A region of the last picture for the next <mask><pos> of the text: a picture of the same size"
                    + " that is black outside of the region; repeatable. Without <mask><pos> in a question, the regions"
                    + " are introduced in front of it as region1, region2 and so on. For Osprey.")
    private @Nullable Region mask;

    @Option(
            names = BOX,
            paramLabel = "X,Y,W,H",
            parameterConsumer = Collector.class,
            description = "As --region, a box in pixels from the upper left corner of the picture; repeatable.")
    private @Nullable Region box;

    /// Reads the masks.
    List<Region> read() {
        return regions.stream().map(Supplier::get).toList();
    }

    /// @throws IllegalArgumentException if it is no `x,y,w,h`
    static Region box(String value) {
        if (!NUMBERS.matcher(value).matches()) {
            throw new IllegalArgumentException(BOX + ": found " + value + ", expected x,y,width,height in pixels");
        }
        String[] numbers = value.split(",", -1);
        return Region.box(
                Integer.parseInt(numbers[0]),
                Integer.parseInt(numbers[1]),
                Integer.parseInt(numbers[2]),
                Integer.parseInt(numbers[3]));
    }

    /// Puts the values of both options into one list.
    static final class Collector implements IParameterConsumer {

        @Override
        @SuppressWarnings("JdkObsolete") // picocli
        public void consumeParameters(Stack<String> values, ArgSpec option, CommandSpec command) {
            if (values.isEmpty()) {
                throw new ParameterException(
                        command.commandLine(), "Missing required parameter for option " + option.paramLabel());
            }
            String value = values.pop();
            RegionArguments arguments = holder(option);
            if (option.paramLabel().equals("MASK")) {
                arguments.regions.add(() -> Region.read(Path.of(value)));
            } else {
                Region region = Usage.checked(command, () -> box(value));
                arguments.regions.add(() -> region);
            }
        }

        private static RegionArguments holder(ArgSpec option) {
            try {
                return option.scope().get();
            } catch (Exception e) {
                throw new IllegalStateException("the options of regions have no object", e);
            }
        }
    }
}
