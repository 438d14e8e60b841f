"""Sentences as vectors of unit length, from static embeddings shipped in wordllama's wheel."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 256

Vectors = NDArray[np.floating]


def embed(texts: Sequence[str]) -> Vectors:
    """One row a text, of length 1; a text without a known word is a row of zeros."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    vectors: Vectors = _model().embed([text or " " for text in texts])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9)


def is_common(word: str) -> bool:
    """Whether the word is common enough to be one token, hence not a typing mistake."""
    to_id = _model().tokenizer.token_to_id
    return any(to_id(f"\u2581{form}") is not None for form in (word, word.capitalize()))


@cache
def _model() -> Any:
    """The model; imported here because that takes half a second of every other command."""
    wordllama: Any = import_module("wordllama")
    return wordllama.WordLlama.load(
        cache_dir=Path(wordllama.__file__).parent, disable_download=True
    )
