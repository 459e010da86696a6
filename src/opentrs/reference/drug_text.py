"""How drug names are written in records: folding, separators, salts, depot and dosage-form words."""

from __future__ import annotations

import re
import unicodedata

# A salt or form that only long-acting injections have -> the name the dose tables use for it.
DEPOT_WORDS = {
    "decanoate": "decanoate", "decanoas": "decanoate", "enanthate": "enanthate", "enantate": "enanthate",
    "palmitate": "palmitate", "pamoate": "pamoate", "embonate": "pamoate", "lauroxil": "lauroxil",
    "microspheres": "microspheres", "microsphere": "microspheres", "undecylenate": "undecylenate",
    "depot": "", "lai": "",
}  # fmt: skip
INJECTION_WORDS = frozenset({"injection", "injections", "inj", "im", "iv", "intramuscular", "injectable"})
SALTS = frozenset((
    "acetate", "besilate", "besylate", "bitartrate", "calcium", "carbonate", "chloride", "citrate",
    "dihydrochloride", "dimaleate", "edisylate", "fumarate", "hcl", "hemifumarate", "hemihydrate",
    "hydrobromide", "hydrochloride", "lactate", "magnesium", "maleate", "mesilate", "mesylate",
    "monohydrate", "oxalate", "phosphate", "potassium", "sodium", "succinate", "sulfate",
    "sulphate", "tartrate", "tosylate",
))  # fmt: skip
FORMS = frozenset((
    "cap", "caps", "capsule", "capsules", "coated", "conc", "concentrate", "cr", "daily", "delayed",
    "disintegrating", "dispersible", "drops", "dr", "er", "etc", "extended", "film", "g", "generic",
    "intermittent", "ir", "liquid", "long", "acting", "mcg", "mg", "mg/day", "ml", "modified",
    "needed", "odt", "of", "oral", "orally", "orodispersible", "po", "prn", "prolonged", "quicklet",
    "release", "solution", "sr", "suspension", "syrup", "tab", "tablet", "tablets", "tabs", "ug",
    "xl", "xr", "zydis", "am", "pm", "at", "night", "morning", "bedtime", "bd", "bid", "hs", "mane",
    "nocte", "od", "om", "on", "qam", "qd", "qds", "qhs", "qid", "qpm", "tds", "tid", "stat", "as",
    "every", "day", "days", "week", "weeks", "weekly", "month", "monthly", "once", "twice", "per",
    "mgs", "mr", "pen", "syringe", "prefilled", "brand", "low", "dose", "prescribed", "unknown",
    "current", "past", "stopped", "started", "increased", "reduced", "max", "min", "since",
    "dosage",
))  # fmt: skip
STRENGTH = re.compile(r"^\d+([.,]\d+)?(mg|mcg|ug|µg|g|ml|iu|%|mg/ml|mg/day|x|h|w|d)?$")

DEPOT_WORDS_ZH = {
    "癸酸酯": "decanoate", "癸酸": "decanoate", "庚酸酯": "enanthate", "庚酸": "enanthate",
    "棕榈酸酯": "palmitate", "棕榈酸": "palmitate", "双羟萘酸": "pamoate", "微球": "microspheres", "长效": "",
}  # fmt: skip
INJECTION_WORDS_ZH = ("注射", "针剂", "肌注", "静滴", "针")
NOISE_ZH = (
    "口腔崩解片", "口服溶液", "口服液", "缓释", "控释", "口崩片", "分散片", "胶囊", "颗粒", "滴剂", "溶液",
    "片剂", "盐酸", "富马酸", "马来酸", "甲磺酸", "酒石酸", "氢溴酸", "草酸", "枸橼酸", "磷酸", "国产",
    "进口",
    "普通", "口服", "每日", "每晚", "睡前", "必要时", "毫克", "微克", "片", "用", "液", "粉", "剂", "钠",
    "镁", "钙", "天", "日",
)  # fmt: skip

# Between two drugs; a slash or a bracket is as often put between two names of one drug.
BETWEEN_DRUGS = re.compile(r"[+,;&、,;]|\s(?:and|with|plus)\s|[与和及]")
BETWEEN_NAMES = re.compile(r"[/()\[\]|:]")
CJK = re.compile(r"[\u3400-\u9fff]+")
ATC_CODE = re.compile(r"^[abcdghjlmnprsv]\d\d([a-z]([a-z](\d\d)?)?)?$")


def fold(text: str) -> str:
    """Make spellings of one name alike: case, accents, width of characters, hyphens, trade marks."""
    text = re.sub("[®™©*]", " ", text)
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    bare = re.sub(r"[-‐‑–_'\"’`]", " ", unicodedata.normalize("NFKC", bare).casefold())
    bare = re.sub(r"\s*([/+])\s*", r"\1", bare)
    return re.sub(r"\s+", " ", bare).strip(" .")


def depot_formulation(words: str) -> str | None:
    """Return the depot formulation Chinese text names, empty if it names a depot only, None if neither."""
    for word, formulation in DEPOT_WORDS_ZH.items():
        if word in words:
            return formulation
    return None


def without_noise_zh(words: str) -> str:
    """Take salts and dosage forms out of Chinese text."""
    for word in (*DEPOT_WORDS_ZH, *INJECTION_WORDS_ZH, *NOISE_ZH):
        words = words.replace(word, "")
    return words


def is_noise(token: str) -> bool:
    """Tell whether a Latin word is a strength, a salt, a dosage form or a word on when to take it."""
    token = token.replace(".", "") if any(char.isalpha() for char in token) else token
    return (
        token in SALTS
        or token in FORMS
        or token in DEPOT_WORDS
        or token in INJECTION_WORDS
        or bool(STRENGTH.match(token))
        or not any(char.isalpha() for char in token)
    )
