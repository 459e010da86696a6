"""The inflated surface as a page of its own that can be turned: vertices on the mesh nilearn brings along."""

from __future__ import annotations

import json
from html import escape
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from opentrs.cohort.results import Results, StageResult
from opentrs.errors import UsageError
from opentrs.messages import Lang, has, text

# The only mesh that comes with nilearn; any other would have to be fetched.
MESH = "fsaverage5"
VERTICES = 10242
SIDES = ("left", "right")
# Blue below 0 and red above: told apart with any kind of colour vision, and the middle is white.
COLOURS = [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1, "#b2182b"]]
LEAST_REACH = 0.1
# nilearn brings a drawing library along; a version that does not is refused as one that is not installed.
SCRIPT = ("_assets", "js", "plotly-gl3d-latest.min.js")


def check_installed(lang: Lang) -> None:
    """Refuse before a long run what could not be drawn after it.

    Raises
    ------
    UsageError : the extra ``imaging`` is not installed
    """
    if find_spec("nilearn") is None or not _script_file().is_file():
        raise UsageError(text("mechanism.surface_needs_extra", lang))


def surface_pages(results: Results, lang: Lang) -> dict[str, str]:
    """Pages of both sides for the first contrast that was mapped vertex by vertex; none without such a map.

    Parameters
    ----------
    results : of a run; ``vertices_map`` of the mechanism stage is drawn

    Returns
    -------
    path below ``figures`` -> page; offline, several megabytes each
    """
    found = results.get("mechanism")
    table = found.tables.get("vertices_map") if isinstance(found, StageResult) else None
    if table is None or table.empty:
        return {}
    shown = table[table["contrast"] == table["contrast"].iloc[0]]
    return {
        f"mechanism/surface_{side}.html": _page(part, side, lang)
        for side in SIDES
        if len(part := shown[shown["hemisphere"] == side]) == VERTICES
    }


def title_of(rows: pd.DataFrame, side: str, lang: Lang) -> str:
    """What is shown, of whom, and how many vertices differ."""
    contrast = str(rows["contrast"].iloc[0])
    key = f"report.brain_contrast.{contrast}"
    tested = rows[rows["untestable"].fillna("") == ""]
    people = sorted({int(n) for n in tested["n"]})
    return text(
        "mechanism.surface_title", lang,
        side=text(f"report.side.{side}", lang),
        contrast=text(key, lang) if has(key, lang) else contrast,
        n="–".join(str(end) for end in dict.fromkeys([*people[:1], *people[-1:]])),
        below=int((tested["p_tfce_fwer"] < 0.05).sum()), all=len(tested),
    )  # fmt: skip


def _page(rows: pd.DataFrame, side: str, lang: Lang) -> str:
    from nilearn.datasets import load_fsaverage

    ordered = rows.sort_values("vertex")
    surface = load_fsaverage(MESH)["inflated"].parts[side]
    values = ordered["standardised_effect"].to_numpy(dtype=float)
    reach = float(np.nanmax(np.abs(values), initial=LEAST_REACH))
    title = title_of(ordered, side, lang)
    # Hardly any shade: a dark place must not be taken for a colour of the scale.
    drawn = {
        "type": "mesh3d", "intensity": _rounded(values), "colorscale": COLOURS, "cmin": -reach, "cmax": reach,
        **{axis: _rounded(column, 2) for axis, column in zip("xyz", surface.coordinates.T, strict=True)},
        **{corner: column.tolist() for corner, column in zip("ijk", surface.faces.T, strict=True)},
        "colorbar": {"title": {"text": "d"}}, "hoverinfo": "none",
        "lighting": {"ambient": 0.92, "diffuse": 0.08, "specular": 0},
    }  # fmt: skip
    unseen = {axis: {"visible": False} for axis in ("xaxis", "yaxis", "zaxis")}
    looking = {"eye": {"x": -1.7 if side == "left" else 1.7, "y": 0.0, "z": 0.2}}
    edges = dict.fromkeys("lrtb", 0)
    layout = {"scene": {**unseen, "aspectmode": "data", "camera": looking}, "margin": edges}
    said = escape(title)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{said}</title>'
        f"<style>body{{font-family:system-ui,sans-serif;margin:1rem}}#brain{{height:80vh}}</style>"
        f'<script>{_script()}</script></head><body><h1 style="font-size:1.1rem">{said}</h1>'
        f'<div id="brain" role="img" aria-label="{said}"></div>'
        f"<p>{escape(text('mechanism.surface_below', lang))}</p>"
        f'<script>Plotly.newPlot("brain",[{_json(drawn)}],{_json(layout)},{{displayModeBar:false}})</script>'
        "</body></html>\n"
    )


def _rounded(values: np.ndarray, decimals: int = 3) -> list[float | None]:
    """Numbers short enough for a page; unknown ones are null and drawn without a colour."""
    return [round(float(each), decimals) if np.isfinite(each) else None for each in values]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _script() -> str:
    """The drawing library, from nilearn's own files."""
    return _script_file().read_text(encoding="utf-8").replace("</script", "<\\/script")


def _script_file() -> Path:
    found = find_spec("nilearn")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent.joinpath(*SCRIPT)
