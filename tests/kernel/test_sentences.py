from __future__ import annotations

import json

from kernel.sentences import Sentence, packed, say, unpacked


def test_a_sentence_is_its_english_text() -> None:
    said = say("%(count)s files of %(share)s%%", count=3, share="50")
    assert said == "3 files of 50%"
    assert json.dumps(said) == '"3 files of 50%"'


def test_tuples_are_told_with_commas() -> None:
    assert say("it goes to %(onward)s", onward=(say("open"), "closed")) == "it goes to open, closed"


def test_a_sentence_within_a_sentence_survives_packing() -> None:
    said = say("this holds %(told)s in %(place)s; %(count)s", told=say("a form"), place="page 2", count=7)
    back = unpacked(json.loads(json.dumps(packed(said))))
    assert isinstance(back, Sentence)
    assert (back, back.template) == (said, said.template)
    assert isinstance(back.values["told"], Sentence)
    assert not isinstance(back.values["place"], Sentence)


def test_a_text_is_no_sentence_and_packs_as_itself() -> None:
    assert packed("as it is") == unpacked("as it is") == "as it is"
