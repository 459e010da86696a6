"""A drug as somebody wrote it: what is read, what is left unknown, and never anything in between."""

from __future__ import annotations

import pytest

from opentrs.reference import drugs, resolve_drug
from opentrs.reference.load import facts


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("olanzapine", "olanzapine"), ("  OLANZAPINE ", "olanzapine"), ("Olanzapiné", "olanzapine"),
        ("Zyprexa®", "olanzapine"), ("N05AH03", "olanzapine"), ("atc: n05ah03", "olanzapine"),
        ("785788", "olanzapine"), ("785788.0", "olanzapine"), ("奥氮平", "olanzapine"),
        ("再普乐", "olanzapine"),
        ("奥氮平口腔崩解片", "olanzapine"), ("Risperdal/ Risperidone", "risperidone"),
        ("利培酮片 2mg", "risperidone"),
        ("quetiapine fumarate", "quetiapine"), ("Seroquel XR 300 mg qhs", "quetiapine"),
        ("富马酸喹硫平片", "quetiapine"),
        ("阿立哌唑", "aripiprazole"), ("盐酸齐拉西酮胶囊", "ziprasidone"), ("氨磺必利", "amisulpride"),
        ("舒必利", "sulpiride"), ("左舒必利", "levosulpiride"), ("氟哌啶醇", "haloperidol"),
        ("氯丙嗪", "chlorpromazine"),
        ("奋乃静", "perphenazine"), ("氟奋乃静", "fluphenazine"), ("帕利哌酮缓释片", "paliperidone"),
        ("鲁拉西酮", "lurasidone"), ("布南色林", "blonanserin"), ("thiothixene", "tiotixene"),
        ("methotrimeprazine", "levomepromazine"),
        ("Risperidone (Risperdal) 4mg p.o. b.i.d.", "risperidone"),
        ("clozapine, as prescribed", "clozapine"), ("xanomeline/trospium", "xanomeline and trospium"),
        ("lumateperone", "lumateperone"),
    ],
)  # fmt: skip
def test_an_antipsychotic_is_read_however_it_is_written(text: str, drug: str):
    answer = resolve_drug(text)

    assert (answer.drug, answer.is_antipsychotic, answer.issue) == (drug, True, "")
    assert answer.is_clozapine == (drug == "clozapine")


def test_every_drug_of_the_table_is_read_as_itself():
    for row in drugs().query("kind == 'drug'").itertuples():
        answer = resolve_drug(row.drug.upper())

        assert (answer.drug, answer.is_antipsychotic, answer.issue) == (row.drug, row.is_antipsychotic, "")


def test_every_listed_name_leads_to_its_drug():
    not_drugs = set(drugs().query("kind == 'not_a_drug'")["drug"])
    for row in facts("drug_names"):
        answer = resolve_drug(row["name"])

        if row["drug"] in not_drugs:
            assert (answer.drug, answer.issue) == (None, "not_a_drug"), row["name"]
        else:
            issue = "combination_product" if row["combined_with"] else ""
            assert (answer.drug, answer.issue) == (row["drug"], issue), row["name"]


