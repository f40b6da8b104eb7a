/// What answers hold beside text: places in pictures.
package io.peregrine.model.answer;
