"""Tables of the mechanism stage made up by hand, in the form the stage writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from opentrs.reference.load import facts

# (contrast, first, second, sign of the planted effect)
CONTRASTS = (
    ("resistant-responsive", 61, 67, -0.15),
    ("resistant-control", 61, 80, -0.45),
    ("patient-control", 128, 80, -0.35),
)
REGIONS = {
    "cortex": ("desikan_killiany", ("left", "right"), "thickness", "mm"),
    "tracts": ("jhu", ("left", "right"), "fa", ""),
}


def made_up_mechanism(hostile: str = "") -> dict[str, pd.DataFrame]:
    """Cortex and tracts over three contrasts; perfusion and others had no table; one region is short."""
    maps = {part: _map(part) for part in REGIONS}
    return {
        **maps,
        "cortex_for_meta_analysis": _pooled(maps["cortex"]),
        "named_tests": _named(hostile),
        "spectroscopy": _spectra(),
        "spectroscopy_variants": _variants(hostile),
        **_scatter(),
        "models": pd.DataFrame(
            [_model(part, name, n, m) for part in REGIONS for name, n, m, _ in CONTRASTS]
            + [_refused("cortex", "clozapine_resistant-clozapine_responsive", hostile)]
        ),
        "scanned": pd.DataFrame(
            [
                {
                    "part": part,
                    "measure": REGIONS[part][2],
                    "group": group,
                    "n_people": n,
                    "n_scans": n,
                    "n_later_scans": 0,
                    "n_sites": 2,
                }
                for part in REGIONS
                for group, n in (("resistant", 61), ("responsive", 67), ("control", 80), ("unknown", 0))
            ]
        ),
        "notes": pd.DataFrame(
            [{"note": "controls_with_scores", "n": 3, "what": f"3 controls have ratings {hostile}"}]
        ),
        "parts": pd.DataFrame(
            [
                {
                    "part": part,
                    "ran": "yes" if part in (*REGIONS, "spectroscopy") else "no",
                    "reason": "" if part in (*REGIONS, "spectroscopy") else "no such table",
                }
                for part in ("spectroscopy", "cortex", "subcortex", "tracts", "perfusion", "metabolism")
            ]
        ),
    }


def _map(part: str) -> pd.DataFrame:
    atlas, sides, measure, unit = REGIONS[part]
    known = [row for row in facts("regions") if row["atlas"] == atlas and row["kind"] == "region"]
    rng = np.random.default_rng(11)
    rows = []
    for contrast, first, second, planted in CONTRASTS:
        for model in ("main", "with_dose") if contrast == "resistant-responsive" else ("main",):
            for place, row in enumerate(known):
                for side in sides:
                    short = 1 if (place, side) == (0, "left") else 0
                    d = planted + rng.normal(0, 0.15)
                    rows.append(_row(row, side, contrast, model, measure, unit, d, first - short, second))
    return pd.DataFrame(rows)


def _row(
    region: Any,
    side: str,
    contrast: str,
    model: str,
    measure: str,
    unit: str,
    d: float,
    first: int,
    second: int,
) -> dict[str, Any]:
    half = 1.96 * float(np.sqrt(1 / first + 1 / second))
    return {
        "region": f"{side[0].upper()}_{region['structure']}",
        "contrast": contrast,
        "estimate": d * 0.15,
        "standardised_effect": d,
        "se": half / 1.96 * 0.15,
        "ci_low": (d - half) * 0.15,
        "ci_high": (d + half) * 0.15,
        "p": 0.002 if abs(d) > half else 0.3,
        "p_fwer": 0.01 if abs(d) > 1.1 * half else 0.6,
        "q": 0.04 if abs(d) > half else 0.5,
        "n": first + second,
        "standardised_low": d - half,
        "standardised_high": d + half,
        "n_first": first,
        "n_second": second,
        "t": d / half * 1.96,
        "df": first + second - 5,
        "model": model,
        "measure": measure,
        "unit": unit,
        "hemisphere": side,
        "atlas": region["atlas"],
        "lobe": region["lobe"],
        "untestable": "",
    }


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    main = table[table["model"] == "main"]
    return pd.DataFrame(
        {
            "Structure": main["region"],
            "measure": main["measure"],
            "contrast": main["contrast"],
            "d_icv": main["standardised_effect"],
            "se_icv": 0.2,
            "n_controls": main["n_second"],
            "n_patients": main["n_first"],
        }
    )


def _named(hostile: str) -> pd.DataFrame:
    review = ("The review says it.", "The source says less.")
    told = [
        (
            "thinning",
            "whole",
            "C7",
            "cortex",
            "resistant-control",
            "d",
            -0.41,
            -0.74,
            -0.08,
            61,
            80,
            -0.523,
            "same",
        ),
        (
            "thinning_dlpfc",
            "left",
            "C7",
            "cortex",
            "resistant-responsive",
            "d",
            -0.12,
            -0.47,
            0.23,
            61,
            67,
            None,
            "cannot_tell",
        ),
        (
            "hallucination_severity",
            "left_temporal",
            "C8",
            "cortex",
            "hallucinating_resistant",
            "partial_r",
            -0.3,
            -0.55,
            -0.01,
            44,
            None,
            None,
            "same",
        ),
        (
            "tract",
            "corpus_callosum",
            "C12",
            "tracts",
            "resistant-control",
            "d",
            0.45,
            0.11,
            0.79,
            61,
            80,
            -0.39,
            "opposite",
        ),
        (
            "tract",
            "uncinate_fasciculus",
            "C12",
            "tracts",
            "resistant-control",
            "d",
            None,
            None,
            None,
            0,
            None,
            None,
            "cannot_tell",
        ),
    ]
    rows = []
    for test, region, row, part, contrast, quantity, value, low, high, first, second, effect, agrees in told:
        rows.append(
            {
                "test": test,
                "part": part,
                "review_row": row,
                "region": region,
                "contrast": contrast,
                "quantity": quantity,
                "estimate": value,
                "ci_low": low,
                "ci_high": high,
                "p": 0.01,
                "p_fwer": 0.03,
                "n": first + (second or 0),
                "n_first": first if second else None,
                "n_second": second,
                "unit": "standard deviations",
                "method": "t",
                "adjusted_for": "age, is_male, site",
                "review_says": review[0],
                "source_says": review[1],
                "source": "10.1016/j.biopsych.2018.04.023",
                "checked": "yes",
                "published_effect": effect,
                "expected_direction": -1,
                "agrees_in_direction": agrees,
                "agrees_in_size": "none_published" if effect is None else "compatible",
                "note": f"no such column {hostile}" if value is None else "",
            }
        )
    return pd.DataFrame(rows)


def _model(part: str, contrast: str, first: int, second: int) -> dict[str, Any]:
    return {
        "part": part,
        "measure": REGIONS[part][2],
        "contrast": contrast,
        "model": "main",
        "ran": "yes",
        "n_first": first,
        "n_second": second,
        "n_left_out": 0,
        "adjusted_for": "age, is_male, site",
        "not_adjusted_for": "",
        "reason": "",
        "note": "",
    }


def _refused(part: str, contrast: str, hostile: str) -> dict[str, Any]:
    return {
        "part": part,
        "measure": REGIONS[part][2],
        "contrast": contrast,
        "model": "main",
        "ran": "no",
        "reason": f"The groups have 4 and 3 people measured {hostile}",
    }


def _spectra() -> pd.DataFrame:
    """One voxel and metabolite, all spectra and those within the limit."""
    region = {"structure": "dACC: Glu", "atlas": "own", "lobe": ""}
    rows = [
        _row(region, "both", "resistant-responsive", "main", measure, "i.u.", 0.5, 40, 41)
        for measure in ("all_voxels", "passing_voxels")
    ]
    return pd.DataFrame(rows).assign(region="dACC: Glu")


def _variants(hostile: str) -> pd.DataFrame:
    """Glutamate under two corrections and two filters, and its coupling with thickness."""
    rows = []
    for correction, d in (("none", 0.3), ("molal", 0.5)):
        for name, dropped, away in (("all", 0, None), ("relative", 9, -0.8)):
            for test, quantity in (("glutamate", "d"), ("glutamate_thickness", "partial_r")):
                rows.append(
                    {
                        "test": test,
                        "region": "anterior_cingulate",
                        "quantification": "water i.u.",
                        "correction": correction,
                        "filter": name,
                        "contrast": "resistant-responsive",
                        "quantity": quantity,
                        "estimate": d,
                        "ci_low": d - 0.4,
                        "ci_high": d + 0.4,
                        "p": 0.03,
                        "n": 81 - dropped,
                        "n_first": 40 - dropped if quantity == "d" else None,
                        "n_second": 41 if quantity == "d" else None,
                        "dropped": dropped,
                        "dropped_mean_sd": away,
                        "unit": "standard deviations",
                        "method": "t",
                        "adjusted_for": "age",
                        "note": f"no times {hostile}" if correction == "molal" else "",
                    }
                )
    return pd.DataFrame(rows)


def _scatter() -> dict[str, pd.DataFrame]:
    """Points and line of the one association among the named tests."""
    about = {
        "test": "hallucination_severity",
        "region": "left_temporal",
        "contrast": "hallucinating_resistant",
    }
    rng = np.random.default_rng(5)
    x = rng.uniform(20, 80, 44)
    points = pd.DataFrame({"person_id": [f"p{at}" for at in range(44)], "severity": x})
    at = np.linspace(20, 80, 5)
    line = pd.DataFrame({"severity": at, "fit": 3 - at / 100, "ci_low": 2.9 - at / 100})
    line = line.assign(
        ci_high=3.1 - at / 100, n=44, partial_r=-0.3, p=0.01, symptom="hallucination", unit="mm"
    )
    return {
        "symptom_points": points.assign(value=3 - x / 100 + rng.normal(0, 0.2, 44), **about),
        "symptom_lines": line.assign(**about),
    }
