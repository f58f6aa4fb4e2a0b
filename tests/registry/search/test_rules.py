"""A name is found however it was heard, typed or romanised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_registry.search.rules import alike, forms, fragment, probes, skeleton, soft

NAMES = st.text(st.sampled_from("กขคณนสศษดฎพภมรลวยอาิีุูเแโไใัะ์่้"), min_size=2, max_size=12)


@pytest.mark.parametrize(
    ("heard", "registered"),
    [
        ("สิริพร", "ศิริพร"),
        ("กรรนิการ์", "กรรณิการ์"),
        ("สมชย", "สมชาย"),
        ("สมชายย", "สมชาย"),
        ("สมขาย", "สมชาย"),
        ("สมชยา", "สมชาย"),
        ("นำฝน", "น้ำฝน"),
        ("ทนพล", "ธนพล"),
        ("ณัฐวุธิ", "ณัฐวุฒิ"),
        ("somchai", "สมชาย"),
        ("siriporn", "ศิริพร"),
        ("thanaphon", "ธนพล"),
    ],
)
def test_a_name_written_as_heard_shares_a_form_with_the_registered_one(heard: str, registered: str) -> None:
    assert set(probes(heard)) & set(forms(registered))
    (found,) = alike(heard, [registered, "บุญมี"], 5)
    assert found.key == registered


@given(NAMES, st.data())
def test_one_letter_too_few_too_many_wrong_or_swapped_is_bridged(name: str, data: st.DataObject) -> None:
    base = soft(name)
    if len(base) < 4:
        return
    place = data.draw(st.integers(0, len(base) - 2))
    letter = data.draw(st.sampled_from("กงจม"))
    typed = data.draw(
        st.sampled_from(
            (
                base[:place] + base[place + 1 :],
                base[:place] + letter + base[place:],
                base[:place] + letter + base[place + 1 :],
                base[:place] + base[place + 1] + base[place] + base[place + 2 :],
            )
        )
    )
    if soft(typed) == typed:  # a change that makes two letters the same is folded further
        assert set(probes(typed)) & set(forms(name))


@pytest.mark.parametrize(("part", "found"), [("ชาย", True), ("สมช", True), ("มช", True), ("ม", False), ("ชัย", False)])
def test_a_part_of_two_letters_or_more_is_found_wherever_it_stands(part: str, found: bool) -> None:
    bounds = fragment(part)
    assert found is (bounds is not None and any(bounds[0] <= form <= bounds[1] for form in forms("สมชาย")))


@given(NAMES, st.data())
def test_every_part_of_a_name_is_found_by_its_first_letters(name: str, data: st.DataObject) -> None:
    base = soft(name)
    start = data.draw(st.integers(0, len(base)))
    part = base[start : start + data.draw(st.integers(2, 12))]
    bounds = fragment(part)
    if bounds is not None and soft(part) == part:
        assert any(bounds[0] <= form <= bounds[1] for form in forms(name))


def test_the_same_name_comes_first_then_the_same_sound_then_the_likest() -> None:
    found = alike("สิริพร", ["ศิริพร", "สิริพร", "สิริพันธ์", "บุญมี"], 10)
    assert [name.key for name in found][:2] == ["สิริพร", "ศิริพร"]
    assert found[0].likeness == 1.0 > found[1].likeness
    assert "บุญมี" not in {name.key for name in found}


@given(st.text(max_size=60))
def test_any_text_has_forms_and_all_of_them_fit_the_index(text: str) -> None:
    assert all(-(2**63) <= form < 2**63 for form in (*forms(text), *probes(text), *(fragment(text) or ())))
    assert soft(soft(text)[:5]) is not None
    assert set(skeleton(text)) <= set("kcstpfmnr")
