"""Whatever stands in a drug, scale or item cell is answered, alike however it is spelt, and never guessed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opentrs.reference import drugs, resolve_drug, resolve_items, scale_items
from opentrs.reference.load import facts

KNOWN = {row["drug"]: row for row in facts("drugs") if row["kind"] == "drug"}
NAMES = [row for row in facts("drug_names") if row["drug"] in KNOWN]
ANTIPSYCHOTICS = sorted(drugs().query("is_antipsychotic")["drug"])
PAIRS = {(row.scale, row.item) for row in scale_items().itertuples()}
spaces = st.sampled_from(["", " ", "  ", "\t", "\u3000"])
casings = st.sampled_from([str.upper, str.lower, str.title, str.swapcase])


@given(st.text(max_size=40))
def test_any_text_gets_an_answer_that_hangs_together(text):
    answer = resolve_drug(text)

    if answer.drug is None:
        assert answer.issue or answer.is_antipsychotic is False
    else:
        assert answer.is_antipsychotic == KNOWN[answer.drug]["is_antipsychotic"]
        assert answer.is_clozapine == (answer.drug == "clozapine")
    if answer.is_antipsychotic is None:
        assert answer.is_clozapine is None
    if answer.is_antipsychotic is False:
        assert answer.is_clozapine is False


@given(st.sampled_from(NAMES), spaces, spaces, casings)
def test_case_and_white_space_change_nothing(row, before, after, casing):
    assert resolve_drug(f"{before}{casing(row['name'])}{after}") == resolve_drug(row["name"])


@given(
    st.sampled_from(sorted(KNOWN)), st.sampled_from([" 5 mg", " 2.5mg tablets", " 100 mg po bid", "片 5mg"])
)
def test_a_strength_behind_a_generic_name_changes_nothing(drug, strength):
    assert resolve_drug(drug + strength) == resolve_drug(drug)


@given(
    st.lists(st.sampled_from(ANTIPSYCHOTICS), min_size=2, max_size=3, unique=True),
    st.sampled_from(["/", " / ", "+", ", ", " and ", "; "]),
)
def test_two_different_antipsychotics_are_never_one(names, separator):
    answer = resolve_drug(separator.join(names))

    assert (answer.drug, answer.is_antipsychotic, answer.issue) == (None, True, "ambiguous_drug")
    assert answer.is_clozapine is (None if "clozapine" in names else False)


@given(st.sampled_from(ANTIPSYCHOTICS), st.sampled_from(ANTIPSYCHOTICS), st.sampled_from(["/", " + ", ", "]))
def test_the_order_of_names_in_a_cell_does_not_matter(one, other, separator):
    assert resolve_drug(f"{one}{separator}{other}") == resolve_drug(f"{other}{separator}{one}")


SCALE_TEXTS = st.sampled_from(["PANSS", "BPRS", "SANS", "HAMD", "CGI", "?"]) | st.text(max_size=12)


@given(st.lists(st.tuples(SCALE_TEXTS, st.text(max_size=20)), max_size=5))
def test_any_pair_of_texts_gets_an_answer_a_scale_has(pairs):
    answers = resolve_items(pairs)

    assert set(answers) == set(pairs)
    assert all((answer.scale, answer.item) in PAIRS for answer in answers.values() if answer is not None)


@given(st.permutations([("BPRS", str(number)) for number in range(1, 25)]))
def test_the_order_of_items_does_not_decide_the_form_of_the_scale(pairs):
    answers = resolve_items(pairs)

    assert {answer.scale for answer in answers.values() if answer} == {"BPRS-24"}
    assert answers["BPRS", "12"].item == "bizarre_behaviour"
