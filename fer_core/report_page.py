"""A report of photos and clips as one HTML page that needs nothing else: no script, no network."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from fer_core.export import Entry, readings
from fer_core.palette import EMOTION_COLORS, person_color
from fer_core.results import shares

TITLE = "Facial expressions: what a model guessed"
MOST_PEOPLE = 24  # drawn a clip, those seen most often; the tables hold all
Sight = tuple[float, Entry]  # when, in seconds, and the face as it was read
_OTHER_COLOR = "#666666"  # of a label that the palette does not know
_STYLE = "report_page.css"
# The page can load nothing and run nothing, whatever a file's name holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PICTURE_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_CLAIMS = (
    "<b>A label is a guess at how a face looks. An expression is not a feeling:</b> people smile "
    "when they are sad and frown when they think (Barrett and others, 2019, doi "
    "10.1177/1529100619832930). Eight commercial tools named 48 to 62 % of 937 clips right, and "
    "did worse where nobody acted (Dupré and others, 2020, doi 10.1371/journal.pone.0231968).",
    "“Not sure” means that a face is small, dark, blurred or turned away, or that no label "
    "stands out. Such readings are drawn pale; they do count in the shares.",
    "A person is a number within one file. Nobody is identified: the same number in another "
    "file is somebody else, and who left the picture may come back with a new number.",
    "<b>Not for judging people.</b> In the EU, inferring the emotions of people at work or in "
    "education is prohibited (AI Act, Article 5(1)(f)), and people exposed to emotion "
    "recognition must be told (Article 50(3)).",
)


def html_report(
    entries: Sequence[Entry],
    *,
    pictures: Mapping[str, bytes] | None = None,
    settings: Mapping[str, object] | None = None,
) -> str:
    """The report of one file or of many.

    Args:
        entries: records of files, see `fer_core.export`, perhaps read from JSON again.
        pictures: file → JPEG or PNG to show with it. None or a file left out: no face is shown.
        settings: what else to state beside the model, in words.

    Returns:
        A whole HTML document; the same for the same arguments.

    Raises:
        ValueError: a picture is neither JPEG nor PNG.
    """
    shown = pictures or {}
    body = [
        f"<h1>{TITLE}</h1>",
        _claims(with_pictures=any(entry["file"] in shown for entry in entries)),
        _contents(entries) if len(entries) > 1 else "",
        _legend(entries),
        *(_section(number, each, shown.get(each["file"])) for number, each in _numbered(entries)),
        _origin(entries, settings or {}),
    ]
    style = files(__package__).joinpath(_STYLE).read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{TITLE}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(filter(None, body))
        + "\n</main>\n</body>\n</html>\n"
    )


def _numbered(entries: Iterable[Entry]) -> Iterator[tuple[int, Entry]]:
    return enumerate(entries, start=1)


def _said(text: object) -> str:
    """Text for the page; bytes of a file name that are no letters become \\udc…"""
    return escape(str(text).encode("utf-8", "backslashreplace").decode("utf-8"))


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


def _color(label: str) -> str:
    return EMOTION_COLORS.get(label, _OTHER_COLOR)


def _fill(label: str, *, pale: bool) -> str:
    return f'fill="{_color(label)}"' + (' opacity=".35"' if pale else "")


def _row(cells: Iterable[object], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _table(head: Sequence[str], rows: Iterable[str]) -> str:
    return (
        f'<div class="wide"><table><thead>{_row(head, "th")}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _claims(*, with_pictures: bool) -> str:
    words = list(_CLAIMS)
    if with_pictures:
        words.append(
            "<b>This page holds pictures of people.</b> Pass it on only to those who may see them."
        )
    return '<ul class="claims">' + "".join(f"<li>{each}</li>" for each in words) + "</ul>"


def _contents(entries: Sequence[Entry]) -> str:
    rows = []
    for number, entry in _numbered(entries):
        faces = [face for _, face in readings(entry)]
        said = _summed(faces)
        link = f'<a href="#file-{number}">{_said(entry["file"])}</a>'
        what = "not read" if entry["status"] == "error" else said["dominant"] or "no face"
        share = _percent(said["dominant_share"]) if faces else ""
        if faces and all(face["unsure"] for face in faces):
            what, share = "not sure", ""
        confidence = _percent(said["average_confidence"]) if faces else ""
        kind = "photo" if entry["kind"] == "image" else entry["kind"]
        rows.append(_row((link, kind, len(faces), _said(what), share, confidence)))
    head = ("File", "Kind", "Readings", "Commonest label", "Its share", "Mean confidence")
    return f"<h2>All files</h2>{_table(head, rows)}"


def _summed(faces: Iterable[Entry]) -> dict[str, Any]:
    return shares([(face["label"], face["confidence"]) for face in faces])


def _commonest(said: Mapping[str, Any], *, doubtful: bool) -> str:
    """The commonest label with its share, unless every reading is doubted."""
    return "not sure" if doubtful else f"{said['dominant']} ({_percent(said['dominant_share'])})"


def _legend(entries: Sequence[Entry]) -> str:
    found = {label for entry in entries for _, face in readings(entry) for label in face["scores"]}
    known = [label for label in EMOTION_COLORS if label in found]
    marks = "".join(
        f'<li><svg class="mark" viewBox="0 0 8 8" aria-hidden="true">'
        f'<rect width="8" height="8" fill="{_color(label)}"/></svg>{_said(label)}</li>'
        for label in [*known, *sorted(found.difference(known))]
    )
    return f'<ul class="legend" aria-label="Colours of the labels">{marks}</ul>' if marks else ""


def _section(number: int, entry: Entry, picture: bytes | None) -> str:
    parts = [f'<h2 id="file-{number}">{_said(entry["file"])}</h2><p>{_said(entry["message"])}</p>']
    if picture is not None:
        parts.append(f'<img src="{_data_uri(picture)}" alt="{_said(entry["file"])}">')
    if entry["status"] == "ok":
        parts.append(_photo(entry) if entry["kind"] == "image" else _clip(entry))
    return f"<section>{''.join(parts)}</section>"


def _data_uri(picture: bytes) -> str:
    for magic, kind in _PICTURE_TYPES.items():
        if picture.startswith(magic):
            return f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}"
    raise ValueError(f"Expected a picture as JPEG or PNG. Received bytes {picture[:8]!r}…")


def _photo(entry: Entry) -> str:
    cards = []
    for face in entry["faces"]:
        bars = _bars(face["scores"], pale=face["unsure"] is not None)
        label = f"{_said(face['label'])} {_percent(face['confidence'])}"
        if face["label"] != "neutral":  # nothing that could be strong
            label += f", {face['intensity']}"
        if face["unsure"]:
            label = f"not sure ({_said(face['unsure'])})"
        name = f"Face {face['track_id']}"
        cards.append(f'<div class="card"><h3>{name}: {label}</h3>{bars}</div>')
    return f'<div class="cards">{"".join(cards)}</div>'


def _bars(values: Mapping[str, float], *, pale: bool = False) -> str:
    """A bar a label, the largest first; each says its figure in words too."""
    rows = []
    for label, share in sorted(values.items(), key=lambda item: -item[1]):
        bar = (
            '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect width="{100 * share:.1f}" height="10" {_fill(label, pale=pale)}/></svg>'
        )
        rows.append(_row((_said(label), bar, _percent(share))))
    return f'<table class="bars"><tbody>{"".join(rows)}</tbody></table>'


def _clip(entry: Entry) -> str:
    summary = entry["summary"]
    doubtful = sum(face["unsure"] is not None for _, face in readings(entry))
    facts = {
        "Length": f"{summary['duration_s']:.1f} s",
        "Frames read": summary["frames"],
        "with a face": summary["frames_with_faces"],
        "Readings": summary["faces"],
    }
    if summary["faces"]:
        facts |= {
            "not sure": _percent(doubtful / summary["faces"]),
            "Commonest label": _commonest(summary, doubtful=doubtful == summary["faces"]),
            "Mean confidence": _percent(summary["average_confidence"]),
        }
    parts = ["<dl>" + "".join(f"<dt>{k}</dt><dd>{_said(v)}</dd>" for k, v in facts.items())]
    parts.append("</dl>")
    if summary["faces"]:
        parts += ["<h3>Share of the readings</h3>", _bars(summary["distribution"]), _people(entry)]
    return "".join(parts)


def _people(entry: Entry) -> str:
    sights: dict[int, list[Sight]] = {}
    for timestamp_s, face in readings(entry):
        sights.setdefault(face["track_id"], []).append((timestamp_s, face))
    often = sorted(sights, key=lambda person: -len(sights[person]))[:MOST_PEOPLE]
    ends_s = _ends(entry)
    end_s = max(ends_s.values())
    rows = []
    for person in sorted(often):
        seen = sights[person]
        said = _summed(face for _, face in seen)
        span = f"{seen[0][0]:.1f}–{seen[-1][0]:.1f} s"
        what = _said(_commonest(said, doubtful=all(face["unsure"] for _, face in seen)))
        name = f'<b style="color:{person_color(person)}">{person}</b>'
        ribbon = _ribbon(person, seen, ends_s)
        rows.append(
            _row((name, ribbon, span, len(seen), what, _percent(said["average_confidence"])))
        )
    head = ("Person", f"0 to {end_s:.1f} s", "Seen", "Readings", "Commonest label", "Confidence")
    rest = len(sights) - len(often)
    more = f"<p>{rest} more, seen less often, are in the tables only.</p>" if rest else ""
    return f"<h3>Each person over time</h3>{_table(head, rows)}{more}"


def _ends(entry: Entry) -> dict[float, float]:
    """Time of each frame → when the next one follows, or the clip ends, in seconds."""
    times_s = [frame["timestamp_s"] for frame in entry["timeline"]]
    step_s = times_s[-1] - times_s[-2] if len(times_s) > 1 else 1.0
    last_s, duration_s = times_s[-1] + step_s, entry["summary"]["duration_s"]
    if duration_s > times_s[-1]:  # where the clip was not read to its end, it lies far off
        last_s = min(last_s, duration_s)
    return dict(zip(times_s, [*times_s[1:], last_s], strict=True))


def _ribbon(person: int, seen: Sequence[Sight], ends_s: Mapping[float, float]) -> str:
    """A person's labels along the clip: a rectangle for each run of the same label."""
    whole_s = max(ends_s.values())
    rects = []
    for start_s, end_s, label, sure in _runs(seen, ends_s):
        left, width = 1000 * start_s / whole_s, 1000 * (end_s - start_s) / whole_s
        words = f"{label}{'' if sure else ', not sure'}, {start_s:.1f}–{end_s:.1f} s"
        fill = _fill(label, pale=not sure)
        rects.append(
            f'<rect x="{left:.1f}" width="{width:.1f}" height="24" {fill}>'
            f"<title>{_said(words)}</title></rect>"
        )
    return (
        '<svg class="ribbon" viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" '
        f'aria-label="Labels of person {person} over time">{"".join(rects)}</svg>'
    )


