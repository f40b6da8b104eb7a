package io.peregrine.model.tokenizer;

/// What holds for a kind of tokenizer where a file is silent, as the engine that defined the keys has it.
///
/// Source: `llama_vocab::impl::load` in llama.cpp `src/llama-vocab.cpp`.
///
/// @param bos the token that begins a text, or [Vocabulary#NONE], as for the others
/// @param addsBos whether it is put in front, if there is one
/// @param addsEos whether the end of text is put behind, if there is one
record UsualTokens(int bos, int eos, int unknown, boolean addsBos, boolean addsEos, boolean spacePrefix) {

    static final UsualTokens SPM = new UsualTokens(1, 2, 0, true, false, true);
    static final UsualTokens UNIGRAM = new UsualTokens(Vocabulary.NONE, 1, 2, false, true, false);

    /// Persimmon and Fuyu, whose converter wrote neither.
    static final UsualTokens PERSIMMON = new UsualTokens(1, 71013, 0, true, false, true);

    /// CLIP's marks have no usual numbers.
    static final UsualTokens CLIP =
            new UsualTokens(Vocabulary.NONE, Vocabulary.NONE, Vocabulary.NONE, true, true, false);

    static UsualTokens byteLevel(boolean addsBos) {
        return new UsualTokens(Vocabulary.NONE, Vocabulary.NONE, Vocabulary.NONE, addsBos, false, false);
    }
}