@pytest.mark.parametrize(
    ("text", "drug", "route", "formulation"),
    [
        ("Risperidone/ Risperdal Consta", "risperidone", "lai", "microspheres"),
        ("Risperdal Consta / risperidone", "risperidone", "lai", "microspheres"),
        ("注射用利培酮微球", "risperidone", "lai", "microspheres"),
        ("Invega Sustenna", "paliperidone", "lai", "palmitate"),
        ("棕榈酸帕利哌酮注射液", "paliperidone", "lai", "palmitate"),
        ("Haldol decanoate", "haloperidol", "lai", "decanoate"),
        ("癸酸氟哌啶醇注射液", "haloperidol", "lai", "decanoate"),
        ("Abilify Maintena", "aripiprazole", "lai", "monohydrate"),
        ("Zyprexa Relprevv", "olanzapine", "lai", "pamoate"),
        ("Fluanxol depot", "flupentixol", "lai", "decanoate"),
        ("fluphenazine decanoate 25 mg/ml inj", "fluphenazine", "lai", "decanoate"),
        ("fluphenazine enanthate", "fluphenazine", "lai", "enanthate"),
        ("haloperidol depot", "haloperidol", "lai", None),
        ("risperidone long-acting injection", "risperidone", "lai", None),
        ("haloperidol 5 mg im", "haloperidol", "sai", None),
        ("氟哌啶醇注射液", "haloperidol", "sai", None),
        ("zuclopenthixol acetate", "zuclopenthixol", "sai", "acetate"),
        ("Saphris", "asenapine", "sublingual", None),
        ("Adasuve", "loxapine", "other", None),
        ("Haldol", "haloperidol", None, None),
    ],
)
def test_a_name_says_the_route_where_it_can(text: str, drug: str, route: str | None, formulation: str | None):
    answer = resolve_drug(text)

    assert (answer.drug, answer.route, answer.formulation, answer.issue) == (drug, route, formulation, "")


@pytest.mark.parametrize(
    "text",
    ["sertraline", "Lithium Carbonate/Eskalith/Lithonate/ etc", "N05AN01", "N05AN", "N06AB03", "A10BA02",
     "碳酸锂",
     "Zoloft/ Sertraline", "Vyvanse", "Xyrem", "劳拉西泮", "valproate semisodium"],
)  # fmt: skip
def test_a_drug_known_as_none_is_no_antipsychotic(text: str):
    answer = resolve_drug(text)

    assert answer.is_antipsychotic is False
    assert answer.is_clozapine is False
    assert answer.issue == ""


@pytest.mark.parametrize(
    "text", ["olanzapin", "Xyzzyl", "0", "99999999", "N05", "某某平", "drug A", "", "  ", None]
)
def test_what_no_table_knows_might_be_an_antipsychotic_and_might_be_clozapine(text: str | None):
    answer = resolve_drug(text)

    assert (answer.drug, answer.is_antipsychotic, answer.is_clozapine) == (None, None, None)
    assert answer.issue == "unknown_drug"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("olanzapin", "olanzapine"),
        ("respiridone", "risperidone"),
        ("clozapien", "clozapine"),
        ("Serquel", "quetiapine"),
    ],
)
def test_a_misspelt_name_is_not_guessed_and_comes_with_the_nearest_name(text: str, nearest: str):
    answer = resolve_drug(text)

    assert answer.drug is None
    assert answer.suggestions[0] == nearest
    assert len(answer.suggestions) <= 3


@pytest.mark.parametrize(
    ("code", "is_clozapine", "atc4"),
    [
        ("N05AX99", False, "N05AX"),
        ("N05AH99", False, "N05AH"),
        ("N05AH", None, "N05AH"),
        ("N05AX", False, "N05AX"),
    ],
)
def test_an_antipsychotic_code_without_a_known_drug_is_an_antipsychotic(
    code: str, is_clozapine: bool | None, atc4: str
):
    answer = resolve_drug(code)

    assert (answer.drug, answer.is_antipsychotic, answer.issue) == (None, True, "unknown_drug")
    assert (answer.is_clozapine, answer.atc4) == (is_clozapine, atc4)


def test_the_whole_antipsychotic_group_may_be_clozapine():
    answer = resolve_drug("N05A")

    assert (answer.is_antipsychotic, answer.is_clozapine) == (True, None)


def test_a_code_for_an_antidepressant_with_a_psycholeptic_may_hold_an_antipsychotic():
    answer = resolve_drug("N06CA03")

    assert (answer.is_antipsychotic, answer.issue) == (None, "combination_product")


