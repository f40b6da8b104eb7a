/// The `peregrine` command.
@org.jspecify.annotations.NullMarked
module io.peregrine.cli {
    requires static org.jspecify;
    requires io.peregrine.model;
    requires java.desktop;
    requires info.picocli;
    requires org.jline;
    requires com.fasterxml.jackson.databind;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;

    opens io.peregrine.cli to
            info.picocli;
}
