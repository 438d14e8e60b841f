"""What runs with the service: the search index, kept up to date and asked by `/readyz`."""

from backplane import readiness, versions
from knowledge import search


def check_index() -> None:
    if not search.is_ready():
        search.warm_up()


versions.watch(search.TOPIC, search.refresh)
readiness.register("knowledge index", check_index)
