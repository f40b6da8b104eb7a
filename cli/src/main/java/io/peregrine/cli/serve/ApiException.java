package io.peregrine.cli.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An error that a client is told, in the shape of OpenAI's: a status, and as its body
/// `{"error":{"message":...,"type":...,"param":...,"code":...}}`. Thrown by handlers; the server answers with it.
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// The type of errors that the request is to blame for.
    public static final String INVALID_REQUEST = "invalid_request_error";

    /// The type of errors that the server is to blame for, or the moment.
    public static final String SERVER_ERROR = "server_error";

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;
    private final transient Map<String, String> headers;

    /// @param status of HTTP, 400 to 599
    /// @param type [#INVALID_REQUEST] or [#SERVER_ERROR]
    /// @param code a word for programs, or null
    /// @param param the field of the body that is wrong, or null
    public ApiException(int status, String type, @Nullable String code, @Nullable String param, String message) {
        this(status, type, code, param, message, Map.of());
    }

    private ApiException(
            int status,
            String type,
            @Nullable String code,
            @Nullable String param,
            String message,
            Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.code = code;
        this.param = param;
        this.headers = headers;
    }

    /// 400 about a field of the request.
    public static ApiException badField(String param, String message) {
        return new ApiException(400, INVALID_REQUEST, "invalid_value", param, message);
    }

    /// Another error of the request.
    public static ApiException refused(int status, @Nullable String code, String message) {
        return new ApiException(status, INVALID_REQUEST, code, null, message);
    }

    /// 503: not now, but maybe after some seconds, which the client is told by `Retry-After`.
    public static ApiException unavailable(String code, String message, int retryAfterSeconds) {
        return new ApiException(503, SERVER_ERROR, code, null, message)
                .withHeader("retry-after", Integer.toString(Math.max(1, retryAfterSeconds)));
    }

    public int status() {
        return status;
    }

    public String type() {
        return type;
    }

    public @Nullable String param() {
        return param;
    }

    public @Nullable String code() {
        return code;
    }

    /// The same with one more header in the answer.
    ///
    /// @param name in small letters
    ApiException withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new ApiException(status, type, code, param, String.valueOf(getMessage()), more);
    }

    /// The body.
    public ObjectNode json() {
        ObjectNode error = JsonNodeFactory.instance.objectNode();
        error.put("message", getMessage());
        error.put("type", type);
        error.put("param", param);
        error.put("code", code);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("error", error);
        return body;
    }

    /// The whole answer.
    Response response() {
        Response response = Response.json(status, json());
        for (Map.Entry<String, String> header : headers.entrySet()) {
            response = response.withHeader(header.getKey(), header.getValue());
        }
        return response;
    }
}
