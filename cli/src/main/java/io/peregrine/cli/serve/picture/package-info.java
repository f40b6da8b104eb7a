/// Where the pictures of a request come from, and what may not be reached that way.
package io.peregrine.cli.serve.picture;