@pytest.mark.parametrize(
    ("text", "drug"),
    [("olanzapine/fluoxetine", "olanzapine"), ("Symbyax", "olanzapine"), ("Lybalvi", "olanzapine"),
     ("N05AH53", "olanzapine"),
     ("利培酮+苯海索", "risperidone"), ("perphenazine and amitriptyline", "perphenazine"),
     ("Deanxit", "flupentixol")],
)  # fmt: skip
def test_a_combination_keeps_its_antipsychotic_and_says_so(text: str, drug: str):
    answer = resolve_drug(text)

    assert (answer.drug, answer.is_antipsychotic, answer.issue) == (drug, True, "combination_product")


@pytest.mark.parametrize(
    ("text", "is_clozapine"),
    [("haloperidol/risperidone", False), ("clozapine + risperidone", None), ("奥氮平、氯氮平", None),
     ("olanzapine risperidoen", None), ("olanzapine + drug A", None)],
)  # fmt: skip
def test_two_antipsychotics_in_one_cell_are_ambiguous(text: str, is_clozapine: bool | None):
    answer = resolve_drug(text)

    assert (answer.drug, answer.is_antipsychotic, answer.issue) == (None, True, "ambiguous_drug")
    assert answer.is_clozapine is is_clozapine


def test_lithium_with_something_unknown_may_hold_an_antipsychotic():
    assert resolve_drug("lithium + drug A").is_antipsychotic is None


@pytest.mark.parametrize("text", ["ECT", "MECT", "placebo", "none", "无", "无抽搐电休克治疗"])
def test_what_is_not_a_drug_is_known_to_be_no_antipsychotic(text: str):
    answer = resolve_drug(text)

    assert (answer.drug, answer.is_antipsychotic, answer.is_clozapine) == (None, False, False)
    assert answer.issue == "not_a_drug"


def test_two_known_drugs_that_are_no_antipsychotics_are_no_antipsychotic():
    answer = resolve_drug("Vicodin/ Hydrocodone+ acetaminophen")

    assert (answer.drug, answer.is_antipsychotic) == (None, False)


@pytest.mark.real_data
def test_every_medication_of_the_public_cohort_is_read(real_data_dir):
    import pandas as pd

    table = pd.read_csv(real_data_dir / "ds000030" / "medication.tsv", sep="\t", dtype=str)
    names = table[[column for column in table.columns if column.startswith("med_name")]]
    texts = set(names.stack().dropna()) - {"n/a"}
    issues = {text: resolve_drug(text).issue for text in texts}

    assert {text: issue for text, issue in issues.items() if issue} == {
        "ECT": "not_a_drug",
        "Adderall ++/ Dextroamphetamine": "combination_product",
        "Vicodin/ Hydrocodone+ acetaminophen": "combination_product",
        "Hydrocodone+ acetaminophen/ Vicodin": "combination_product",
    }
    assert len(texts) == 80


def test_a_name_that_looks_like_two_drugs_is_one_whatever_stands_behind_it():
    answer = resolve_drug("xanomeline and trospium 50 mg")

    assert (answer.drug, answer.issue) == ("xanomeline and trospium", "")


def test_what_is_not_a_drug_is_never_suggested():
    assert "none" not in resolve_drug("Medication A").suggestions


@pytest.mark.parametrize("text", ["chlorpromazine equivalents", "CPZ eq", "cpz equivalent", "氯丙嗪等效剂量"])
def test_a_dose_in_equivalents_is_of_an_antipsychotic_nobody_named(text: str):
    answer = resolve_drug(text)

    assert (answer.drug, answer.is_antipsychotic, answer.issue) == ("chlorpromazine", True, "dose_only")
    assert answer.is_clozapine is None


def test_chlorpromazine_itself_is_no_dose_in_equivalents():
    assert resolve_drug("chlorpromazine 100 mg").issue == ""


def test_a_chinese_word_joined_to_a_name_of_two_substances_makes_no_combination():
    assert resolve_drug("xanomeline and trospium片 5mg") == resolve_drug("xanomeline and trospium")
