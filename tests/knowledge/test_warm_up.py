"""What the first search needs is loaded before it, in a web process and nowhere else."""

import json
import os
import subprocess
import sys

import pytest

from helpdesk.env import ROOT
from tests.backends import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

LOADED = """
import json, sys
import django; django.setup()
from knowledge import search
from knowledge.search import embedding, text

def loaded():
    parts = (text.lexicon, embedding._model)
    return [part.cache_info().currsize == 1 for part in parts] + [search.is_ready()]

before = [*loaded(), "wordllama" in sys.modules]
search.warm_up()
print(json.dumps([before, loaded()]))
"""


def test_a_warm_process_has_words_embeddings_and_indexes_and_a_command_has_none() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url()},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 0, ended.stderr
    command, warm = json.loads(ended.stdout)
    assert command == [False, False, False, False]
    assert warm == [True, True, True]
