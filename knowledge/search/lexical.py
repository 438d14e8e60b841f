"""BM25 over fields of index terms, by tantivy in memory."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import tantivy
from numpy.typing import NDArray

from knowledge.search.question import Term

HEAP_BYTES = 30_000_000
TIE_BREAKER = 0.2

Scores = NDArray[np.floating]


class LexicalIndex:
    """Documents numbered from 0; a field is a text of index terms parted by spaces.

    A term counts in the field where it says most, and a little in the others.
    """

    def __init__(
        self, documents: Iterable[Mapping[str, Sequence[str]]], boosts: Mapping[str, float]
    ) -> None:
        self._boosts = boosts
        self._schema = _schema(boosts)
        self._index = tantivy.Index(self._schema)
        self._size = self._fill(documents)
        self._index.reload()
        self._searcher = self._index.searcher()

    def scores(self, terms: Iterable[Term], *, limit: int) -> Scores:
        """The BM25 score of every document; 0 for those beyond the best `limit`."""
        scores = np.zeros(self._size, dtype=np.float32)
        clauses = [(tantivy.Occur.Should, self._any_form(term)) for term in terms]
        if not clauses or not self._size:
            return scores
        query = tantivy.Query.boolean_query(clauses)
        hits = self._searcher.search(query, limit=limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        scores[np.array(numbers, dtype=np.intp)] = [score for score, _ in hits]
        return scores

    def _fill(self, documents: Iterable[Mapping[str, Sequence[str]]]) -> int:
        writer = self._index.writer(HEAP_BYTES, num_threads=1)
        number = -1
        for number, fields in enumerate(documents):
            document = tantivy.Document()
            document.add_unsigned("number", number)
            for field, terms in fields.items():
                document.add_text(field, " ".join(terms))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return number + 1

    def _any_form(self, term: Term) -> tantivy.Query:
        forms = [
            self._in_field(field, form, boost * weight)
            for form, weight in term.forms.items()
            for field, boost in self._boosts.items()
        ]
        return tantivy.Query.disjunction_max_query(forms, TIE_BREAKER)

    def _in_field(self, field: str, form: str, boost: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, field, form, "freq")
        return tantivy.Query.boost_query(query, boost)


def _schema(fields: Iterable[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", fast=True)
    for field in fields:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()
