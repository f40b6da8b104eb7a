/// The endpoints of OpenAI's API: what requests may say, and how answers are written.
package io.peregrine.cli.serve.api;