def _runs(
    seen: Sequence[Sight], ends_s: Mapping[float, float]
) -> list[tuple[float, float, str, bool]]:
    """Start and end in seconds, label, and whether it is sure, of readings without a gap."""
    runs: list[tuple[float, float, str, bool]] = []
    for time_s, face in seen:
        kind = face["label"], face["unsure"] is None
        goes_on = bool(runs) and runs[-1][1:] == (time_s, *kind)
        start_s = runs.pop()[0] if goes_on else time_s
        runs.append((start_s, ends_s[time_s], *kind))
    return runs


def _origin(entries: Sequence[Entry], settings: Mapping[str, object]) -> str:
    """Which model gave the numbers, and how it was asked."""
    models = {
        tuple(entry["model"].items()): entry["model"] for entry in entries if "model" in entry
    }
    facts: list[tuple[str, object]] = []
    for model in models.values():
        facts += [
            ("Model", model["name"]),
            ("Recipe", model["recipe"]),
            ("Set of labels", model["head"]),
            ("SHA-256 of its weights", model["sha256"] or "not stated"),
        ]
    facts += settings.items()
    digests = [
        _row((f"<code>{_said(entry['digest'])}</code>", _said(entry["file"])))
        for entry in entries
        if entry.get("digest")
    ]
    lines = "".join(f"<dt>{_said(name)}</dt><dd>{_said(value)}</dd>" for name, value in facts)
    table = _table(("SHA-256 of the file", "File"), digests) if digests else ""
    return f"<footer><h2>How it was made</h2><dl>{lines}</dl>{table}</footer>"
