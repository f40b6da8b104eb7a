/// The server of `peregrine serve`: connections, routes and limits, and the endpoints behind them.
package io.peregrine.cli.serve;
