"""Entries by province: a map drawn from a file of ours, and a table that holds the same numbers."""

import json
from pathlib import Path
from typing import Any, cast

import streamlit as st

from ui.api_client import Item
from ui.frame import heading, section
from ui.language import t
from ui.links import href, open_page
from ui.markup import escaped
from ui.vocabularies import most_first, shown

SHAPES = Path(__file__).parents[1] / "static" / "thailand.geojson"
MAP_HEIGHT_PX = 620
# From nearly white to the theme's deep teal; the same hue throughout, so that darkness alone carries the number.
COLOURS = ["#E3F1EF", "#9CCFC9", "#4BA39C", "#14756F", "#0A4B48"]


@st.cache_resource
def _shapes() -> list[dict[str, Any]]:
    if not SHAPES.is_file():
        return []
    return cast(list[dict[str, Any]], json.loads(SHAPES.read_text(encoding="utf-8"))["features"])


def _code(feature: dict[str, Any]) -> str:
    properties = feature.get("properties") or {}
    return str(feature.get("id") or properties.get("code") or "")


def _spec(items: list[Item]) -> dict[str, Any]:
    by_id = {item["id"]: item for item in items}
    features = []
    for feature in _shapes():
        item = by_id.get(_code(feature))
        if item:
            values = {"code": item["id"], "name": shown(item["label"], item["id"]), "count": item.get("count", 0)}
            features.append({"type": "Feature", "geometry": feature["geometry"], **values})
    return {
        "data": {"values": features},
        "projection": {"type": "mercator"},
        "mark": {"type": "geoshape", "stroke": "#FFFFFF", "strokeWidth": 0.7, "cursor": "pointer"},
        "params": [{"name": "province", "select": {"type": "point", "fields": ["code"]}}],
        "encoding": {
            "color": {
                "field": "count",
                "type": "quantitative",
                "scale": {"type": "sqrt", "range": COLOURS},
                "legend": {
                    "title": t("provinces.count"),
                    "orient": "bottom",
                    "tickMinStep": 1,
                    "tickCount": 4,
                    "format": "d",
                },
            },
            "tooltip": [
                {"field": "name", "type": "nominal", "title": t("provinces.province")},
                {"field": "count", "type": "quantitative", "title": t("provinces.count")},
            ],
        },
        "config": {"view": {"stroke": None}},
    }


def _map(items: list[Item]) -> None:
    if not _shapes():
        st.info(t("provinces.no_map"))
        return
    chosen = st.vega_lite_chart(
        _spec(items),
        width="stretch",
        height=MAP_HEIGHT_PX,
        key="map",
        on_select="rerun",
        alt=t("provinces.map_alt"),
    )
    points = cast(dict[str, Any], chosen)["selection"].get("province") or []
    if points and (code := points[0].get("code")):
        del st.session_state["map"]
        open_page("search", {"province": code})


def _table(items: list[Item]) -> None:
    rows = "".join(
        f'<tr><th scope="row"><a href="{href("search", {"province": item["id"]})}">'
        f"{escaped(shown(item['label'], item['id']))}</a></th>"
        f"<td>{escaped(shown(item.get('region') or {}, ''))}</td><td>{item['count']:,}</td></tr>"
        for item in items
        if item.get("count")
    )
    head = "".join(f'<th scope="col">{t(f"provinces.{column}")}</th>' for column in ("province", "region", "count"))
    none = ", ".join(shown(item["label"], item["id"]) for item in items if not item.get("count"))
    st.html(
        f'<table class="hg-table"><caption>{t("provinces.table")}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        + (f'<p class="hg-note">{escaped(t("provinces.none", names=none))}</p>' if none else "")
    )


heading(t("provinces.title"), t("provinces.intro"))
items = most_first("provinces")
map_side, table_side = st.columns([0.5, 0.5], gap="large")
with map_side:
    _map(items)
    st.html(f'<p class="hg-note">{escaped(t("provinces.map_source"))}</p>')
with table_side:
    section(t("provinces.table"), t("provinces.elsewhere"))
    _table(items)
